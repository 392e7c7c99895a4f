/**
 * BLEU with sacreBLEU's numbers and signature (Papineni et al., 2002; Post, 2018). BLEU measures a corpus:
 * add counts instead of averaging scores.
 */
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import type { Running } from '../running';
import {
  BLEU_KINDS,
  type BleuOptions,
  type BleuScore,
  type BleuSettings,
  type BleuStatistics,
  bleuOf,
  bleuSettings,
} from './bleu-score';
import { type Counts, matchesOf, totalOf, wordNgrams } from './counts';
import { checkedExample, joinedCount, type TextCorpus, type TextExample } from './references';
import { type Counter, runningOf, scoreOfCorpus } from './statistics';
import { tokensOf } from './tokenizers';
import { stripEnd } from './white-space';

/** A corpus, and the settings of BLEU. */
export interface CorpusBleuOptions extends TextCorpus, BleuOptions {}

/** One hypothesis, and the settings of BLEU. */
export interface SentenceBleuOptions extends TextExample, BleuOptions {}

const CORPUS_KINDS: OptionKinds<CorpusBleuOptions> = /* @__PURE__ */ Object.assign(
  { hypotheses: 'array', references: 'array' } as const,
  BLEU_KINDS,
);
const SENTENCE_KINDS: OptionKinds<SentenceBleuOptions> = /* @__PURE__ */ Object.assign(
  { hypothesis: 'string', references: 'string or array' } as const,
  BLEU_KINDS,
);

/**
 * Computes BLEU of a corpus that is read in parts.
 *
 * An empty hypothesis or reference has no tokens, as in sacreBLEU.
 *
 * @throws UnrolledError for an unknown option, and one out of range
 */
export function bleu(options: BleuOptions = {}): Running<TextExample, BleuStatistics, BleuScore> {
  return runningOf(counter('bleu', bleuSettings('bleu', options)));
}

/**
 * BLEU of a corpus. `references` has one entry for each hypothesis: a text, or a list of correct texts. This
 * is the transpose of sacreBLEU's streams.
 *
 * @throws UnrolledError for lists that are empty or differ in length, a value that is not a text, and an
 *   option out of range
 */
export function corpusBleu(options: CorpusBleuOptions): BleuScore {
  const scope = 'corpusBleu';
  checkOptions(scope, options, CORPUS_KINDS);
  const { hypotheses, references, ...own } = options;
  return scoreOfCorpus(counter(scope, bleuSettings(scope, own)), { hypotheses, references });
}

/**
 * BLEU of one hypothesis. Unless `effectiveOrder` is false, it uses only the n-gram orders that fit into the
 * hypothesis. The mean over a corpus is not the BLEU of the corpus.
 *
 * @throws UnrolledError for a value that is not a text, no references, and an option out of range
 */
export function sentenceBleu(options: SentenceBleuOptions): BleuScore {
  const scope = 'sentenceBleu';
  checkOptions(scope, options, SENTENCE_KINDS);
  const { hypothesis, references, ...own } = options;
  const settings = bleuSettings(scope, { ...own, effectiveOrder: own.effectiveOrder ?? true });
  const counting = counter(scope, settings);
  counting.count(...checkedExample(scope, { hypothesis, references }));
  return counting.score();
}

function counter(scope: string, settings: BleuSettings): Counter<BleuStatistics, BleuScore> {
  const { lowercase, tokenize, maxNgramOrder } = settings;
  const sums: BleuStatistics = {
    settings: `case:${lowercase ? 'lc' : 'mixed'}|tok:${tokenize}|n:${maxNgramOrder}`,
    references: null,
    examples: 0,
    hypothesisLength: 0,
    referenceLength: 0,
    counts: new Array<number>(maxNgramOrder).fill(0),
    totals: new Array<number>(maxNgramOrder).fill(0),
  };
  const tokens = (text: string) => tokensOf(tokenize, stripEnd(lowercase ? text.toLowerCase() : text));
  return {
    scope,
    sums,
    count(hypothesis, references) {
      const words = tokens(hypothesis);
      const held = references.map(tokens);
      for (let order = 0; order < maxNgramOrder; order++) {
        const ngrams = wordNgrams(words, order + 1);
        sums.totals[order]! += totalOf(ngrams);
        sums.counts[order]! += matchesOf(
          ngrams,
          joined(held.map((reference) => wordNgrams(reference, order + 1))),
        );
      }
      sums.hypothesisLength += words.length;
      sums.referenceLength += closestLength(words.length, held);
      sums.references = joinedCount(sums.references, held.length);
      sums.examples += 1;
    },
    score: () => bleuOf(sums, settings),
  };
}

/** For each n-gram, the largest of its counts in the references. */
function joined([first, ...others]: Counts[]): Counts {
  if (others.length === 0) return first!;
  const most = new Map(first);
  for (const counts of others) {
    for (const [key, value] of counts) most.set(key, Math.max(value, most.get(key) ?? 0));
  }
  return most;
}

/** The closest reference length; of two equally close ones, the smaller. */
function closestLength(length: number, references: readonly string[][]): number {
  let closest = references[0]!.length;
  for (const { length: other } of references) {
    const nearer = Math.abs(other - length) - Math.abs(closest - length);
    if (nearer < 0 || (nearer === 0 && other < closest)) closest = other;
  }
  return closest;
}
