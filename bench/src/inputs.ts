import type { TrainingWorkload } from './workloads';

/** One batch, row by row. Every engine gets the same numbers. */
export interface BatchValues {
  /** B·T ids or B·T·I numbers. */
  readonly inputs: number[];
  /** B·T ids, or B numbers if the loss compares only the last step. */
  readonly targets: number[];
}

/**
 * A batch that can be learned: a text with unequal frequencies of letters, cut into rows, or a slow wave with
 * noise.
 */
export function makeBatch(workload: TrainingWorkload): BatchValues {
  const draw = uniform(20);
  return workload.inputKind === 'ids' ? characterBatch(workload, draw) : waveBatch(workload, draw);
}

function characterBatch(
  { batchSize, timeSteps, inputSize }: TrainingWorkload,
  draw: () => number,
): BatchValues {
  const text = Array.from({ length: batchSize * timeSteps + 1 }, () => Math.floor(inputSize * draw() ** 2));
  return { inputs: text.slice(0, -1), targets: text.slice(1) };
}

function waveBatch({ batchSize, timeSteps, inputSize }: TrainingWorkload, draw: () => number): BatchValues {
  const series = Array.from({ length: batchSize + timeSteps }, (_, day) =>
    Array.from(
      { length: inputSize },
      (_, feature) => 0.5 + 0.4 * Math.sin(day / 40 + feature) + 0.1 * (draw() - 0.5),
    ),
  );
  const rows = Array.from({ length: batchSize }, (_, row) => series.slice(row, row + timeSteps));
  return { inputs: rows.flat(2), targets: rows.map((_, row) => series[row + timeSteps]!.at(-1)!) };
}

/** Numbers in (0, 1) from the minimal standard generator (Park and Miller, 1988). */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
