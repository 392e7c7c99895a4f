/** The result of a short run of `train`, for tests that compare plans with ops. */
import { type AnyPart, disposeTree } from '@unrolled/cells';
import { type Fallback, onFallback } from '@unrolled/kernels';
import { type Snapshot, train } from '../src/index';

interface Run {
  readonly model: AnyPart;
  readonly batches: readonly object[];
  readonly options: object;
}

interface Outcome {
  readonly steps: unknown[];
  readonly snapshot: Snapshot;
  readonly reasons: Fallback[];
}

/** The result of a run of seven steps; for a run that diverges, the error. */
export async function outcomeOf({ model, batches, options }: Run, lossOf: never): Promise<Outcome> {
  const reasons: Fallback[] = [];
  const quiet = onFallback((fallback) => reasons.push(fallback));
  const run = train({
    ...{ params: () => model.init(3), lossOf, batches, steps: 7, learningRate: 0.01, seed: 5 },
    ...(options as object),
  });
  const steps: unknown[] = [];
  try {
    for await (const step of run) steps.push(step);
  } catch (error) {
    steps.push(String(error)); // If both runs diverge, the messages must be the same.
  }
  quiet();
  const snapshot = run.snapshot();
  disposeTree([run.params, run.averages ?? []]);
  return { steps, snapshot, reasons };
}
