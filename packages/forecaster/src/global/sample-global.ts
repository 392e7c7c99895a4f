/**
 * The forecasts of a trained network: sample paths, in which each step reads the previous draw, draws of
 * separate steps, or quantiles.
 */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed, mapTree, type Random, random } from '@unrolled/cells';
import { restoreParams, type TensorRecord } from '@unrolled/training';
import { batchOf, idsOf } from './batches';
import { drawFrom, quantileOf } from './draws';
import type { GlobalNetwork, GlobalParams } from './global-network';
import { isOfCounts, type ResolvedGlobal } from './global-settings';
import { candidatesOf, tensorsOf } from './train-global';
import { fillCandidates, fillInputs, limited, lookupOf, type WindowPlace, type WindowShape } from './window';

/** One window's forecast, in units of its level from its location. */
export interface ScaledForecast {
  /** Q quantiles [H], ascending. */
  readonly quantiles: readonly Float64Array[];
  /** D draws [H], from the members in turn; empty for quantiles. */
  readonly draws: readonly Float64Array[];
}

export interface Sampling {
  readonly network: GlobalNetwork;
  readonly members: readonly TensorRecord[];
  readonly shape: WindowShape;
  readonly settings: ResolvedGlobal;
  readonly seed: number;
}

/** Maximum number of rows in a batch. */
const LARGEST_BATCH = 2048;

/**
 * The forecasts of windows; a window's draws depend on its series' name and the seed, not on the other
 * windows.
 */
export function sampleGlobal(places: readonly WindowPlace[], sampling: Sampling): ScaledForecast[] {
  const { settings, shape, members, network } = sampling;
  const streams = places.map(({ series: { name } }) => random(seedOf(name, sampling.seed)));
  const draws = places.map((): Float64Array[] => []);
  const quantiles = places.map(() => network.quantiles.map(() => new Float64Array(shape.horizon)));
  const each = Math.ceil(settings.draws / members.length);
  const perBatch = Math.max(1, shape.isDirect ? 256 : Math.floor(LARGEST_BATCH / each));
  for (const weights of members) {
    tf.tidy(() => {
      const params = restoreParams(() => network.init(0), weights) as GlobalParams;
      for (let from = 0; from < places.length; from += perBatch) {
        const piece = places.slice(from, from + perBatch);
        const own = streams.slice(from, from + perBatch);
        tf.tidy(() => {
          if (settings.distribution === 'quantiles') {
            addQuantiles(directOutputs(piece, params, sampling), quantiles.slice(from), members.length);
            return;
          }
          const found = shape.isDirect
            ? drawDirect(piece, own, params, each, sampling)
            : drawPaths(piece, own, params, each, sampling);
          for (const [at, paths] of found.entries()) draws[from + at]!.push(...paths);
        });
      }
    });
  }
  return places.map((_, at) => {
    const paths = draws[at]!;
    if (paths.length > 0) setQuantiles(paths, network.quantiles, quantiles[at]!);
    return { quantiles: quantiles[at]!, draws: paths };
  });
}

/** A hash of the name's characters, so it does not depend on the series' position. */
const seedOf = (name: string, seed: number) =>
  Array.from(name).reduce((mixed, letter) => deriveSeed(mixed, letter.codePointAt(0)!), deriveSeed(seed, 3));

/** [B, H, P] as numbers. */
function directOutputs(
  places: readonly WindowPlace[],
  params: GlobalParams,
  { network, shape }: Sampling,
): Float32Array {
  const batch = batchOf(places, shape);
  const { inputs, ids } = tensorsOf(batch, shape);
  const { output } = network.run(params, inputs, ids);
  const ofHorizon = tf.slice(output, [0, shape.context, 0]) as Tensor3D;
  return network.forecast(ofHorizon, candidatesOf(batch, shape)).dataSync<'float32'>();
}

function addQuantiles(outputs: Float32Array, into: readonly Float64Array[][], members: number): void {
  const [count, horizon] = [into[0]!.length, into[0]![0]!.length];
  const rows = outputs.length / count / horizon;
  for (let row = 0; row < rows; row++) {
    for (let h = 0; h < horizon; h++) {
      for (let q = 0; q < count; q++)
        into[row]![q]![h]! += outputs[(row * horizon + h) * count + q]! / members;
    }
  }
}

function setQuantiles(
  paths: readonly Float64Array[],
  quantiles: readonly number[],
  into: readonly Float64Array[],
): void {
  const sorted = new Float64Array(paths.length);
  for (let h = 0; h < into[0]!.length; h++) {
    for (const [at, path] of paths.entries()) sorted[at] = path[h]!;
    sorted.sort();
    for (const [at, quantile] of quantiles.entries()) into[at]![h] = quantileOf(sorted, quantile);
  }
}

/**
 * A drawn value in units of the level, and in the form that the network reads. For counts, `outputs` describe
 * the counts themselves.
 */
