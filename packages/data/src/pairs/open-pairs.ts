import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { inWords, type OptionKinds, UnrolledError } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { defaultCacheDirectory } from '../text/cache-directory';
import { createCacheWriter, refuseCache } from '../text/cache-writer';
import type { CorpusFile } from '../text/corpus-files';
import { openTokenFile, type TokenFile } from '../text/token-file';
import type { TokenSource } from '../text/token-source';
import { TokenSpool } from '../text/token-spool';
import type { Vocabulary } from '../text/vocabulary-contract';
import type { PairSource } from './pair';
import { boundOf, indexPairs, readRecord, recordOf } from './pair-records';
import { checkReading, pairFiles, pairsOf, placeIn, READ_KINDS, type ReadPairsOptions } from './read-pairs';

/** Pairs of files up to this many bytes are kept in memory. */
const MEMORY = 8 * 2 ** 20;

export interface OpenPairsOptions extends ReadPairsOptions {
  /** Encodes the sources. */
  readonly source: Vocabulary;
  /** Encodes the targets. */
  readonly target: Vocabulary;
  /** Directory of the token caches; default that of `defaultCacheDirectory`. */
  readonly cacheDirectory?: string;
  /** Files of up to this many bytes are kept in memory and leave no cache; default 8 MiB. */
  readonly memoryLimit?: number;
  /** Stops reading with the signal's reason, and removes incomplete files. */
  readonly signal?: AbortSignal;
}

/** Encoded pairs of files. Close them after use. */
export interface FilePairs extends PairSource {
  at(index: number): { readonly source: Int32Array; readonly target: Int32Array };
  readonly lengths: { readonly source: Int32Array; readonly target: Int32Array };
  placeOf(index: number): string;
  /** The files that were read, in order. */
  readonly files: readonly string[];
  /** The token cache in use, and whether it was just written; undefined without a cache. */
  readonly cache: { readonly file: string; readonly isNew: boolean } | undefined;
  close(): Promise<void>;
}

const scope = 'openPairs';

const KINDS: OptionKinds<OpenPairsOptions> = {
  ...READ_KINDS,
  source: 'object',
  target: 'object',
  cacheDirectory: 'string?',
  memoryLimit: 'number?',
  signal: 'AbortSignal?',
};

const VOCABULARY_KINDS: OptionKinds<Pick<Vocabulary, 'size' | 'encode' | 'toJSON'>> = {
  size: 'positive integer',
  encode: 'function',
  toJSON: 'function',
};

/**
 * Reads pairs as `readPairs` does, and encodes them once. The ids are cached and read pair by pair, so memory
 * grows only by 16 bytes a pair. If the files or vocabularies have changed, or the cache is damaged, it is
 * built again. Small files are kept in memory instead.
 *
 * @throws UnrolledError as `readPairs`, for a token that a vocabulary lacks, naming its place, and for a
 *   cache that cannot be written; incomplete files are removed
 */
export async function openPairs(
  files: string | readonly string[],
  options: OpenPairsOptions,
): Promise<FilePairs> {
  checkKind(scope, 'files', files, 'string or array');
  checkOptions(scope, options, KINDS);
  checkOptions(scope, options.source, VOCABULARY_KINDS, true);
  checkOptions(scope, options.target, VOCABULARY_KINDS, true);
  checkReading(scope, options);
  const { memoryLimit = MEMORY } = options;
  const found = await pairFiles(scope, typeof files === 'string' ? [files] : files);
  const bytes = found.reduce((sum, { stamp }) => sum + (stamp?.size ?? 0), 0);
  const reading = { options, files: found };
  if (bytes <= memoryLimit || found.some(({ stamp }) => stamp === undefined))
    return spooled(reading, memoryLimit);
  return cached(reading);
}

interface Reading {
  readonly options: OpenPairsOptions;
  readonly files: readonly CorpusFile[];
}

/** Opens the cache of an earlier run, or builds it. */
async function cached(reading: Reading): Promise<FilePairs> {
  const origin = originOf(reading);
  const file = join(cacheDirectoryOf(reading), `${digestOf(origin).slice(0, 32)}.tokens`);
  const present = await openTokenFile(file, origin);
  if (present) return pairsIn(reading, present.tokens, present.tokens, { file, isNew: false });
  const writer = await createCacheWriter(scope, file);
  try {
    await encodePairs(reading, (ids, bound) => writer.write(ids, bound));
    const tokens = await writer.keep({ unit: 'pair', symbols: [], firstPositions: [], origin });
    return pairsIn(reading, tokens, tokens, { file, isNew: true });
  } catch (error) {
    await writer.discard();
    refuseCache(scope, cacheDirectoryOf(reading), error);
  }
}

