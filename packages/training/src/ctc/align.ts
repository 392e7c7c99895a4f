import type { Tensor3D } from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { checkKind, refuse } from '../refuse';
import { type CtcDecodingOptions, type CtcScores, type CtcText, DECODING_KINDS, scoresOf } from './scores';

/**
 * The positions of known labels: the most likely alignment of each row's labels (forced alignment, by
 * Viterbi's algorithm). Of equally likely alignments, the one that reaches a label later is chosen.
 *
 * @param logits scores before the softmax, float32 [B, T, C]
 * @param targets each row's labels, without blanks
 * @returns a text for each row; its `logProbability` is that of the single path
 * @throws UnrolledError if logits, lengths or targets do not fit, or a row is too short for its labels
 */
export function ctcAlign(
  logits: Tensor3D,
  targets: readonly ArrayLike<number>[],
  options: CtcDecodingOptions = {},
): CtcText[] {
  const scope = 'ctcAlign';
  const rows = scoresOf(scope, logits, options, DECODING_KINDS);
  checkKind(scope, 'targets', targets, 'array');
  if (targets.length !== rows.length) {
    refuse(scope, {
      expected: `${rows.length} targets, one for each row of the logits`,
      got: `${targets.length} targets`,
      remedy: 'pass a list of labels for each row',
    });
  }
  return rows.map((scores, row) => {
    const labels = checkedLabels(scope, targets[row]!, row, scores);
    const path = bestPath(scores, labels);
    if (path !== undefined) return path;
    return refuse(scope, {
      expected: `row ${row} to have a step for each label, and another between equal labels`,
      got: `${scores.steps} steps for ${labels.length} labels`,
      remedy: 'pass the text of that row, or use a model that shortens the time less',
    });
  });
}

function checkedLabels(
  scope: string,
  given: ArrayLike<number>,
  row: number,
  { classes, blank }: CtcScores,
): readonly number[] {
  checkKind(scope, 'each of targets', given, 'array or typed array');
  const labels = Array.from(given);
  const bad = labels.findIndex(
    (label) => !Number.isInteger(label) || label < 0 || label >= classes || label === blank,
  );
  if (bad >= 0) {
    refuse(scope, {
      expected: `labels in 0 … ${classes - 1}, other than the blank ${blank}`,
      got: `${inWords(labels[bad])} at row ${row}, label ${bad}`,
      remedy: 'add the label to the alphabet, or encode the text by this alphabet',
    });
  }
  return labels;
}

/** The most likely alignment of some labels; undefined if they do not fit. */
export function bestPath(scores: CtcScores, labels: readonly number[]): CtcText | undefined {
  const { steps, classes, blank, logs } = scores;
  const count = 2 * labels.length + 1;
  const labelOf = (state: number) => (state % 2 === 1 ? labels[(state - 1) / 2]! : blank);
  // The distance from each state to its predecessor: 0, 1 or 2.
  const back = new Uint8Array(steps * count);
  let before = new Float64Array(count).fill(-Infinity);
  let now = new Float64Array(count);
  before[0] = 0;
  for (let t = 0; t < steps; t++) {
    for (let s = 0; s < count; s++) {
      let best = before[s]!;
      let from = 0;
      const consider = (value: number, distance: number) => {
        if (value > best) [best, from] = [value, distance];
      };
      if (s > 0) consider(before[s - 1]!, 1);
      if (s > 2 && s % 2 === 1 && labelOf(s) !== labelOf(s - 2)) consider(before[s - 2]!, 2);
      now[s] = best + logs[t * classes + labelOf(s)]!;
      back[t * count + s] = from;
    }
    [before, now] = [now, before];
  }
  let state = count > 1 && before[count - 2]! > before[count - 1]! ? count - 2 : count - 1;
  const logProbability = before[state]!;
  if (logProbability === -Infinity) return undefined;
  const [starts, ends] = [new Array<number>(labels.length), new Array<number>(labels.length)];
  for (let t = steps - 1; t >= 0; t--) {
    if (state % 2 === 1) {
      const label = (state - 1) / 2;
      starts[label] = t;
      ends[label] ??= t + 1;
    }
    state -= back[t * count + state]!;
  }
  return { labels, logProbability, starts, ends };
}
