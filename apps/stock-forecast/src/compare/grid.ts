import type { CheckedSettings } from '@unrolled/forecaster';

/** One combination of settings. */
export type Candidate = Pick<CheckedSettings['model'], 'cell' | 'window' | 'features' | 'targetTransform'>;

/** The settings to compare. Every combination is one candidate. */
export interface Axes {
  readonly cells: readonly Candidate['cell'][];
  readonly windows: readonly number[];
  /** Each entry is a set of columns. */
  readonly features: readonly Candidate['features'][];
  readonly targetTransforms: readonly Candidate['targetTransform'][];
}

/** All combinations. The last setting varies fastest. */
export function candidatesOf({ cells, windows, features, targetTransforms }: Axes): Candidate[] {
  return cells.flatMap((cell) =>
    windows.flatMap((window) =>
      features.flatMap((columns) =>
        targetTransforms.map((targetTransform) => ({ cell, window, features: columns, targetTransform })),
      ),
    ),
  );
}
