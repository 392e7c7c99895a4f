/**
 * chrF, the F-score of character n-grams, and chrF++, which adds word n-grams, with sacreBLEU's numbers and
 * signature (Popović, 2015 and 2017).
 */
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions } from '../refuse';
import type { Running } from '../running';
import { type Counts, characterNgrams, characterStarts, matchesOf, totalOf, wordNgrams } from './counts';
import { fixed } from './fixed';
import {
  checkedExample,
  joinedCount,
  type ReferenceCount,
  SACREBLEU_VERSION,
  type TextCorpus,
  type TextExample,
} from './references';
import { type Counter, runningOf, scoreOfCorpus } from './statistics';
import { splitWords } from './white-space';

/** The settings of chrF. */
export interface ChrfOptions {
  /** The maximum length of character n-grams, 1 … 32; default 6. */
  charOrder?: number;
  /** The maximum length of word n-grams, 0 … 32; default 0. 2 gives chrF++. */
  wordOrder?: number;
  /** Weight of recall relative to precision; default 2. */
  beta?: number;
  /** Whether case is ignored; default false. */
  lowercase?: boolean;
  /** Whether white space counts as characters; default false. */
  whitespace?: boolean;
  /**
   * true: orders without n-grams have a score of almost 0, as in chrF++.py, NLTK and Moses. Default false:
   * they are left out.
   */
  epsSmoothing?: boolean;
}

/** The counts of chrF; plain JSON. */
export interface ChrfStatistics {
  /** The settings on which the counts depend. Counts with other settings cannot be added. */
  settings: string;
  /** Number of references of each example. */
  references: ReferenceCount;
  /** Number of hypotheses counted. */
  examples: number;
  /**
   * For each order, the number of n-grams of the hypotheses, of the references, and of both; character orders
   * first.
   */
  counts: number[];
}

/** chrF with its signature. */
export interface ChrfScore {
  /** 0 … 100. */
  score: number;
  /** `chrF2`, or `chrF2++` with words. */
  name: string;
  /** sacreBLEU's signature: `nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0`. */
  signature: string;
  /** sacreBLEU's output: `chrF2 = 66.67`. */
  text: string;
}

/** A corpus, and the settings of chrF. */
export interface CorpusChrfOptions extends TextCorpus, ChrfOptions {}

/** One hypothesis, and the settings of chrF. */
export interface SentenceChrfOptions extends TextExample, ChrfOptions {}

const KINDS: OptionKinds<ChrfOptions> = {
  charOrder: 'positive integer?',
  wordOrder: 'integer of at least 0?',
  beta: 'positive integer?',
  lowercase: 'boolean?',
  whitespace: 'boolean?',
  epsSmoothing: 'boolean?',
};
const CORPUS_KINDS: OptionKinds<CorpusChrfOptions> = /* @__PURE__ */ Object.assign(
  { hypotheses: 'array', references: 'array' } as const,
  KINDS,
);
const SENTENCE_KINDS: OptionKinds<SentenceChrfOptions> = /* @__PURE__ */ Object.assign(
  { hypothesis: 'string', references: 'string or array' } as const,
  KINDS,
);

/**
 * Computes chrF of a corpus that is read in parts. Of several references, the one with the best chrF is used.
 *
 * An empty hypothesis or reference has no n-grams, as in sacreBLEU.
 *
 * @throws UnrolledError for an unknown option, and one out of range
 */
export function chrf(options: ChrfOptions = {}): Running<TextExample, ChrfStatistics, ChrfScore> {
  return runningOf(counter('chrf', settingsOf('chrf', options)));
}

/**
 * chrF of a corpus. `references` has one entry for each hypothesis: a text, or a list of correct texts. This
 * is the transpose of sacreBLEU's streams.
 *
 * @throws UnrolledError for lists that are empty or differ in length, a value that is not a text, and an
 *   option out of range
 */
export function corpusChrf(options: CorpusChrfOptions): ChrfScore {
  const scope = 'corpusChrf';
  checkOptions(scope, options, CORPUS_KINDS);
  const { hypotheses, references, ...own } = options;
  return scoreOfCorpus(counter(scope, settingsOf(scope, own)), { hypotheses, references });
}

/**
 * chrF of one hypothesis.
 *
 * @throws UnrolledError for a value that is not a text, no references, and an option out of range
 */
export function sentenceChrf(options: SentenceChrfOptions): ChrfScore {
  const scope = 'sentenceChrf';
  checkOptions(scope, options, SENTENCE_KINDS);
  const { hypothesis, references, ...own } = options;
  const counting = counter(scope, settingsOf(scope, own));
  counting.count(...checkedExample(scope, { hypothesis, references }));
  return counting.score();
}

type Settings = Required<ChrfOptions>;

