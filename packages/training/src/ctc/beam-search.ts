/**
 * Prefix beam search over CTC (Hannun, Maas, Jurafsky and Ng, 2014, algorithm 1). Unlike a beam over paths,
 * it sums the probabilities of all paths with the same labels. With a language model, the beam is ranked by
 *
 *     ln P(labels | row) + α · ln P_lm(labels) + β · |labels|
 */
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { InputKind } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { refuse } from '../refuse';
import { bestPath } from './align';
import { type CtcLanguageModel, checkLanguageModel, checkLengthBonus, FusedRows } from './fusion';
import { labelsOf, type Prefix, PrefixBeam } from './prefixes';
import { type CtcDecodingOptions, type CtcScores, type CtcText, DECODING_KINDS, scoresOf } from './scores';

export interface CtcBeamSearchOptions<P = unknown, S = unknown, K extends InputKind = InputKind>
  extends CtcDecodingOptions {
  /** Number of prefixes that are kept at each step. Default 16. */
  readonly width?: number | undefined;
  /** Number of texts for each row, at most `width`. Default 1. */
  readonly best?: number | undefined;
  /** A language model of the texts. Default none. */
  readonly languageModel?: CtcLanguageModel<P, S, K> | undefined;
  /** β: added to the score for each label, because a language model favours short texts. Default 0. */
  readonly lengthBonus?: number | undefined;
}

/** A text found by the search. */
export interface CtcCandidate extends CtcText {
  /** The ranking score of candidates: `logProbability` plus the terms of language model and length. */
  readonly score: number;
}

const KINDS: OptionKinds<CtcBeamSearchOptions> = {
  ...DECODING_KINDS,
  width: 'positive integer?',
  best: 'positive integer?',
  languageModel: 'object?',
  lengthBonus: 'number?',
};

/**
 * The most likely labels of each row, found by beam search, best first. A language model reads the prefixes
 * of all rows together, each prefix once. Nothing is random.
 *
 * @param logits scores before the softmax, float32 [B, T, C]
 * @returns at most `best` candidates for each row. Their `logProbability` sums the paths that stayed on the
 *   beam; on a sufficiently wide beam these are all paths
 * @throws UnrolledError if logits, lengths or options do not fit, or a logit is NaN
 */
export function ctcBeamSearch<P = unknown, S = unknown, K extends InputKind = InputKind>(
  logits: Tensor3D,
  options: CtcBeamSearchOptions<P, S, K> = {},
): CtcCandidate[][] {
  const scope = 'ctcBeamSearch';
  const rows = scoresOf(scope, logits, options, KINDS as unknown as OptionKinds<typeof options>);
  const { width = 16, best = 1, languageModel, lengthBonus = 0 } = options;
  if (best > width) {
    refuse(scope, {
      expected: `best to be at most the width, ${width}`,
      got: String(best),
      remedy: 'increase the width, or reduce best',
    });
  }
  checkLengthBonus(scope, lengthBonus);
  if (languageModel) checkLanguageModel(scope, languageModel, logits.shape[2]);
  const beams = rows.map((scores) => new PrefixBeam(scores, width, lengthBonus));
  if (!languageModel) {
    for (const [n, beam] of beams.entries()) for (let t = 0; t < rows[n]!.steps; t++) beam.advance(t);
    return beams.map((beam, n) => candidates(beam.live, rows[n]!, best));
  }
  const fused = new FusedRows(languageModel);
  try {
    searchTogether(beams, rows, fused);
    return beams.map((beam, n) => candidates(beam.live, rows[n]!, best, (prefix) => fused.endBonus(prefix)));
  } finally {
    fused.dispose();
  }
}

/** Processes all rows step by step, so that the language model reads their new prefixes in one batch. */
function searchTogether(
  beams: readonly PrefixBeam[],
  rows: readonly CtcScores[],
  fused: { begin(prefix: Prefix): void; advance(live: readonly Prefix[], fresh: readonly Prefix[]): void },
): void {
  for (const beam of beams) fused.begin(beam.live[0]!);
  const most = Math.max(0, ...rows.map(({ steps }) => steps));
  for (let t = 0; t < most; t++) {
    const fresh = beams.flatMap((beam, n) => (t < rows[n]!.steps ? beam.advance(t) : []));
    fused.advance(
      beams.flatMap(({ live }) => live),
      fresh,
    );
  }
}

function candidates(
  live: readonly Prefix[],
  scores: CtcScores,
  best: number,
  endBonus: (prefix: Prefix) => number = () => 0,
): CtcCandidate[] {
  return live
    .map((prefix) => ({ prefix, score: prefix.total + prefix.bonus + endBonus(prefix) }))
    .filter(({ prefix }) => prefix.total > -Infinity)
    .sort((a, b) => b.score - a.score)
    .slice(0, best)
    .map(({ prefix, score }) => {
      const labels = labelsOf(prefix);
      const { starts, ends } = bestPath(scores, labels)!;
      return { labels, logProbability: prefix.total, score, starts, ends };
    });
}
