import { refuse } from '../refuse';
import { utf8Decoder } from '../text/bytes';
import { type CorpusFile, readUtf8, type TextReading } from '../text/corpus-files';
import type { NumberedPair } from './numbered-pair';
import { LONGEST_TEXT, refuseLong } from './numbered-pair';

/**
 * The pairs of a table with one pair on each line and tabs between columns. Quotes have no meaning: they are
 * part of a text.
 */
export async function* readTsv(
  file: CorpusFile,
  { columns, ...reading }: TextReading & { readonly columns: readonly [number, number] },
): AsyncGenerator<NumberedPair> {
  const { scope = 'readPairs' } = file;
  const needed = Math.max(...columns) + 1;
  let number = 0;
  for await (const line of linesOf(file, reading)) {
    number += 1;
    if (line.trim() === '') continue;
    const cells = line.split('\t');
    if (cells.length < needed) {
      refuse(scope, {
        expected: `at least ${needed} columns, separated by tabs, at ${file.path}, line ${number}`,
        got: String(cells.length),
        remedy: needed > 2 ? 'set the column numbers, from 0' : 'separate source and target by a tab',
        code: 'format',
      });
    }
    yield { source: cells[columns[0]]!, target: cells[columns[1]]!, number };
  }
}

/** The lines of a text without their ends, as a stream. A line ends with LF, CR LF or, in old files, CR. */
async function* linesOf(file: CorpusFile, reading: TextReading): AsyncGenerator<string> {
  const utf8 = utf8Decoder();
  let rest = '';
  let number = 1;
  for await (const piece of readUtf8(file, reading)) {
    const lines = (rest + utf8.decode(piece)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) yield* linesWithin(line);
    number += lines.length;
    if (rest.length > LONGEST_TEXT) refuseLong(file, `line ${number}`);
  }
  if (rest !== '') yield* linesWithin(rest);
}

const linesWithin = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line).split('\r');
