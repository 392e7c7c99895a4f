import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { fixed } from './fixed';
import { type ReferenceCount, SACREBLEU_VERSION } from './references';
import { type BleuTokenizer, TOKENIZERS } from './tokenizers';

/** Smoothing of n-gram orders without a match (Chen and Cherry, 2014), named as in sacreBLEU. */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

/** The settings of BLEU. */
export interface BleuOptions {
  /** The tokenizer. Default '13a'. */
  tokenize?: BleuTokenizer;
  /** true: ignores case. Default false. */
  lowercase?: boolean;
  /** Default 'exp': the k-th order without a match counts as 1 / 2^k matches. */
  smoothMethod?: BleuSmoothing;
  /**
   * With 'floor' the number of matches of an order without any, default 0.1; with 'add-k' the number added
   * from the second order on, default 1.
   */
  smoothValue?: number;
  /** The longest n-grams, in tokens, 1 … 32. Default 4. */
  maxNgramOrder?: number;
  /**
   * true: leaves out orders that are longer than the hypotheses. Default false, and true for `sentenceBleu`.
   */
  effectiveOrder?: boolean;
}

/** The counts of BLEU; plain JSON. */
export interface BleuStatistics {
  /**
   * The settings that the counts depend on: `case:mixed|tok:13a|n:4`. Counts with other settings cannot be
   * merged.
   */
  settings: string;
  /** References of each example. */
  references: ReferenceCount;
  /** Hypotheses counted. */
  examples: number;
  /** Tokens of all hypotheses. */
  hypothesisLength: number;
  /**
   * Tokens of the references; of several the one with the closest length, of equally close ones the shorter.
   */
  referenceLength: number;
  /** Number of n-grams of the hypotheses that are in the references, for each order. */
  counts: number[];
  /** Number of n-grams of the hypotheses, for each order. */
  totals: number[];
}

/** BLEU with its components. */
export interface BleuScore {
  /** 0 … 100. */
  score: number;
  /** The smoothed percentage of matching n-grams, for each order. */
  precisions: number[];
  /** The matches and the n-grams of each order; with 'add-k' including the added number. */
  counts: number[];
  totals: number[];
  /** The factor for hypotheses that are too short, 0 … 1. */
  brevityPenalty: number;
  /** Tokens of all hypotheses, and of their references. */
  hypothesisLength: number;
  referenceLength: number;
  /** sacreBLEU's signature: `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0`. */
  signature: string;
  /**
   * sacreBLEU's output:
   * `BLEU = 48.53 82.4/50.0/45.5/37.5 (BP = 0.943 ratio = 0.944 hyp_len = 17 ref_len = 18)`.
   */
  text: string;
}

/** The settings with defaults filled in. */
export type BleuSettings = Required<BleuOptions>;

const SMOOTH_VALUES = { exp: undefined, floor: 0.1, 'add-k': 1, none: undefined };

/** The table of BLEU's options. */
export const BLEU_KINDS: OptionKinds<BleuOptions> = {
  tokenize: 'string?',
  lowercase: 'boolean?',
  smoothMethod: 'string?',
  smoothValue: 'number?',
  maxNgramOrder: 'positive integer?',
  effectiveOrder: 'boolean?',
};

/** Checks the options and fills in the defaults. */
export function bleuSettings(scope: string, options: BleuOptions): BleuSettings {
  checkOptions(scope, options, BLEU_KINDS);
  const { tokenize = '13a', lowercase = false, smoothMethod = 'exp' } = options;
  const { maxNgramOrder = 4, effectiveOrder = false } = options;
  check.choice(scope, 'tokenize', tokenize, TOKENIZERS);
  check.choice(scope, 'smoothMethod', smoothMethod, Object.keys(SMOOTH_VALUES));
  check.number(scope, 'maxNgramOrder', maxNgramOrder, maxNgramOrder <= 32, 'in 1 … 32');
  const own = SMOOTH_VALUES[smoothMethod];
  if (options.smoothValue !== undefined && own === undefined) {
    refuse(scope, {
      expected: `no smoothValue with smoothMethod '${smoothMethod}'`,
      got: String(options.smoothValue),
      remedy: `leave it out, or choose 'floor' or 'add-k'`,
    });
  }
  const { smoothValue = own ?? 0 } = options;
  const fits = Number.isFinite(smoothValue) && (own === undefined || smoothValue > 0);
  check.number(scope, 'smoothValue', smoothValue, fits, 'above 0');
  return { tokenize, lowercase, smoothMethod, smoothValue, maxNgramOrder, effectiveOrder };
}

