import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { defaultCacheDirectory } from './cache-directory';
import { createCacheWriter, refuseCache } from './cache-writer';
import type { Corpus } from './corpus';
import {
  type CorpusFile,
  type FileStamp,
  findCorpusFiles,
  readBinary,
  readUtf8,
  type TextReading,
} from './corpus-files';
import { openTokenFile, type TokenFile } from './token-file';
import type { TokenSource } from './token-source';
import { TokenSpool } from './token-spool';
import { createTokenizer, type Tokenizer } from './tokenizer';
import type { TokenUnit } from './vocabulary-contract';

/** Texts up to this many bytes are kept in memory. */
const memoryBytes = 8 * 2 ** 20;

export interface OpenCorpusOptions extends TextReading {
  /** The unit of a token; default 'character'. */
  readonly unit?: TokenUnit;
  /** Directory of the token caches; default {@link defaultCacheDirectory}. */
  readonly cacheDirectory?: string;
  /** Texts of up to this many bytes are kept in memory and leave no cache; default 8 MiB. */
  readonly memoryLimit?: number;
  /** The stream of `-`; default the process's standard input. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
  /** Stops reading with the signal's reason, and removes incomplete files. */
  readonly signal?: AbortSignal;
  /** Called from time to time while the texts are read; not called if a cache exists. */
  readonly onProgress?: (bytesRead: number) => void;
}

const KINDS: OptionKinds<OpenCorpusOptions> = {
  unit: "'character', 'byte' or 'word'?",
  cacheDirectory: 'string?',
  memoryLimit: 'number?',
  standardInput: 'object?',
  signal: 'AbortSignal?',
  onProgress: 'function?',
  encoding: 'string?',
  normalize: "'NFC' or 'NFD'?",
};

/** A corpus of files. Close it after use. */
export interface FileCorpus extends Corpus {
  /** The sources in order: a pattern as its matching files, `-` as standard input. */
  readonly files: readonly string[];
  /** The token cache in use, and whether it was just written; undefined without a cache. */
  readonly cache: { readonly file: string; readonly isNew: boolean } | undefined;
  close(): Promise<void>;
}

/**
 * Opens texts of any size as one corpus, concatenated. Their tokens are written to a cache once and read by
 * position, so memory grows only with the number of different tokens. If the files have changed or the cache
 * is damaged, it is built again. Small texts are kept in memory instead. The cache of sources that can be
 * read only once, such as standard input, is an unnamed temporary file.
 *
 * Characters and words are decoded strictly, without byte order marks. Bytes are unchanged.
 *
 * @param files paths, patterns (`texts/**\/*.txt`, whose files are sorted by path), or `-` for standard input
 * @throws UnrolledError for no files, a file that is missing, empty, unreadable or not in its encoding, a
 *   pattern without a match, a file that changes while it is read, or a cache that cannot be written
 */
export async function openCorpus(
  files: readonly string[],
  options: OpenCorpusOptions = {},
): Promise<FileCorpus> {
  checkKind('openCorpus', 'files', files, 'array');
  checkOptions('openCorpus', options, KINDS);
  const { unit = 'character', memoryLimit = memoryBytes, standardInput = process.stdin } = options;
  if (!Array.isArray(files) || files.length === 0) {
    refuse('openCorpus', {
      expected: 'at least one file',
      got: inWords(files),
      remedy: 'pass the paths as an array',
    });
  }
  for (const file of files) checkKind('openCorpus', 'each file', file, 'string');
  check.choice('openCorpus', 'a unit of', unit, ['character', 'byte', 'word']);
  check.choice('openCorpus', 'a form to normalize to of', options.normalize, ['NFC', 'NFD']);
  for (const name of ['encoding', 'normalize'] as const) {
    if (unit !== 'byte' || options[name] === undefined) continue;
    refuse('openCorpus', {
      expected: `no option \`${name}\` with the unit 'byte'`,
      got: options[name],
      remedy: 'omit the option: bytes are read unchanged',
    });
  }
  const found = await findCorpusFiles(files, () => standardInput);
  const reading = { ...options, unit, files: found };
  const stamps = found.flatMap(({ stamp }) => stamp ?? []);
  const bytes = stamps.reduce((sum, { size }) => sum + size, 0);
  const isCached = stamps.length === found.length && bytes > memoryLimit;
  return isCached ? cachedCorpus(reading, stamps) : spooledCorpus(reading, memoryLimit);
}

