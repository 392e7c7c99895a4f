import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, refuse } from '../refuse';
import { fixed } from './fixed';
import { type ReferenceCount, SACREBLEU_VERSION } from './references';
import { type BleuTokenizer, TOKENIZERS } from './tokenizers';

/** Smoothing of n-gram orders without a match (Chen and Cherry, 2014). The names are those of sacreBLEU. */
export type BleuSmoothing = 'exp' | 'floor' | 'add-k' | 'none';

/** The settings of BLEU. */
export interface BleuOptions {
  /** The tokenizer. Default '13a'. */
  tokenize?: BleuTokenizer;
  /** Whether case is ignored; default false. */
  lowercase?: boolean;
  /** Default 'exp': the k-th order without a match has a match count of 1 / 2^k. */
  smoothMethod?: BleuSmoothing;
  /**
   * For 'floor', the match count of an order without a match, default 0.1. For 'add-k', the number that is
   * added from the second order on, default 1.
   */
  smoothValue?: number;
  /** The maximum length of n-grams in tokens, 1 … 32; default 4. */
  maxNgramOrder?: number;
  /**
   * Whether orders above the length of the hypotheses are left out; default false, in `sentenceBleu` true.
   */
  effectiveOrder?: boolean;
}

/** The counts of BLEU; plain JSON. */
export interface BleuStatistics {
  /**
   * The settings on which the counts depend: `case:mixed|tok:13a|n:4`. Counts with other settings cannot be
   * added.
   */
  settings: string;
  /** Number of references of each example. */
  references: ReferenceCount;
  /** Number of hypotheses counted. */
  examples: number;
  /** Number of tokens of all hypotheses. */
  hypothesisLength: number;
  /**
   * Number of tokens of the references. Of several references, the one with the closest length is counted; of
   * equally close ones, the shorter.
   */
  referenceLength: number;
  /** Number of n-grams of the hypotheses that occur in the references, for each order. */
  counts: number[];
  /** Number of n-grams of the hypotheses, for each order. */
  totals: number[];
}

/** BLEU with its components. */
export interface BleuScore {
  /** 0 … 100. */
  score: number;
  /** The smoothed precision of n-grams in percent, for each order. */
  precisions: number[];
  /** The numbers of matches and of n-grams of each order; with 'add-k' including the added number. */
  counts: number[];
  totals: number[];
  /** The brevity penalty for hypotheses that are too short, 0 … 1. */
  brevityPenalty: number;
  /** Number of tokens of all hypotheses, and of their references. */
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

/** The settings after defaults have been filled in. */
export type BleuSettings = Required<BleuOptions>;

const SMOOTH_VALUES = { exp: undefined, floor: 0.1, 'add-k': 1, none: undefined };

/** The options' kinds of BLEU. */
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
      remedy: `omit smoothValue, or set smoothMethod to 'floor' or 'add-k'`,
    });
  }
  const { smoothValue = own ?? 0 } = options;
  const fits = Number.isFinite(smoothValue) && (own === undefined || smoothValue > 0);
  check.number(scope, 'smoothValue', smoothValue, fits, 'above 0');
  return { tokenize, lowercase, smoothMethod, smoothValue, maxNgramOrder, effectiveOrder };
}

/**
 * Computes BLEU (Papineni et al., 2002) from its counts, with the operations in sacreBLEU's order:
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
 * The precisions in percent, and the number of orders that are used. 'add-k' increases the matches and the
 * totals.
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
