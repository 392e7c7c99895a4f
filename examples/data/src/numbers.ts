import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { type Split, splitByHash } from './split';

/** A number in digits and in words. */
export interface NumberName {
  readonly source: string;
  readonly target: string;
}

/**
 * The numbers 0 … 99,999 and their names: 1,000 for the test and 500 for validation, by hash.
 *
 * @param language the name in the package: `en-US`, `de-DE`, `ko-KR`
 */
export async function numberNames(language: string, options?: FetchOptions): Promise<Split<NumberName>> {
  const folder = await fetchSource(SOURCES.numbers, options);
  const file = pathToFileURL(join(folder, 'src', `${language}.js`)).href;
  const read = /^[\w-]+$/.test(language) ? import(file).catch(() => ({})) : {};
  const { toCardinal } = (await read) as { toCardinal?: (n: number) => string };
  if (toCardinal === undefined) {
    const remedy = 'choose one that its documentation lists, such as en-US, de-DE or ko-KR';
    refuse('numberNames', { expected: 'a language that n2words supports', got: language, remedy });
  }
  const names = Array.from({ length: 100_000 }, (_, n) => ({ source: String(n), target: toCardinal(n) }));
  return splitByHash(names, ({ source }) => source, { test: 1000, validation: 500 });
}
