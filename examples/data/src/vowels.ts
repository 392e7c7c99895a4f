/**
 * JapaneseVowels: nine men speak the vowels a and e. Each utterance is a sequence of linear prediction
 * coefficients.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';

/** One utterance. */
export interface Utterance {
  /** The speaker, 0 … 8. */
  readonly speaker: number;
  /** [steps, 12], row by row. */
  readonly coefficients: Float32Array;
}

/** Number of coefficients of a step. */
const COEFFICIENTS = 12;
const SPEAKERS = 9;

/**
 * 270 utterances for training and 370 for the test, of 7 to 29 steps (Kudo, Toyama and Shimbo, 1999), without
 * padding.
 */
export async function vowels(options?: FetchOptions): Promise<{ train: Utterance[]; test: Utterance[] }> {
  const folder = join(
    await fetchSource(SOURCES.vowels, options),
    'aeon',
    'datasets',
    'data',
    'JapaneseVowels',
  );
  const read = async (part: string) => {
    const file = join(folder, `JapaneseVowels_${part}.ts`);
    return readVowels(await readFile(file, 'utf8'), file);
  };
  return { train: await read('TRAIN'), test: await read('TEST') };
}

/**
 * Parses a file in the format of the UEA archive: after `@data` one utterance a line, the values of each
 * coefficient separated by commas, then the speaker, 1 to 9, all separated by colons.
 *
 * @throws UnrolledError that names the file and the line
 */
export function readVowels(content: string, file: string): Utterance[] {
  const lines = content.split(/\r?\n/);
  const start = lines.findIndex((line) => line.trim().toLowerCase() === '@data') + 1;
  const damaged = (expected: string, got: string): never =>
    refuse('vowels', { expected, got, remedy: 'delete its folder to download it again', code: 'format' });
  if (start === 0) damaged(`@data in ${file}`, 'none');
  return lines.slice(start).flatMap((line, index) => {
    if (line.trim() === '') return [];
    const at = `on line ${start + index + 1} of ${file}`;
    const fields = line.trim().split(':');
    const speaker = Number(fields.pop()) - 1;
    if (!(Number.isInteger(speaker) && speaker >= 0 && speaker < SPEAKERS))
      damaged(`a speaker from 1 to ${SPEAKERS} ${at}`, `${speaker + 1}`);
    const rows = fields.map((field) => field.split(',').map(Number));
    const steps = rows[0]?.length ?? 0;
    const fits = (row: number[]) => row.length === steps && row.every(Number.isFinite);
    if (rows.length !== COEFFICIENTS || !rows.every(fits))
      damaged(
        `${COEFFICIENTS} coefficients of as many numbers ${at}`,
        `${rows.length}, or rows of different lengths`,
      );
    const coefficients = new Float32Array(steps * COEFFICIENTS);
    for (const [column, row] of rows.entries())
      for (const [step, value] of row.entries()) coefficients[step * COEFFICIENTS + column] = value;
    return [{ speaker, coefficients }];
  });
}