interface Reading extends OpenCorpusOptions {
  readonly unit: TokenUnit;
  readonly files: readonly CorpusFile[];
}

/** Opens the cache of an earlier run, or builds it. */
async function cachedCorpus(reading: Reading, stamps: readonly FileStamp[]): Promise<FileCorpus> {
  const { unit } = reading;
  const file = join(cacheDirectoryOf(reading), cacheName(reading, stamps));
  const present = await openTokenFile(file, stamps);
  if (present) {
    const { symbols, firstPositions } = present.contents;
    return corpusOf(reading, present.tokens, {
      symbols,
      firstPositions: Float64Array.from(firstPositions, (position) => position ?? Number.POSITIVE_INFINITY),
      file: present.tokens,
      cache: { file, isNew: false },
    });
  }
  const writer = await createCacheWriter('openCorpus', file);
  const tokenizer = createTokenizer(unit);
  try {
    await tokenize(reading, tokenizer, (ids) => writer.write(ids, tokenizer.size));
    const [symbols, firstPositions] = [tokenizer.symbols(), tokenizer.firstPositions()];
    const tokens = await writer.keep({
      unit,
      symbols,
      firstPositions: Array.from(firstPositions),
      origin: stamps,
    });
    return corpusOf(reading, tokens, { symbols, firstPositions, file: tokens, cache: { file, isNew: true } });
  } catch (error) {
    await writer.discard();
    refuseCache('openCorpus', cacheDirectoryOf(reading), error);
  }
}

/** In memory up to `limit` tokens, otherwise in an unnamed temporary file. */
async function spooledCorpus(reading: Reading, limit: number): Promise<FileCorpus> {
  const tokenizer = createTokenizer(reading.unit);
  const spool = new TokenSpool(limit, () =>
    createCacheWriter('openCorpus', join(cacheDirectoryOf(reading), 'spool')),
  );
  try {
    await tokenize(reading, tokenizer, (ids) => spool.write(ids, tokenizer.size));
    const { tokens, file } = await spool.finish();
    const [symbols, firstPositions] = [tokenizer.symbols(), tokenizer.firstPositions()];
    return corpusOf(reading, tokens, { symbols, firstPositions, file, cache: undefined });
  } catch (error) {
    await spool.discard();
    refuseCache('openCorpus', cacheDirectoryOf(reading), error);
  }
}

function corpusOf(
  { unit, files }: Reading,
  tokens: TokenSource,
  {
    file,
    ...others
  }: Pick<FileCorpus, 'symbols' | 'firstPositions' | 'cache'> & { file: TokenFile | undefined },
): FileCorpus {
  return {
    unit,
    tokens,
    ...others,
    files: files.map(({ given }) => given),
    close: async () => file?.close(),
  };
}

/** Reads the files one after the other, as one text. */
async function tokenize(
  { files, unit, signal, onProgress, encoding, normalize }: Reading,
  tokenizer: Tokenizer,
  write: (ids: Int32Array) => Promise<void>,
): Promise<void> {
  const reading = { encoding, normalize };
  let bytesRead = 0;
  for (const file of files) {
    for await (const piece of unit === 'byte' ? readBinary(file) : readUtf8(file, reading)) {
      signal?.throwIfAborted();
      await write(tokenizer.encode(piece));
      bytesRead += piece.length;
      onProgress?.(bytesRead);
    }
  }
  await write(tokenizer.finish());
}

const cacheDirectoryOf = ({ cacheDirectory }: Reading) => resolve(cacheDirectory ?? defaultCacheDirectory());

/** Independent of the version, so a new version replaces the cache of an older one. */
function cacheName({ unit, encoding, normalize }: Reading, stamps: readonly FileStamp[]): string {
  const formatVersion = 1;
  const paths = stamps.map(({ path }) => path);
  const reading = encoding || normalize ? [{ encoding, normalize }] : [];
  const key = JSON.stringify([formatVersion, unit, paths, ...reading]);
  return `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.tokens`;
}