/**
 * BLEU (Papineni et al., 2002) from its counts, with the operations in sacreBLEU's order:
 *
 *     brevity penalty · exp(mean over the orders of log precision)
 */
export function bleuOf(statistics: BleuStatistics, settings: BleuSettings): BleuScore {
  const { hypothesisLength, referenceLength } = statistics;
  const { maxNgramOrder } = settings;
  const counts = [...statistics.counts];
  const totals = [...statistics.totals];
  const brevityPenalty = brevity(hypothesisLength, referenceLength);
  let precisions = new Array<number>(maxNgramOrder).fill(0);
  let score = 0;
  if (counts.some((matches) => matches > 0)) {
    const smoothed = smooth(counts, totals, settings);
    precisions = smoothed.precisions;
    const used = precisions.slice(0, smoothed.orders);
    const logs = used.reduce((sum, precision) => sum + Math.log(precision), 0);
    score = brevityPenalty * Math.exp(logs / smoothed.orders);
  }
  const numbers = { score, precisions, counts, totals, brevityPenalty, hypothesisLength, referenceLength };
  return { ...numbers, signature: signatureOf(statistics, settings), text: inWords(numbers) };
}

function brevity(hypothesisLength: number, referenceLength: number): number {
  return hypothesisLength < referenceLength ? Math.exp(1 - referenceLength / hypothesisLength) : 1;
}

/**
 * The precisions in percent, and the number of orders that count. 'add-k' increases the counts and totals.
 */
function smooth(
  counts: number[],
  totals: number[],
  { smoothMethod, smoothValue, maxNgramOrder, effectiveOrder }: BleuSettings,
): { precisions: number[]; orders: number } {
  const precisions = new Array<number>(maxNgramOrder).fill(0);
  let orders = maxNgramOrder;
  let halvings = 1;
  for (let order = 0; order < maxNgramOrder; order++) {
    if (smoothMethod === 'add-k' && order > 0) {
      counts[order]! += smoothValue;
      totals[order]! += smoothValue;
    }
    const [matches, total] = [counts[order]!, totals[order]!];
    if (total === 0) break;
    if (effectiveOrder) orders = order + 1;
    if (matches > 0) precisions[order] = (100 * matches) / total;
    else if (smoothMethod === 'exp') {
      halvings *= 2;
      precisions[order] = 100 / (halvings * total);
    } else if (smoothMethod === 'floor') precisions[order] = (100 * smoothValue) / total;
  }
  return { precisions, orders };
}

function signatureOf({ references }: BleuStatistics, settings: BleuSettings): string {
  const { lowercase, effectiveOrder, tokenize, smoothMethod, smoothValue } = settings;
  const hasValue = SMOOTH_VALUES[smoothMethod] !== undefined;
  return [
    `nrefs:${references}`,
    `case:${lowercase ? 'lc' : 'mixed'}`,
    `eff:${effectiveOrder ? 'yes' : 'no'}`,
    `tok:${tokenize}`,
    `smooth:${smoothMethod}${hasValue ? `[${fixed(smoothValue, 2)}]` : ''}`,
    `version:${SACREBLEU_VERSION}`,
  ].join('|');
}

function inWords(numbers: Omit<BleuScore, 'signature' | 'text'>): string {
  const { score, precisions, brevityPenalty, hypothesisLength, referenceLength } = numbers;
  const ratio = referenceLength > 0 ? hypothesisLength / referenceLength : 0;
  const shares = precisions.map((precision) => fixed(precision, 1)).join('/');
  const lengths = `ratio = ${fixed(ratio, 3)} hyp_len = ${hypothesisLength} ref_len = ${referenceLength}`;
  return `BLEU = ${fixed(score, 2)} ${shares} (BP = ${fixed(brevityPenalty, 3)} ${lengths})`;
}