/** In memory up to `limit` ids, otherwise in an unnamed temporary file. */
async function spooled(reading: Reading, limit: number): Promise<FilePairs> {
  const spool = new TokenSpool(limit, () =>
    createCacheWriter(scope, join(cacheDirectoryOf(reading), 'spool')),
  );
  try {
    await encodePairs(reading, (ids, bound) => spool.write(ids, bound));
    const { tokens, file } = await spool.finish();
    return pairsIn(reading, tokens, file, undefined);
  } catch (error) {
    await spool.discard();
    refuseCache(scope, cacheDirectoryOf(reading), error);
  }
}

function pairsIn(
  { files, options }: Reading,
  tokens: TokenSource,
  file: TokenFile | undefined,
  cache: FilePairs['cache'],
): FilePairs {
  const index = indexPairs(tokens);
  const { length } = index.starts;
  const recordAt = (at: number) => {
    if (Number.isSafeInteger(at) && at >= 0 && at < length) return readRecord(tokens, index, at);
    const remedy = 'use an index below `length`';
    return refuse(scope, { expected: `a pair in 0 … ${length - 1}`, got: inWords(at), remedy });
  };
  return {
    ...{ length, cache, files: files.map(({ given }) => given) },
    lengths: { source: index.source, target: index.target },
    at(at) {
      const { source, target } = recordAt(at);
      return { source, target };
    },
    placeOf(at) {
      const { file: which, number } = recordAt(at);
      return placeIn(files[which]!, options, number);
    },
    close: async () => file?.close(),
  };
}

/** Encodes the pairs of the files one after the other, and writes a few thousand at a time. */
async function encodePairs(
  { files, options }: Reading,
  write: (ids: Int32Array, bound: number) => Promise<void>,
): Promise<void> {
  const vocabularies = Math.max(options.source.size, options.target.size);
  let records: Int32Array[] = [];
  let bound = 0;
  let count = 0;
  const flush = async () => {
    if (records.length > 0) await write(joined(records), bound);
    records = [];
  };
  for (const [number, file] of files.entries()) {
    for await (const pair of pairsOf(file, options)) {
      options.signal?.throwIfAborted();
      const encode = (side: 'source' | 'target') => encoded(file, options, side, pair);
      const record = { ...pair, file: number, source: encode('source'), target: encode('target') };
      bound = Math.max(bound, boundOf(record, vocabularies));
      if (records.push(recordOf(record)) === 4096) await flush();
      count += 1;
    }
  }
  await flush();
  if (count > 0) return;
  refuse(scope, {
    expected: `pairs in ${files.map(({ path }) => path).join(', ')}`,
    got: 'none',
    code: 'format',
  });
}

function encoded(
  file: CorpusFile,
  options: OpenPairsOptions,
  side: 'source' | 'target',
  pair: { readonly source: string; readonly target: string; readonly number: number },
): Int32Array {
  try {
    return options[side].encode(pair[side]);
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const got = `${error.got} of the ${side} at ${placeIn(file, options, pair.number)}`;
    refuse(scope, { expected: error.expected, got, remedy: error.remedy }, error);
  }
}

function joined(records: readonly Int32Array[]): Int32Array {
  const ids = new Int32Array(records.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const record of records) {
    ids.set(record, start);
    start += record.length;
  }
  return ids;
}

/** The inputs that determine the ids: the files, the reading options and the vocabularies. */
function originOf({ files, options }: Reading): unknown {
  const { source, target, format, columns, languages, plurals, emptySide, encoding, normalize } = options;
  return {
    kind: 'pairs',
    version: 1,
    stamps: files.map(({ stamp }) => stamp),
    // The value after a round trip through JSON, without undefined values.
    reading: JSON.stringify({ format, columns, languages, plurals, emptySide, encoding, normalize }),
    vocabularies: [source, target].map((vocabulary) => digestOf(vocabulary.toJSON())),
  };
}

const digestOf = (json: unknown) => createHash('sha256').update(JSON.stringify(json)).digest('hex');

const cacheDirectoryOf = ({ options }: Reading) => resolve(options.cacheDirectory ?? defaultCacheDirectory());