function settingsOf(scope: string, options: ChrfOptions): Settings {
  checkOptions(scope, options, KINDS);
  const { charOrder = 6, wordOrder = 0, beta = 2 } = options;
  const { lowercase = false, whitespace = false, epsSmoothing = false } = options;
  check.number(scope, 'charOrder', charOrder, charOrder <= 32, 'in 1 … 32');
  check.number(scope, 'wordOrder', wordOrder, wordOrder <= 32, 'in 0 … 32');
  return { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing };
}

function counter(scope: string, settings: Settings): Counter<ChrfStatistics, ChrfScore> {
  const { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing } = settings;
  const parts = `case:${lowercase ? 'lc' : 'mixed'}|eff:${epsSmoothing ? 'no' : 'yes'}|nc:${charOrder}|nw:${wordOrder}`;
  const own = `${parts}|space:${whitespace ? 'yes' : 'no'}`;
  const sums: ChrfStatistics = {
    settings: `${own}|beta:${beta}`,
    references: null,
    examples: 0,
    counts: new Array<number>(3 * (charOrder + wordOrder)).fill(0),
  };
  return {
    scope,
    sums,
    count(hypothesis, references) {
      const ngrams = ngramsOf(hypothesis, settings);
      let best: { score: number; counts: number[] } | undefined;
      for (const reference of references) {
        const counts = compared(ngrams, ngramsOf(reference, settings));
        const score = scoreOf(counts, settings);
        if (best === undefined || score > best.score) best = { score, counts };
      }
      sums.counts = sums.counts.map((count, index) => count + best!.counts[index]!);
      sums.references = joinedCount(sums.references, references.length);
      sums.examples += 1;
    },
    score() {
      const score = scoreOf(sums.counts, settings);
      const name = `chrF${beta}${'+'.repeat(wordOrder)}`;
      const signature = `nrefs:${sums.references}|${own}|version:${SACREBLEU_VERSION}`;
      return { score, name, signature, text: `${name} = ${fixed(score, 2)}` };
    },
  };
}

/** The n-grams of each order: characters first, then words. */
function ngramsOf(text: string, { charOrder, wordOrder, lowercase, whitespace }: Settings): Counts[] {
  const cased = lowercase ? text.toLowerCase() : text;
  const characters = whitespace ? cased : splitWords(cased).join('');
  const starts = characterStarts(characters);
  const words = wordOrder > 0 ? splitWords(cased).flatMap(withoutPunctuation) : [];
  return [
    ...Array.from({ length: charOrder }, (_, order) => characterNgrams(characters, starts, order + 1)),
    ...Array.from({ length: wordOrder }, (_, order) => wordNgrams(words, order + 1)),
  ];
}

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

/**
 * Separates ASCII punctuation from the end of a word, or otherwise from its start, as sacreBLEU does: `(so)`
 * becomes `(so` and `)`.
 */
function withoutPunctuation(word: string): string[] {
  const [first, last] = [word[0]!, word.at(-1)!];
  if (word.length === 1) return [word];
  if (PUNCTUATION.includes(last)) return [word.slice(0, -1), last];
  return PUNCTUATION.includes(first) ? [first, word.slice(1)] : [word];
}

/**
 * For each order, the number of n-grams of the hypothesis, of the reference, and of both. If the reference
 * has none, those of the hypothesis are not counted.
 */
function compared(hypothesis: readonly Counts[], reference: readonly Counts[]): number[] {
  return hypothesis.flatMap((ngrams, order) => {
    const held = reference[order]!;
    return [held.size > 0 ? totalOf(ngrams) : 0, totalOf(held), matchesOf(ngrams, held)];
  });
}

const EPSILON = 1e-16;

/** The F-score, 0 … 100, computed from the counts with the operations in sacreBLEU's order. */
function scoreOf(counts: readonly number[], { beta, epsSmoothing }: Settings): number {
  const factor = beta ** 2;
  const orders = counts.length / 3;
  let [smoothed, precisions, recalls, effective] = [0, 0, 0, 0];
  for (let order = 0; order < orders; order++) {
    const [hypothesis, reference, matches] = counts.slice(3 * order) as [number, number, number];
    const precision = hypothesis > 0 ? matches / hypothesis : EPSILON;
    const recall = reference > 0 ? matches / reference : EPSILON;
    const denominator = factor * precision + recall;
    smoothed += denominator > 0 ? ((1 + factor) * precision * recall) / denominator : EPSILON;
    if (hypothesis > 0 && reference > 0) {
      precisions += precision;
      recalls += recall;
      effective += 1;
    }
  }
  if (epsSmoothing) return (100 * smoothed) / orders;
  if (precisions + recalls === 0) return 0;
  const [precision, recall] = [precisions / effective, recalls / effective];
  return 100 * (((1 + factor) * precision * recall) / (factor * precision + recall));
}
