/** Windows as a batch, in the network's form, and the true values. */
import { random } from '@unrolled/cells';
import type { CheckedGlobal } from './global-series';
import { levelOf } from './level';
import { FARTHEST, fillCandidates, fillInputs, lookupOf, type WindowPlace, type WindowShape } from './window';

export interface WindowBatch {
  readonly rows: number;
  /** T */
  readonly steps: number;
  /** [B, T, I] */
  readonly inputs: Float32Array;
  /** [B, T] of each embedding. */
  readonly ids: readonly Int32Array[];
  /** [B, S, K], for the S forecast steps: all steps, or in direct windows those of the horizon. */
  readonly candidates: Float32Array;
  /** [B, S]: the true values, in units of the level (counts unchanged); 0 if the weight is 0. */
  readonly targets: Float32Array;
  /** [B, S]: 1 if the true value is known, else 0. */
  readonly weights: Float32Array;
  /** [B]: the scales of the levels. */
  readonly scales: Float32Array;
}

/** Number of forecast steps of a window: all steps, or in direct windows the horizon. */
export const forecastSteps = ({ isDirect, context, horizon }: WindowShape): number =>
  isDirect ? horizon : context + horizon;

/** Ids of a series, one for each embedding. */
export function idsOf(series: CheckedGlobal, { columns }: WindowShape): number[] {
  const ids = series.staticCategories.map((value, at) => columns.categories[at]!.indexOf(value));
  return columns.series.length > 0 ? [...ids, columns.series.indexOf(series.name)] : ids;
}

/**
 * The complete windows at some places. The horizon's values are the targets, and in recursive windows also
 * the inputs of the next steps.
 */
export function batchOf(places: readonly WindowPlace[], shape: WindowShape): WindowBatch {
  const { context, horizon, inputSize, candidates: count, isDirect, ofCounts } = shape;
  const rows = places.length;
  const steps = context + horizon;
  const told = forecastSteps(shape);
  const batch = {
    ...{ rows, steps, inputs: new Float32Array(rows * steps * inputSize) },
    ids: (places[0] ? idsOf(places[0].series, shape) : []).map(() => new Int32Array(rows * steps)),
    candidates: new Float32Array(rows * told * count),
    targets: new Float32Array(rows * told),
    weights: new Float32Array(rows * told),
    scales: Float32Array.from(places, ({ level }) => level.scale),
  };
  for (const [at, place] of places.entries()) {
    const { series, origin, level } = place;
    const value = lookupOf(place, isDirect ? origin : series.values.length);
    for (const [k, id] of idsOf(series, shape).entries())
      batch.ids[k]!.fill(id, at * steps, (at + 1) * steps);
    for (let step = 0; step < steps; step++) {
      const row = origin - context + step;
      fillInputs(batch.inputs, (at * steps + step) * inputSize, row, place, value, shape);
      const of = at * told + step - (steps - told);
      if (step < steps - told) continue;
      fillCandidates(batch.candidates, of * count, row, place, value, shape);
      const came = row >= 0 ? (series.values[row] ?? Number.NaN) : Number.NaN;
      const target = ofCounts ? came : (came - level.location) / level.scale;
      if (Number.isNaN(target) || (!ofCounts && Math.abs(target) > FARTHEST)) continue;
      batch.targets[of] = target;
      batch.weights[of] = 1;
    }
  }
  return batch;
}

const FEWEST_SEEN = 2;
/** Maximum number of draws for each window of a batch: a constant window is drawn again. */
const TRIES = 20;

/**
 * Draws windows. Each time of each series from its second value to its last but one has the same probability.
 */
export function windowDrawer(series: readonly CheckedGlobal[], shape: WindowShape, seed: number) {
  const ends: number[] = [];
  let total = 0;
  for (const { values } of series) {
    total += Math.max(0, values.length - FEWEST_SEEN);
    ends.push(total);
  }
  const { uniform } = random(seed);
  return {
    total,
    next: (rows: number): WindowPlace[] => {
      const places: WindowPlace[] = [];
      for (let tries = 0; places.length < rows && tries < TRIES * rows; tries++) {
        const place = placeAt(series, ends, Math.floor(uniform() * total), shape);
        if (place) places.push(place);
      }
      return places;
    },
  };
}

function placeAt(
  series: readonly CheckedGlobal[],
  ends: readonly number[],
  drawn: number,
  shape: WindowShape,
): WindowPlace | undefined {
  let [from, to] = [0, ends.length - 1];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ends[middle]! > drawn) to = middle;
    else from = middle + 1;
  }
  const one = series[from]!;
  const origin = FEWEST_SEEN + drawn - (from > 0 ? ends[from - 1]! : 0);
  const level = levelOf(one.values, origin, shape);
  return level && { series: one, origin, level };
}
