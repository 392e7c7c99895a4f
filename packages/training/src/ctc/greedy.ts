import type { Tensor3D } from '@tensorflow/tfjs-core';
import { type CtcDecodingOptions, type CtcScores, type CtcText, DECODING_KINDS, scoresOf } from './scores';

/**
 * The most likely class of every step, with equal neighbours merged and blanks removed: each row's best path
 * (Graves et al., 2006, section 3.2). The result need not be the most likely labels. Of equally likely
 * classes the first is chosen.
 *
 * @param logits scores before the softmax, float32 [B, T, C]
 * @returns a text for each row; its `logProbability` is that of the single path
 * @throws UnrolledError if logits or lengths do not fit, or a logit is NaN
 */
export function ctcGreedy(logits: Tensor3D, options: CtcDecodingOptions = {}): CtcText[] {
  return scoresOf('ctcGreedy', logits, options, DECODING_KINDS).map(bestPath);
}

function bestPath({ steps, classes, blank, logs }: CtcScores): CtcText {
  const [labels, starts, ends]: number[][] = [[], [], []];
  let logProbability = 0;
  let before = blank;
  for (let t = 0; t < steps; t++) {
    let best = 0;
    const start = t * classes;
    for (let k = 1; k < classes; k++) if (logs[start + k]! > logs[start + best]!) best = k;
    logProbability += logs[start + best]!;
    if (best !== blank && best !== before) {
      labels!.push(best);
      starts!.push(t);
      ends!.push(t + 1);
    } else if (best !== blank) ends![ends!.length - 1] = t + 1;
    before = best;
  }
  return { labels: labels!, logProbability, starts: starts!, ends: ends! };
}
