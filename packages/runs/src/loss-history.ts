/** A loss at a step, in the unit of the loss function. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** About how many points a curve of training losses has, whatever the length of the run. */
const MOST_POINTS = 1000;

/** Collects losses as a run goes: all validations, and means of training losses over growing intervals. */
export interface LossHistory {
  add(step: number, trainLoss: number): void;
  validated(step: number, validationLoss: number): void;
  /** In the order of steps. */
  train(): readonly LossPoint[];
  validation(): readonly LossPoint[];
  /** Plain data to go on from. */
  state(): LossHistoryState;
}

/** Points are `[step, loss]`, of the training also how many steps the mean is over. */
export interface LossHistoryState {
  readonly interval: number;
  readonly train: readonly (readonly [step: number, loss: number, count: number])[];
  readonly validation: readonly (readonly [step: number, loss: number])[];
}

interface MeanPoint {
  step: number;
  loss: number;
  count: number;
}

/** @param state what `state()` of an earlier history gave; default a new one */
export function lossHistory(state?: LossHistoryState): LossHistory {
  let interval = state?.interval ?? 1;
  let points: MeanPoint[] = (state?.train ?? []).map(([step, loss, count]) => ({ step, loss, count }));
  const validation: LossPoint[] = (state?.validation ?? []).map(([step, loss]) => ({ step, loss }));
  return {
    add(step, loss) {
      const last = points.at(-1);
      if (!last || last.count >= interval) points.push({ step, loss, count: 1 });
      else {
        last.loss += (loss - last.loss) / (last.count + 1);
        last.count += 1;
        last.step = step;
      }
      if (points.length > MOST_POINTS) {
        points = mergePairs(points);
        interval *= 2;
      }
    },
    validated: (step, loss) => void validation.push({ step, loss }),
    train: () => points,
    validation: () => validation,
    state: () => ({
      interval,
      train: points.map(({ step, loss, count }) => [step, loss, count]),
      validation: validation.map(({ step, loss }) => [step, loss]),
    }),
  };
}

function mergePairs(points: readonly MeanPoint[]): MeanPoint[] {
  const merged: MeanPoint[] = [];
  for (let index = 0; index < points.length; index += 2) {
    const first = points[index]!;
    const second = points[index + 1] ?? { ...first, count: 0 };
    const count = first.count + second.count;
    merged.push({
      step: second.step,
      loss: (first.loss * first.count + second.loss * second.count) / count,
      count,
    });
  }
  return merged;
}
