import { inWords, type OptionKinds } from '@unrolled/errors';
import { allocate, checkKind, checkOptions, refuse } from '../refuse';
import { drawsOf } from '../windows/shuffle';
import { type CorpusFile, findCorpusFiles, readBinary } from './corpus-files';
import type { Vocabulary } from './vocabulary-contract';

export interface ReadEmbeddingsOptions {
  /** The required dimension; default that of the file. */
  readonly dimension?: number;
  /** Seed of the random rows of words that the file lacks; default 0. */
  readonly seed?: number;
}

/** The embeddings of a vocabulary's tokens in a file. */
export interface ReadEmbeddings {
  /** [V, dimension], row-major: the parameter `embeddings` of `embedding` in `@unrolled/cells`. */
  readonly values: Float32Array;
  readonly dimension: number;
  /** Tokens that the file has. */
  readonly found: number;
  /** The ids of tokens that the file lacks. Their rows are random. */
  readonly missing: readonly number[];
  /** Number of rows in the file, including those of unknown words. */
  readonly rows: number;
  /** Number of rows of a token that already had one. The first row counts. */
  readonly doubles: number;
}

const scope = 'readEmbeddings';

const KINDS: OptionKinds<ReadEmbeddingsOptions> = { dimension: 'positive integer?', seed: 'number?' };

/**
 * Reads embeddings of a vocabulary's tokens from a GloVe or word2vec text file: one row for each word, the
 * word and its numbers separated by spaces. The first line of word2vec, with the number of rows and the
 * dimension, is recognised. A word may contain spaces, as some in `glove.840B` do. The file is read as a
 * stream, of any size; only the vocabulary's rows are kept.
 *
 * Tokens are looked up unchanged: `Paris` is not `paris`. Rows of tokens that the file lacks are drawn
 * uniformly, with the mean and the variance of all numbers that were found. The same seed and id give the
 * same row.
 *
 * @throws UnrolledError that names the file and the row, for another number of columns, an invalid number, or
 *   a truncated, compressed or binary file; also if the file has none of the tokens
 */
export async function readEmbeddings(
  file: string,
  vocabulary: Pick<Vocabulary, 'tokens'>,
  options: ReadEmbeddingsOptions = {},
): Promise<ReadEmbeddings> {
  checkKind(scope, 'file', file, 'string');
  checkOptions(scope, options, KINDS);
  const { tokens } = Object(vocabulary) as Partial<Vocabulary>;
  checkKind(scope, 'vocabulary.tokens', tokens, 'array');
  const [found] = await findCorpusFiles([file], () => process.stdin, scope);
  const table = new Table(found!.path, tokens as readonly string[], options.dimension);
  for await (const line of linesOf(found!)) table.read(line);
  return table.finish(options.seed ?? 0);
}

/** Maximum bytes of a line: a word and a few thousand numbers. */
const LONGEST = 2 ** 20;

/**
 * Splits lines at LF only. Words of word2vec may contain bytes that are not UTF-8, and other line separators.
 */
