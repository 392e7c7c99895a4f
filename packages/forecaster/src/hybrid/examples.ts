/**
 * The training examples of a hybrid network: its inputs, the candidates that it combines, and the true
 * values.
 */

import { filled, usualChange } from '../collection/history';
import { type Candidates, PLAIN_CANDIDATES, SEASONAL_CANDIDATES } from './candidates';
import { rememberedCandidates } from './remembered-candidates';

export interface ExampleShape {
  readonly season: number;
  /** H. */
  readonly horizon: number;
  /** T, the number of steps that the recurrent layer reads. */
  readonly window: number;
  /** Names of the categories; each series has one. Empty without categories. */
  readonly categories: readonly string[];
}

export interface Example {
  /** The index of the series, and the number of its known values. */
  readonly series: number;
  readonly known: number;
  /** [T, 3], the layer's inputs of each step. */
  readonly steps: Float32Array;
  /** [I − 3], its inputs for the whole window, at each step. */
  readonly ofWindow: Float32Array;
  /** [H, K], in units of `scale` from `level`. */
  readonly candidates: Float32Array;
  /** [H], in the same units; 0 where `weights` is. */
  readonly targets: Float32Array;
  /** [H], 1 if the true value is known, else 0. */
  readonly weights: Float32Array;
  /** The newest changes over a season, and the newest season's values, as logarithms in units of `scale`. */
  readonly newestChange: number;
  readonly newestSize: number;
  readonly scale: number;
  readonly level: number;
}

/**
 * Number of inputs of a step: the value, whether it is known, the season. Those of the whole window are
 * repeated at each step.
 */
const OF_STEP = 3;
const OF_WINDOW = 7;
const OF_CANDIDATE = 3;
/** Number of the window's first inputs that predict the size of the errors. */
const OF_ERRORS = 5;
/** E: these inputs, and the newest changes and values. */
export const ERROR_INPUTS = OF_ERRORS + 2;
/** Minimum number of newest changes in the average; a horizon or two seasons if these are longer. */
const FEWEST_CHANGES = 5;

export const candidateCount = (season: number) => (season > 1 ? SEASONAL_CANDIDATES : PLAIN_CANDIDATES);

export function inputSizeOf({ season, categories }: ExampleShape): number {
  return OF_STEP + OF_WINDOW + OF_CANDIDATE * candidateCount(season) + categories.length;
}

/** Minimum number of known values of an example. */
export const fewestKnown = (season: number) => (season > 1 ? Math.max(2 * season + 2, 8) : 5);

/** The candidates of an earlier origin, to measure their errors. */
interface Past {
  readonly known: number;
  readonly forecasts: readonly Float64Array[];
}

/** A signed logarithm: linear for small numbers, compressed for large ones. */
const tame = (value: number) => Math.sign(value) * Math.log1p(Math.abs(value));

/**
 * Examples of one series at some origins, each computed only from the values before its origin. An origin at
 * which all known values are equal gives no example.
 *
 * @param values [n] from the first known value, NaN where one is missing
 * @param origins ascending counts of known values, each at least 2
 */
export function examplesOf(
  values: Float64Array,
  origins: readonly number[],
  shape: ExampleShape,
  series: number,
  category: string | undefined,
): Example[] {
  const past: Past[] = [];
  return origins.flatMap((known) => {
    const history = filled(values.subarray(0, known));
    const scale = usualChange(history, shape.season);
    const found = rememberedCandidates(history, shape.season, shape.horizon);
    past.push({ known, forecasts: found.forecasts });
    if (!(scale > 0)) return [];
    const { horizon } = shape;
    const { forecasts } = found;
    const level = forecasts.reduce((sum, forecast) => sum + forecast[0]!, 0) / forecasts.length;
    const record = trackRecord(values, past, known, shape.horizon, scale);
    const candidates = new Float32Array(horizon * forecasts.length);
    const targets = new Float32Array(horizon);
    const weights = new Float32Array(horizon);
    for (let ahead = 0; ahead < horizon; ahead++) {
      forecasts.forEach((forecast, k) => {
        candidates[ahead * forecasts.length + k] = (forecast[ahead]! - level) / scale;
      });
      const value = values[known + ahead] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      targets[ahead] = (value - level) / scale;
      weights[ahead] = 1;
    }
    const ofWindow = Float32Array.from([
      ...windowNumbers(found, record, known, scale),
      ...shape.categories.map((name) => Number(name === category)),
    ]);
    const numbers = inOneBuffer({
      steps: stepsOf(values, known, found, scale, shape.window),
      ...{ ofWindow, candidates, targets, weights },
    });
    return [{ series, known, ...numbers, ...newestSizes(history, shape, scale), scale, level }];
  });
}

/**
 * Copies arrays into one shared buffer. For short arrays, separate buffers take more memory than the numbers.
 */
