import { looksNumeric } from './numbers';
import { Papa } from './parser';
import { looksLikeDate } from './row-shape';

/** Possible cell separators. If none fits, spaces: two stand for two or more, one for any number. */
const MARKS = [',', ';', '\t', '|'];
const SPACES = ['  ', ' '];

/** Number of lines that are examined. */
const SAMPLE = 60;

/**
 * The most likely cell separator: with it, most lines have the same number of cells, and most cells are
 * numbers or dates. Spaces are considered only if the header, or dates, show that they are not part of the
 * cells. The default is a comma.
 */
export function guessDelimiter(lines: readonly string[]): string {
  const sample: string[] = [];
  for (const line of lines) {
    if (line.trim() !== '') sample.push(line);
    if (sample.length === SAMPLE) break;
  }
  const best = (delimiters: readonly string[]) =>
    delimiters.reduce(
      (best, delimiter) => {
        const score = scoreOf(splitSample(sample, delimiter), delimiter);
        return score > best.score ? { delimiter, score } : best;
      },
      { delimiter: ',', score: 0 },
    );
  const marks = best(MARKS);
  return marks.score > 0 ? marks.delimiter : best(SPACES).delimiter;
}

function splitSample(sample: readonly string[], delimiter: string): string[][] {
  const isSpace = SPACES.includes(delimiter);
  const text = isSpace ? toTabs(sample, delimiter) : sample.join('\n');
  const { data } = Papa.parse<string[]>(text, { delimiter: isSpace ? '\t' : delimiter, newline: '\n' });
  return data.map((cells) => cells.map((cell) => cell.trim()));
}

function scoreOf(rows: readonly string[][], delimiter: string): number {
  const counts = new Map<number, number>();
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [width, count] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one), [0, 0]);
  // Half of the lines of a short file may be titles.
  const several = rows.filter(({ length }) => length > 1);
  if (several.length * 2 < rows.length) return 0;
  const usual = width > 1 ? rows.filter(({ length }) => length === width) : several;
  if (SPACES.includes(delimiter) && !(count > 0.8 * rows.length && isTable(rows, usual))) return 0;
  const cells = usual.flat();
  const isOne = (cell: string) =>
    cell === '' || looksNumeric(cell) || (looksLikeDate(cell) && !/[;\t|]/.test(cell));
  // Of two equally good separators, the one with more cells.
  const share = cells.filter(isOne).length / cells.length;
  return (usual.length / rows.length) * (0.1 + share) * (1 - 0.01 / (cells.length / usual.length));
}

/** Whether rows separated by spaces have a heading of the same number of words, or start with dates. */
function isTable(rows: readonly string[][], usual: readonly string[][]): boolean {
  const isData = (cells: readonly string[]) => cells.some((cell) => looksNumeric(cell));
  const heading = rows[rows.findIndex(isData) - 1];
  const beginsWithDate = ([first]: readonly string[]) => looksLikeDate(first!) || /^\d{8}$/.test(first!);
  const isNamed = heading !== undefined && heading.length >= usual[0]!.length - 1;
  return isNamed || usual.every(beginsWithDate);
}

/** Replaces the spaces between cells by tabs. Spaces within quotes stay. */
export function toTabs(lines: readonly string[], delimiter: string): string {
  const gap = delimiter === '  ' ? /"[^"]*"|\s{2,}|\t/g : /"[^"]*"|\s+/g;
  return lines
    .map((line) => line.trim().replace(gap, (found) => (found.startsWith('"') ? found : '\t')))
    .join('\n');
}
