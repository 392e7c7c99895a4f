import type { CellKind } from './model';

export type Order = 'oldest-first' | 'newest-first';
export type ScalerKind = 'min-max' | 'standard';

/** What a forecast depends on, beside the prices. */
export interface Settings {
  /** The column to forecast. */
  target: string;
  /** The columns to forecast from; every numeric one by default. */
  features?: string[];
  /** Rows that one forecast sees. */
  window: number;
  cell: CellKind;
  /** H of the recurrent layer. */
  units: number;
  /** Updates, each over all training windows at once. */
  steps: number;
  /** Adam's. */
  learningRate: number;
  /** The share of the windows, oldest first, that the network learns from. */
  trainShare: number;
  scaler: ScalerKind;
  /** The lab's leak: the scaler sees all rows, those of the test part too. */
  lab: boolean;
  seed: number;
}

/** The lab's case 18, but for its leaking scaler. */
export const DEFAULTS: Settings = {
  target: 'Close',
  window: 7,
  cell: 'lstm',
  units: 10,
  steps: 500,
  learningRate: 0.01,
  trainShare: 0.7,
  scaler: 'min-max',
  lab: false,
  seed: 1,
};