function inOneBuffer<K extends string>(arrays: Record<K, Float32Array>): Record<K, Float32Array> {
  const entries = Object.entries<Float32Array>(arrays) as [K, Float32Array][];
  const all = new Float32Array(entries.reduce((sum, [, { length }]) => sum + length, 0));
  let end = 0;
  const views = entries.map(([name, own]) => {
    all.set(own, end);
    end += own.length;
    return [name, all.subarray(end - own.length, end)];
  });
  return Object.fromEntries(views) as Record<K, Float32Array>;
}

/** [E], the predictors of the size of an example's errors. */
export const errorInputsOf = ({ ofWindow, newestChange, newestSize }: Example): number[] => [
  ...ofWindow.subarray(0, OF_ERRORS),
  newestChange,
  newestSize,
];

function newestSizes(history: Float64Array, { season, horizon }: ExampleShape, scale: number) {
  const count = Math.max(FEWEST_CHANGES, horizon, 2 * season);
  const change = usualChange(history.subarray(Math.max(0, history.length - count - season)), season);
  const newest = history.subarray(Math.max(0, history.length - season));
  const size = newest.reduce((sum, value) => sum + Math.abs(value), 0) / newest.length;
  return { newestChange: Math.log(change / scale + 0.05), newestSize: Math.log1p(size / scale) };
}

type TrackRecord = { readonly errors: Float64Array; readonly isThere: boolean; readonly mean: number };

/**
 * The mean absolute error of each candidate at earlier origins, over the known values of their horizons.
 */
function trackRecord(
  values: Float64Array,
  past: readonly Past[],
  known: number,
  horizon: number,
  scale: number,
): TrackRecord {
  const errors = new Float64Array(past[0]!.forecasts.length);
  let count = 0;
  for (const { known: then, forecasts } of past) {
    if (then >= known || then < known - horizon) continue;
    for (let ahead = 0; ahead < horizon && then + ahead < known; ahead++) {
      const value = values[then + ahead]!;
      if (Number.isNaN(value)) continue;
      count++;
      forecasts.forEach((forecast, k) => {
        errors[k]! += Math.abs(forecast[ahead]! - value) / scale;
      });
    }
  }
  if (count > 0) for (let k = 0; k < errors.length; k++) errors[k]! /= count;
  return { errors, isThere: count > 0, mean: errors.reduce((sum, error) => sum + error, 0) / errors.length };
}

/** Inputs for the whole window: its length, the candidates' past errors, and their forecasts. */
function windowNumbers(found: Candidates, record: TrackRecord, known: number, scale: number): number[] {
  const { forecasts, adjusted, seasonAt } = found;
  const horizon = forecasts[0]!.length;
  const meanAt = (ahead: number) =>
    forecasts.reduce((sum, forecast) => sum + forecast[ahead]!, 0) / forecasts.length;
  const [near, far] = [meanAt(0), meanAt(horizon - 1)];
  const last = adjusted.at(-1)!;
  return [
    Math.log(known) / 5,
    Number(record.isThere),
    Math.log1p(record.mean),
    Number(seasonAt !== undefined),
    Math.log(usualChange(adjusted, 1) / scale + 1e-3),
    tame((far - last) / scale),
    tame((near - last) / scale),
    ...forecasts.flatMap((forecast, k) => [
      record.isThere ? Math.log((record.errors[k]! + 0.05) / (record.mean + 0.05)) : 0,
      tame((forecast[0]! - near) / scale),
      tame((forecast[horizon - 1]! - far) / scale),
    ]),
  ];
}

function stepsOf(
  values: Float64Array,
  known: number,
  { adjusted, seasonAt, isFactor }: Candidates,
  scale: number,
  window: number,
): Float32Array {
  const steps = new Float32Array(window * OF_STEP);
  const last = adjusted.at(-1)!;
  for (let step = 0; step < window; step++) {
    const time = known - window + step;
    if (time < 0) continue;
    const at = step * OF_STEP;
    const isKnown = !Number.isNaN(values[time]!);
    steps[at] = isKnown ? tame((adjusted[time]! - last) / scale) : 0;
    steps[at + 1] = Number(isKnown);
    const season = seasonAt?.(time) ?? 0;
    steps[at + 2] = isFactor ? 3 * season : tame(season / scale);
  }
  return steps;
}

/** [B, T, I]: for each example the inputs of each step, followed by those for the whole window. */
export function inputsOf(examples: readonly Example[]): Float32Array {
  const [first] = examples;
  if (!first) return new Float32Array(0);
  const window = first.steps.length / OF_STEP;
  const size = OF_STEP + first.ofWindow.length;
  const inputs = new Float32Array(examples.length * window * size);
  for (const [of, { steps, ofWindow }] of examples.entries()) {
    for (let step = 0; step < window; step++) {
      const at = (of * window + step) * size;
      for (let k = 0; k < OF_STEP; k++) inputs[at + k] = steps[step * OF_STEP + k]!;
      inputs.set(ofWindow, at + OF_STEP);
    }
  }
  return inputs;
}
