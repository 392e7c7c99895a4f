import { readFile } from 'node:fs/promises';
import { refuse } from '../refuse';

/**
 * Reads a list of days. A day is the first ten characters of a line. Empty lines, lines that start with `#`,
 * and a header without digits are skipped.
 *
 * @throws UnrolledError naming file and line, if another line does not start with a date
 */
export async function readHolidays(file: string | undefined): Promise<readonly string[] | undefined> {
  if (file === undefined) return undefined;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return refuse('--holidays', {
      expected: 'a file of dates',
      got: `${file}, which cannot be read (${(error as NodeJS.ErrnoException).code})`,
      remedy: 'pass another path',
    });
  }
  return text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .flatMap((line, at) => {
      const trimmed = line.trim().replace(/^"/, '');
      if (trimmed === '' || trimmed.startsWith('#') || (at === 0 && !/\d/.test(trimmed))) return [];
      const day = trimmed.slice(0, 10);
      const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day));
      if (isDay) return [day];
      return refuse('--holidays', {
        expected: `a day such as 2026-12-25 on line ${at + 1} of ${file}`,
        got: `'${trimmed.slice(0, 40)}'`,
        remedy: 'write one day on each line',
      });
    });
}
