/**
 * `npm run example-data -- [spelling|numbers|messages|prompts|opinions|vowels|captions]…`: downloads the
 * data, and prints a summary.
 */
import { UnrolledError } from '@unrolled/errors';
import { nearest, scoreNames } from './baseline';
import { ARTISTS, emojiPictures, LANGUAGES } from './emoji';
import { messages } from './messages';
import { numberNames } from './numbers';
import { movieReviews, movieSentences, vaderLexicon } from './opinions';
import { spokenPrompts } from './prompts';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { spellings } from './spelling';
import type { Split } from './split';
import { vowels } from './vowels';

const say = (line: string) => process.stdout.write(`${line}\n`);
const options = { onFetch: (line: string) => process.stderr.write(`${line}\n`) };
const sizes = ({ train, validation, test }: Split<unknown>) =>
  `${train.length} for training, ${validation.length} validation, ${test.length} test`;

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  async spelling() {
    const split = await spellings(options);
    const several = split.test.filter(({ pronunciations }) => pronunciations.length > 1);
    say(`spelling  ${sizes(split)}; ${several.length} of the test have several pronunciations`);
    say(`          first of the test: ${split.test[0]!.word}, last: ${split.test.at(-1)!.word}`);
  },
  async numbers() {
    for (const language of ['en-US', 'de-DE']) {
      const split = await numberNames(language, options);
      const { source, target } = split.test[0]!;
      say(`numbers   ${language}: ${sizes(split)}; ${source} is ${target}`);
    }
  },
  async messages() {
    const split = await messages('de', options);
    const words = split.train.reduce((sum, { source }) => sum + source.split(/\s+/).length, 0);
    say(`messages  en–de: ${sizes(split)}; ${words} English words to train`);
  },
  async prompts() {
    const prompts = await spokenPrompts(options);
    const words = prompts.reduce((sum, { text }) => sum + text.split(' ').length, 0);
    say(`prompts   ${prompts.length} recordings of ${words} words; ${prompts[0]!.name}: ${prompts[0]!.text}`);
  },
  async opinions() {
    const lexicon = await vaderLexicon(options);
    const parts = { sentences: await movieSentences(options), reviews: await movieReviews(options) };
    for (const [name, split] of Object.entries(parts)) {
      const share = split.test.filter(({ isPositive }) => isPositive).length / split.test.length;
      say(`opinions  ${name}: ${sizes(split)}; ${(100 * share).toFixed(1)} % of the test are positive`);
    }
    say(`          ${lexicon.size} words in VADER’s lexicon`);
  },
  async vowels() {
    const { train, test } = await vowels(options);
    const steps = [...train, ...test].map(({ coefficients }) => coefficients.length / 12);
    say(
      `vowels    ${train.length} for training, ${test.length} test, ${Math.min(...steps)} to ${Math.max(...steps)} steps`,
    );
  },
  async captions() {
    const started = Date.now();
    const pictures = await emojiPictures(32, options);
    const names = LANGUAGES.map((language) => new Set(pictures.emoji.map((one) => one.names[language])).size);
    say(
      `captions  ${pictures.emoji.length} emoji of ${ARTISTS.join(', ')}, drawn in ${Date.now() - started} ms`,
    );
    say(
      `          different names: ${LANGUAGES.map((language, at) => `${language} ${names[at]}`).join(', ')}`,
    );
    say('          nearest picture of the first two artists, for the third’s: share of exact names (chrF)');
    say(`          ${['pixels', '', ...LANGUAGES].map((cell) => cell.padEnd(12)).join('')}`);
    for (const size of [8, 16, 32]) {
      for (const isGrey of [true, false]) {
        const scores = scoreNames(pictures.emoji, nearest(pictures, { size, isGrey }));
        const cells = LANGUAGES.map((language) => {
          const { exact, chrf } = scores[language];
          return `${(100 * exact).toFixed(1)} (${chrf.toFixed(1)})`;
        });
        say(
          `          ${[String(size), isGrey ? 'grey' : 'colour', ...cells].map((cell) => cell.padEnd(12)).join('')}`,
        );
      }
    }
  },
};

try {
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : Object.keys(PARTS)) {
    if (!Object.hasOwn(PARTS, name)) {
      const expected = `one or more of ${Object.keys(PARTS).join(', ')}`;
      refuse('example-data', { expected, got: name, remedy: 'name parts, or omit them to fetch all' });
    }
    await PARTS[name]!();
  }
  say('downloads and their licences:');
  for (const { name, version, licence } of Object.values(SOURCES))
    say(`          ${name} ${version}: ${licence}`);
} catch (error) {
  if (!(error instanceof UnrolledError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
