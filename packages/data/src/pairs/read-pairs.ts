import { extname } from 'node:path';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type CorpusFile, findCorpusFiles, type TextReading } from '../text/corpus-files';
import { readGettext } from './gettext';
import type { NumberedPair } from './numbered-pair';
import type { TextPair } from './pair';
import { readTmx } from './tmx';
import { readTsv } from './tsv';

export type PairFormat = 'tsv' | 'po' | 'mo' | 'tmx';

export interface ReadPairsOptions extends TextReading {
  /** Default by the file extension: `.tsv`, `.txt` and `.tab`, `.po` and `.pot`, `.mo` and `.gmo`, `.tmx`. */
  readonly format?: PairFormat;
  /** For a table, the columns of source and target, from 0; default [0, 1]. */
  readonly columns?: readonly [number, number];
  /** For a translation memory, the languages of source and target: `['en', 'de']`. */
  readonly languages?: readonly [string, string];
  /**
   * For a catalogue, whether to use messages with plural forms: singular with the first form, plural with the
   * last. Default true.
   */
  readonly plurals?: boolean;
  /** Handling of a pair with only white space on one side: an error (default), or the pair is left out. */
  readonly emptySide?: 'refuse' | 'leave-out';
}

export const READ_KINDS: OptionKinds<ReadPairsOptions> = {
  format: "'tsv' or 'po' or 'mo' or 'tmx'?",
  columns: 'array?',
  languages: 'array?',
  plurals: 'boolean?',
  emptySide: "'refuse' or 'leave-out'?",
  encoding: 'string?',
  normalize: "'NFC' or 'NFD'?",
};

const FORMATS: Readonly<Record<string, PairFormat>> = {
  ...{ '.tsv': 'tsv', '.txt': 'tsv', '.tab': 'tsv', '.tmx': 'tmx' },
  ...{ '.po': 'po', '.pot': 'po', '.mo': 'mo', '.gmo': 'mo' },
};

/**
 * Pairs of texts from tables (TSV), gettext catalogues and translation memories (TMX), file by file. Tables
 * and memories are read as streams, of any size. Catalogues need the package `gettext-parser`, memories
 * `saxes`; the program that reads them installs it.
 *
 * @param files paths or patterns, `catalogues/*.po`
 * @throws UnrolledError while reading, naming the file and the line or message: a pair with an empty side,
 *   too few columns, another format or encoding, a truncated file
 */
export function readPairs(
  files: string | readonly string[],
  options: ReadPairsOptions = {},
): AsyncGenerator<TextPair, void, void> {
  const scope = 'readPairs';
  checkKind(scope, 'files', files, 'string or array');
  checkOptions(scope, options, READ_KINDS);
  checkReading(scope, options);
  return textPairs(scope, files, options);
}

async function* textPairs(
  scope: string,
  files: string | readonly string[],
  options: ReadPairsOptions,
): AsyncGenerator<TextPair, void, void> {
  for (const file of await pairFiles(scope, typeof files === 'string' ? [files] : files)) {
    for await (const { number, ...texts } of pairsOf(file, options)) {
      yield { ...texts, place: placeIn(file, options, number) };
    }
  }
}

/** Resolves paths and patterns to files. */
export async function pairFiles(scope: string, files: readonly string[]): Promise<CorpusFile[]> {
  for (const file of files) checkKind(scope, 'each file', file, 'string');
  if (files.length > 0) return findCorpusFiles(files, () => process.stdin, scope);
  return refuse(scope, { expected: 'at least one file', got: 'none', remedy: 'pass the paths as an array' });
}

/** The place of a pair in a file. */
export function placeIn(file: CorpusFile, options: ReadPairsOptions, number: number): string {
  const format = formatOf(file, options);
  return `${file.path}, ${format === 'po' || format === 'mo' ? 'message' : 'line'} ${number}`;
}

/** Checks that the table of option kinds cannot express. */
export function checkReading(scope: string, { columns, languages, normalize }: ReadPairsOptions): void {
  const isTwo = (list: readonly unknown[] | undefined, fits: (one: unknown) => boolean) =>
    list === undefined || (list.length === 2 && list.every(fits));
  if (!isTwo(columns, (column) => Number.isSafeInteger(column) && (column as number) >= 0)) {
    const remedy = 'number columns from 0: [0, 1]';
    refuse(scope, { expected: 'the numbers of two columns', got: inWords(columns), remedy });
  }
  if (!isTwo(languages, (language) => typeof language === 'string' && language !== '')) {
    const remedy = "name source and target: ['en', 'de']";
    refuse(scope, { expected: 'two languages', got: inWords(languages), remedy });
  }
  if (normalize !== undefined) checkKind(scope, 'normalize', normalize, "'NFC' or 'NFD'");
}

/** The pairs of a file; none has an empty side. */
export async function* pairsOf(file: CorpusFile, options: ReadPairsOptions): AsyncGenerator<NumberedPair> {
  const { scope = 'readPairs' } = file;
  for await (const pair of pairsAsTheyAre(file, options)) {
    const empty = pair.source.trim() === '' ? 'source' : pair.target.trim() === '' ? 'target' : undefined;
    if (empty === undefined) yield pair;
    else if (options.emptySide !== 'leave-out') {
      refuse(scope, {
        expected: `two texts at ${placeIn(file, options, pair.number)}`,
        got: `an empty ${empty}`,
        remedy: "set emptySide: 'leave-out' to skip such pairs",
        code: 'format',
      });
    }
  }
}

function pairsAsTheyAre(file: CorpusFile, options: ReadPairsOptions): AsyncGenerator<NumberedPair> {
  const { scope = 'readPairs' } = file;
  const { columns = [0, 1], languages, plurals = true, encoding, normalize } = options;
  const format = formatOf(file, options);
  if (format === 'po' || format === 'mo') return readGettext(file, format, { encoding, plurals });
  if (format === 'tsv') return readTsv(file, { columns, encoding, normalize });
  if (languages) return readTmx(file, { languages, encoding, normalize });
  return refuse(scope, {
    expected: `the languages of source and target in ${file.path}`,
    got: 'none',
    remedy: "set `languages`, such as ['en', 'de']",
  });
}

function formatOf({ scope = 'readPairs', path }: CorpusFile, { format }: ReadPairsOptions): PairFormat {
  const found = format ?? FORMATS[extname(path).toLowerCase()];
  if (found !== undefined) return found;
  return refuse(scope, {
    expected: 'a file that ends in .tsv, .txt, .po, .mo or .tmx',
    got: path,
    remedy: "set `format`, such as 'tsv'",
  });
}
