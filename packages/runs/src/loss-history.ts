import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from './refuse';

/** A loss at a step, in the unit of the loss function. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** A score at a step. */
export interface ScorePoint {
  readonly step: number;
  readonly score: number;
}

/** Approximate number of points in a curve of training losses, for runs of any length. */
const MOST_POINTS = 1000;

/**
 * Collects the losses of a run: all validation losses, and means of training losses over intervals that grow
 * with the run.
 */
export interface LossHistory {
  add(step: number, trainLoss: number): void;
  validated(step: number, validationLoss: number): void;
  scored(step: number, score: number): void;
  /** In ascending order of steps. */
  train(): readonly LossPoint[];
  validation(): readonly LossPoint[];
  scores(): readonly ScorePoint[];
  /** Plain data, for resuming. */
  state(): LossHistoryState;
}

/** A mean of training losses, its last step, and the number of its steps. */
type MeanPoint = readonly [step: number, loss: number, count: number];

export interface LossHistoryState {
  /** Number of steps of one mean. */
  readonly interval: number;
  readonly train: readonly MeanPoint[];
  readonly validation: readonly (readonly [step: number, loss: number])[];
  /** Only for a run with a score. */
  readonly scores?: readonly (readonly [step: number, score: number])[];
}

const KINDS: OptionKinds<LossHistoryState> = {
  interval: 'positive integer',
  train: 'array',
  validation: 'array',
  scores: 'array?',
};

/** @param state the result of `state()` of an earlier history; default a new one */
export function lossHistory(state?: LossHistoryState): LossHistory {
  if (state !== undefined) checkOptions('lossHistory', state, KINDS);
  let interval = state?.interval ?? 1;
  let train = [...(state?.train ?? [])];
  const validation = [...(state?.validation ?? [])];
  const scores = [...(state?.scores ?? [])];
  return {
    add(step, loss) {
      checkKind('lossHistory', 'step', step, 'integer of at least 0');
      checkKind('lossHistory', 'loss', loss, 'number');
      const [, mean, count] = train.at(-1) ?? [0, 0, interval];
      if (count >= interval) train.push([step, loss, 1]);
      else train[train.length - 1] = [step, mean + (loss - mean) / (count + 1), count + 1];
      if (train.length <= MOST_POINTS) return;
      train = mergePairs(train);
      interval *= 2;
    },
    validated(step, loss) {
      checkKind('lossHistory', 'step', step, 'integer of at least 0');
      checkKind('lossHistory', 'loss', loss, 'number');
      validation.push([step, loss]);
    },
    scored(step, score) {
      checkKind('lossHistory', 'step', step, 'integer of at least 0');
      checkKind('lossHistory', 'score', score, 'number');
      scores.push([step, score]);
    },
    train: () => train.map(([step, loss]) => ({ step, loss })),
    validation: () => validation.map(([step, loss]) => ({ step, loss })),
    scores: () => scores.map(([step, score]) => ({ step, score })),
    state: () => ({
      interval,
      train: [...train],
      validation: [...validation],
      ...(scores.length > 0 && { scores: [...scores] }),
    }),
  };
}

function mergePairs(points: readonly MeanPoint[]): MeanPoint[] {
  const merged: MeanPoint[] = [];
  for (let at = 0; at < points.length; at += 2) {
    const [firstStep, first, firstCount] = points[at]!;
    const [step, second, secondCount] = points[at + 1] ?? [firstStep, 0, 0];
    const count = firstCount + secondCount;
    merged.push([step, (first * firstCount + second * secondCount) / count, count]);
  }
  return merged;
}