async function* linesOf(file: CorpusFile): AsyncGenerator<string> {
  const utf8 = new TextDecoder('utf-8');
  let rest = '';
  let isFirst = true;
  for await (const chunk of readBinary(file)) {
    if (isFirst) checkPlain(file.path, chunk);
    isFirst = false;
    const lines = (rest + utf8.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* lines;
    if (rest.length > LONGEST)
      refuseFile(`lines of at most ${LONGEST} characters in ${file.path}`, `a longer line`);
  }
  rest += utf8.decode();
  if (rest !== '') yield rest;
}

/** Refuses a file with the signature of a compressed file, or with a zero byte as in binary files. */
function checkPlain(path: string, head: Uint8Array): void {
  const isPacked = (head[0] === 0x1f && head[1] === 0x8b) || (head[0] === 0x50 && head[1] === 0x4b);
  if (isPacked) refuseFile(`text in ${path}`, 'a compressed file', 'decompress the file first');
  if (head.subarray(0, 4096).includes(0))
    refuseFile(`text in ${path}`, 'a binary file', 'save the embeddings as text: binary=False in gensim');
}

function refuseFile(expected: string, got: string, remedy?: string): never {
  return refuse(scope, { expected, got, remedy, code: 'format' });
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Collects the rows of a vocabulary while a file is read. */
class Table {
  private readonly ids: ReadonlyMap<string, number>;
  private readonly filled: Uint8Array;
  private values: Float32Array | undefined;
  private line = 0;
  private rows = 0;
  private doubles = 0;
  private readonly isGiven: boolean;
  /** Number of rows according to the first line. */
  private promised: number | undefined;

  constructor(
    private readonly path: string,
    tokens: readonly string[],
    private dimension: number | undefined,
  ) {
    this.ids = new Map(tokens.map((token, id) => [token, id]));
    this.filled = new Uint8Array(tokens.length);
    this.isGiven = dimension !== undefined;
  }

  read(text: string): void {
    this.line += 1;
    const row = text.trimEnd();
    if (this.line === 1 && this.readHeader(row)) return;
    if (row === '') return;
    const dimension = this.dimension ?? row.split(' ').length - 1;
    this.dimension = dimension;
    const end = this.endOfWord(row, dimension);
    this.rows += 1;
    const id = this.ids.get(row.slice(0, end));
    if (id === undefined) return;
    if (this.filled[id]) {
      this.doubles += 1;
      return;
    }
    this.values ??= allocate(scope, Float32Array, this.filled.length * dimension);
    const numbers = row.slice(end + 1).split(' ');
    for (const [column, digits] of numbers.entries()) {
      const value = Number(digits);
      if (!NUMBER.test(digits) || !Number.isFinite(Math.fround(value)))
        refuseFile(
          `${dimension} finite numbers in ${this.place()}`,
          `${inWords(digits)} as number ${column + 1}`,
        );
      this.values[id * dimension + column] = value;
    }
    this.filled[id] = 1;
  }

  private place(): string {
    return `row ${this.line} of ${this.path}`;
  }

  /** Two whole numbers are the number of rows and the dimension. */
  private readHeader(row: string): boolean {
    const [, rows, width] = /^(\d+) (\d+)$/.exec(row) ?? [];
    if (rows === undefined || this.dimension === 1) return false;
    if (this.dimension !== undefined && Number(width) !== this.dimension) this.refuseColumns(`${width}`);
    this.promised = Number(rows);
    this.dimension = Number(width);
    if (this.dimension < 1) this.refuseColumns('0');
    return true;
  }

  /** The end of the word, before the last `dimension` columns. */
  private endOfWord(row: string, dimension: number): number {
    let end = row.length;
    for (let column = 0; column < dimension && end > 0; column++) end = row.lastIndexOf(' ', end - 1);
    const before = end > 0 ? row.slice(0, end) : '';
    // No part of a word with spaces is a number with a decimal point; otherwise the row has too many numbers.
    const last = before.slice(before.lastIndexOf(' ') + 1);
    const isWider = last !== before && /\./.test(last) && NUMBER.test(last);
    if (dimension < 1 || end <= 0 || isWider) this.refuseColumns(String(row.split(' ').length - 1));
    return end;
  }

  private refuseColumns(got: string): never {
    const dimension = this.dimension || 'at least 1';
    const remedy =
      this.isGiven && this.line <= 2
        ? 'set `dimension` to that of the file'
        : 'download the file again, or pass a table of embeddings separated by spaces';
    return refuseFile(`a word and ${dimension} numbers in ${this.place()}`, got, remedy);
  }

  finish(seed: number): ReadEmbeddings {
    const { path, rows, promised, doubles, values, dimension, filled } = this;
    if (promised !== undefined && promised !== rows)
      refuseFile(
        `${promised} rows in ${path}, according to its first line`,
        String(rows),
        'download the file again: it is truncated, or was joined from parts',
      );
    const missing = Array.from(filled.keys()).filter((id) => filled[id] === 0);
    if (values === undefined || dimension === undefined) {
      return refuse(scope, {
        expected: `at least one of ${filled.length} tokens in ${path}`,
        got: `none of the tokens in ${rows} rows`,
        remedy: 'check capital letters and the marks of word parts: words are looked up unchanged',
      });
    }
    drawRows(values, dimension, { missing, seed });
    return { values, dimension, found: filled.length - missing.length, missing, rows, doubles };
  }
}

/** Draws the missing rows with the mean and the variance of the others. */
function drawRows(
  values: Float32Array,
  dimension: number,
  { missing, seed }: { readonly missing: readonly number[]; readonly seed: number },
): void {
  const count = values.length - missing.length * dimension;
  // The missing rows are still 0.
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const limit = Math.sqrt(3 * Math.max(0, squares / count - mean * mean));
  for (const id of missing) {
    const draw = drawsOf(seed, id + 1);
    for (let column = 0; column < dimension; column++)
      values[id * dimension + column] = mean + limit * (2 * draw() - 1);
  }
}
