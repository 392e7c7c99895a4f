import type { CellKind, TargetTransform } from '@unrolled/forecaster';

/** The settings that vary; every combination is one candidate. */
export interface Axes {
  readonly cells: readonly CellKind[];
  readonly windows: readonly number[];
  /** Each a set of columns. */
  readonly features: readonly (readonly string[])[];
  readonly targetTransforms: readonly (TargetTransform | 'auto')[];
}

/** One combination. */
export interface Candidate {
  readonly cell: CellKind;
  readonly window: number;
  readonly features: readonly string[];
  readonly targetTransform: TargetTransform | 'auto';
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