function draw(
  outputs: Float32Array,
  at: number,
  scale: number,
  stream: Random,
  { distribution, zeroInflated }: ResolvedGlobal,
): number {
  // The values are logarithms already; quantiles have no draws.
  const of = distribution === 'logNormal' || distribution === 'quantiles' ? 'gaussian' : distribution;
  const value = drawFrom(of, zeroInflated, outputs, at, scale, stream);
  return isOfCounts(distribution) ? value / scale : value;
}

/** Draws of separate steps. */
function drawDirect(
  places: readonly WindowPlace[],
  streams: readonly Random[],
  params: GlobalParams,
  each: number,
  sampling: Sampling,
): Float64Array[][] {
  const { shape, settings, network } = sampling;
  const outputs = directOutputs(places, params, sampling);
  return places.map(({ level }, row) =>
    Array.from({ length: each }, () =>
      Float64Array.from({ length: shape.horizon }, (_, h) =>
        draw(outputs, (row * shape.horizon + h) * network.parameters, level.scale, streams[row]!, settings),
      ),
    ),
  );
}

/** Sample paths: each step reads the draws of the previous steps. */
function drawPaths(
  places: readonly WindowPlace[],
  streams: readonly Random[],
  params: GlobalParams,
  each: number,
  { network, shape, settings }: Sampling,
): Float64Array[][] {
  const { horizon, inputSize, candidates: count } = shape;
  const rows = places.length * each;
  const paths = places.map(() => Array.from({ length: each }, () => new Float64Array(horizon)));
  const lookups = places.map((place, at) => {
    const { origin } = place;
    const known = lookupOf(place, origin);
    return paths[at]!.map(
      (path) => (row: number) => (row < origin ? known(row) : limited(path[row - origin]!)),
    );
  });
  const ids = (places[0] ? idsOf(places[0].series, shape) : []).map(() => new Int32Array(rows));
  for (const [at, { series }] of places.entries())
    for (const [k, id] of idsOf(series, shape).entries()) ids[k]!.fill(id, at * each, (at + 1) * each);
  let state = repeated(encode(places, params, network, shape), each);
  const inputs = new Float32Array(rows * inputSize);
  const candidates = new Float32Array(rows * count);
  for (let h = 0; h < horizon; h++) {
    for (let row = 0; row < rows; row++) {
      const [at, draw] = [Math.floor(row / each), row % each];
      const place = places[at]!;
      const value = lookups[at]![draw]!;
      fillInputs(inputs, row * inputSize, place.origin + h, place, value, shape);
      fillCandidates(candidates, row * count, place.origin + h, place, value, shape);
    }
    const [outputs, next] = tf.tidy(() => {
      const read = tensorsOf({ rows, steps: 1, inputs, ids }, shape);
      const run = network.run(params, read.inputs, read.ids, { initialState: state });
      const forecast = network.forecast(run.output, candidatesOf({ rows, candidates }, shape));
      return [forecast, run.state as Tensor[]] as const;
    }) as readonly [Tensor3D, unknown];
    const numbers = outputs.dataSync<'float32'>();
    tf.dispose([outputs, state as Tensor[]]);
    state = next;
    for (let row = 0; row < rows; row++) {
      const at = Math.floor(row / each);
      const place = row * network.parameters;
      paths[at]![row % each]![h] = draw(numbers, place, places[at]!.level.scale, streams[at]!, settings);
    }
  }
  return paths;
}

/** The state after the context. */
function encode(
  places: readonly WindowPlace[],
  params: GlobalParams,
  network: GlobalNetwork,
  shape: WindowShape,
): unknown {
  const { context, inputSize } = shape;
  const rows = places.length;
  const inputs = new Float32Array(rows * context * inputSize);
  const ids = (places[0] ? idsOf(places[0].series, shape) : []).map(() => new Int32Array(rows * context));
  for (const [at, place] of places.entries()) {
    const value = lookupOf(place, place.origin);
    for (let step = 0; step < context; step++) {
      const row = place.origin - context + step;
      fillInputs(inputs, (at * context + step) * inputSize, row, place, value, shape);
    }
    for (const [k, id] of idsOf(place.series, shape).entries())
      ids[k]!.fill(id, at * context, (at + 1) * context);
  }
  return tf.tidy(() => {
    const read = tensorsOf({ rows, steps: context, inputs, ids }, shape);
    return network.run(params, read.inputs, read.ids).state as Tensor[];
  });
}

/** Repeats each row of a state `times` times, [B, U] → [B·times, U]. */
function repeated(state: unknown, times: number): unknown {
  const whole = tf.tidy(
    () =>
      mapTree(state, (tensor) => {
        const [rows, units] = tensor.shape as [number, number];
        return tf.reshape(tf.tile(tf.expandDims(tensor, 1), [1, times, 1]), [
          rows * times,
          units,
        ]) as Tensor2D;
      }) as Tensor[],
  );
  tf.dispose(state as Tensor[]);
  return whole;
}
