/** A loss at a step, in nats per character. */
export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

/** About how many points a curve of training losses has, whatever the length of the run. */
const MOST_POINTS = 1000;

/** Collects losses as a run goes: all validations, and means of training losses over ever longer intervals. */
export interface LossHistory {
  add(step: number, trainLoss: number): void;
  validated(step: number, validationLoss: number): void;
  /** In the order of steps. */
  train(): readonly LossPoint[];
  validation(): readonly LossPoint[];
}

export function createLossHistory(): LossHistory {
  let interval = 1;
  let points: { step: number; loss: number; count: number }[] = [];
  const validation: LossPoint[] = [];
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
  };
}

function mergePairs<P extends { step: number; loss: number; count: number }>(points: readonly P[]) {
  const merged: { step: number; loss: number; count: number }[] = [];
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
