/**
 * Error rates: the number of edits between hypotheses and references, divided by the references' length, each
 * summed over a corpus.
 *
 *     (substitutions + deletions + insertions) / (hits + substitutions + deletions)
 */
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkPaired } from '../refuse';
import type { Running } from '../running';
import { countEdits, type EditCounts, editsOf, rateOf } from './edits';
import type { TextCorpus, TextExample } from './references';
import { type Counter, runningOf, scoreOfCorpus } from './statistics';
import { checkTokens, type ErrorUnit, type Token, UNITS } from './tokens';

/** The settings of an error rate. */
export interface ErrorRateOptions {
  unit: ErrorUnit;
  /** Whether case is ignored; default false. */
  lowercase?: boolean;
}

/** A corpus, and how its texts are compared. */
export interface CorpusErrorRateOptions extends TextCorpus {
  /** Whether case is ignored; default false. */
  lowercase?: boolean;
}

/** A corpus of sequences of words, phonemes or ids. Both sides have the same number of sequences. */
export interface TokenErrorRateOptions {
  hypotheses: readonly ArrayLike<Token>[];
  references: readonly ArrayLike<Token>[];
}

/** The counts of an error rate; plain JSON. */
export interface ErrorRateStatistics extends EditCounts {
  /** The settings on which the counts depend. Counts with other settings cannot be added. */
  settings: string;
  /** Number of hypotheses counted. */
  examples: number;
  /** Number of hypotheses with at least one error. */
  wrong: number;
}

/** An error rate with its components. */
export interface ErrorRate extends EditCounts {
  /** Errors divided by the references' length: 0 without errors, above 1 if insertions outnumber matches. */
  errorRate: number;
  /** The share of hypotheses with at least one error, 0 … 1. */
  sentenceErrorRate: number;
}

const KINDS: OptionKinds<ErrorRateOptions> = { unit: 'string', lowercase: 'boolean?' };
const CORPUS_KINDS: OptionKinds<CorpusErrorRateOptions> = {
  hypotheses: 'array',
  references: 'array',
  lowercase: 'boolean?',
};
const TOKEN_KINDS: OptionKinds<TokenErrorRateOptions> = { hypotheses: 'array', references: 'array' };

/**
 * Computes the error rate of a corpus that is read in parts. Of several references, the first one with the
 * fewest errors is used.
 *
 * @throws UnrolledError for an unknown unit or option
 */
export function errorRate(options: ErrorRateOptions): Running<TextExample, ErrorRateStatistics, ErrorRate> {
  checkOptions('errorRate', options, KINDS);
  check.choice('errorRate', 'unit', options.unit, Object.keys(UNITS));
  return runningOf(counter('errorRate', options));
}

/**
 * The word error rate of a corpus. Words are separated by white space.
 *
 * If all references are empty, the rate is the number of insertions, as in jiwer. A corpus may contain some
 * empty references.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and a value that is not a text
 */
export function wordErrorRate(options: CorpusErrorRateOptions): ErrorRate {
  return ofCorpus('wordErrorRate', 'word', options);
}

/**
 * The character error rate of a corpus. Characters are code points. White space inside a text counts; at its
 * ends it does not.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and a value that is not a text
 */
export function characterErrorRate(options: CorpusErrorRateOptions): ErrorRate {
  return ofCorpus('characterErrorRate', 'character', options);
}

/**
 * The phoneme error rate of a corpus of transcriptions such as `HH AH0 L OW1`, with white space between
 * phonemes. If the references of a word are all its pronunciations, `sentenceErrorRate` is the share of words
 * that match none of them.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and a value that is not a text
 */
export function phonemeErrorRate(options: CorpusErrorRateOptions): ErrorRate {
  return ofCorpus('phonemeErrorRate', 'phoneme', options);
}

/**
 * The error rate of a corpus of sequences of tokens, such as ids.
 *
 * @throws UnrolledError for lists that are empty or differ in length, and a token that is neither a text nor
 *   a number
 */
export function tokenErrorRate(options: TokenErrorRateOptions): ErrorRate {
  const scope = 'tokenErrorRate';
  checkOptions(scope, options, TOKEN_KINDS);
  const { hypotheses, references } = options;
  checkPaired(scope, ['hypotheses', hypotheses], ['references', references]);
  const sums = emptySums('unit:token');
  for (let index = 0; index < hypotheses.length; index++) {
    const [reference, hypothesis] = [references[index]!, hypotheses[index]!];
    checkTokens(scope, `references[${index}]`, reference);
    checkTokens(scope, `hypotheses[${index}]`, hypothesis);
    addEdits(sums, countEdits(editsOf(scope, reference, hypothesis)));
  }
  return scoreOf(sums);
}

function ofCorpus(scope: string, unit: ErrorUnit, options: CorpusErrorRateOptions): ErrorRate {
  checkOptions(scope, options, CORPUS_KINDS);
  return scoreOfCorpus(counter(scope, { unit, lowercase: options.lowercase }), options);
}

function counter(
  scope: string,
  { unit, lowercase = false }: ErrorRateOptions,
): Counter<ErrorRateStatistics, ErrorRate> {
  const sums = emptySums(`unit:${unit}|case:${lowercase ? 'lc' : 'mixed'}`);
  const tokens = (text: string) => UNITS[unit](lowercase ? text.toLowerCase() : text);
  return {
    scope,
    sums,
    count(hypothesis, references) {
      const own = tokens(hypothesis);
      const each = references.map((reference) => countEdits(editsOf(scope, tokens(reference), own)));
      addEdits(
        sums,
        each.reduce((best, next) => (errorsOf(next) < errorsOf(best) ? next : best)),
      );
    },
    score: () => scoreOf(sums),
  };
}

function emptySums(settings: string): ErrorRateStatistics {
  return { settings, examples: 0, wrong: 0, hits: 0, substitutions: 0, insertions: 0, deletions: 0 };
}

const errorsOf = (counts: EditCounts) => counts.substitutions + counts.insertions + counts.deletions;

function addEdits(sums: ErrorRateStatistics, counts: EditCounts): void {
  sums.examples += 1;
  sums.wrong += errorsOf(counts) > 0 ? 1 : 0;
  sums.hits += counts.hits;
  sums.substitutions += counts.substitutions;
  sums.insertions += counts.insertions;
  sums.deletions += counts.deletions;
}

function scoreOf(sums: ErrorRateStatistics): ErrorRate {
  const { examples, wrong, hits, substitutions, insertions, deletions } = sums;
  const counts = { hits, substitutions, insertions, deletions };
  return { errorRate: rateOf(counts), sentenceErrorRate: wrong / examples, ...counts };
}
