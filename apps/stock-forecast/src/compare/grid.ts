import type { CheckedSettings } from '@unrolled/forecaster';

/** One combination. */
export type Candidate = Pick<CheckedSettings['model'], 'cell' | 'window' | 'features' | 'targetTransform'>;

/** The settings that vary; every combination is one candidate. */
export interface Axes {
  readonly cells: readonly Candidate['cell'][];
  readonly windows: readonly number[];
  /** Each a set of columns. */
  readonly features: readonly Candidate['features'][];
  readonly targetTransforms: readonly Candidate['targetTransform'][];
}

/** All combinations, the last axis varied first. */
export function candidatesOf({ cells, windows, features, targetTransforms }: Axes): Candidate[] {
  return cells.flatMap((cell) =>
    windows.flatMap((window) =>
      features.flatMap((columns) =>
        targetTransforms.map((targetTransform) => ({ cell, window, features: columns, targetTransform })),
      ),
    ),
  );
}
