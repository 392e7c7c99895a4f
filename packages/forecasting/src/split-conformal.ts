/**
 * Intervals around point forecasts from the errors of forecasts that training did not see (Papadopoulos et
 * al., 2002; Lei et al., 2018). If the errors to come are exchangeable with those, an interval holds the
 * truth with a probability of at least `level`, whatever the model and however few the errors. A series whose
 * errors change breaks that: measure it.
 */

import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkSteps, conformalMargins, isMargins } from './conformal-margins';
import { check, checkKind, checkOptions, checkPaired, checkSeries, checkShare, refuse } from './refuse';

/**
 * How errors e = truth − forecast are measured: `absolute` |e|, one margin on both sides; `normalised` |e| /
 * scale, a margin that grows with a scale given per forecast; `signed`, each side by its own errors, at (1 −
 * level) / 2.
 */
export type ConformalKind = 'absolute' | 'normalised' | 'signed';

export interface SplitConformalOptions {
  /** [n, horizon], row-major: what came, of rows that no model was fitted to. */
  readonly truth: ArrayLike<number>;
  /** `[n, horizon]`: what was forecast for them. */
  readonly forecast: ArrayLike<number>;
  /** The share of truths that an interval is to hold, in (0, 1). */
  readonly level: number;
  /** Default `absolute`. */
  readonly kind?: ConformalKind;
  /** [n, horizon], above 0: how large each error was expected to be. For `normalised`, and nothing else. */
  readonly scale?: ArrayLike<number>;
  /** Steps of a forecast, each with separate margins; default 1. */
  readonly horizon?: number;
}

const KINDS: OptionKinds<SplitConformalOptions> = {
  truth: 'array or typed array',
  forecast: 'array or typed array',
  level: 'number',
  kind: "'absolute', 'normalised' or 'signed'?",
  scale: 'array or typed array?',
  horizon: 'number?',
};

/** Lower and upper ends. */
export interface Intervals {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Plain JSON. */
export interface SplitConformalJson {
  readonly kind: ConformalKind;
  readonly level: number;
  /** `[horizon]`: an interval reaches from forecast − below·scale … */
  readonly below: readonly number[];
  /** `[horizon]`: … to forecast + above·scale; the scale is 1 but for `normalised`. */
  readonly above: readonly number[];
}

export interface SplitConformal extends SplitConformalJson {
  /**
   * The intervals of new forecasts.
   *
   * @param forecast [m, horizon], row-major
   * @param scale [m, horizon], above 0, for `normalised` and nothing else
   * @returns lower and upper, [m, horizon]
   */
  interval(forecast: ArrayLike<number>, scale?: ArrayLike<number>): Intervals;
  toJSON(): SplitConformalJson;
}

/**
 * Calibrates intervals. Each step's margin is the ⌈(n + 1)·level⌉-th smallest of its n scores; on each side
 * of `signed` at (1 + level) / 2.
 *
 * @throws UnrolledError when n is too small for the level (it says how many it takes), shapes differ, a value
 * is not finite, a scale is not above 0, or one is given or missing against the kind
 */
export function splitConformal(options: SplitConformalOptions): SplitConformal {
  const scope = 'splitConformal';
  checkOptions(scope, options, KINDS);
  const { truth, forecast, level, kind = 'absolute', scale, horizon = 1 } = options;
  checkPaired(scope, { truth, forecast });
  checkShare(scope, 'a level', level);
  checkConformalKind(scope, kind);
  checkSteps(scope, forecast, horizon);
  checkScale(scope, kind, forecast, scale);
  const errors = Float64Array.from(truth, (value, i) => (value - forecast[i]!) / (scale?.[i] ?? 1));
  const margins = (score: (error: number) => number, rank: number) =>
    conformalMargins(scope, errors.map(score), rank, horizon);
  if (kind === 'signed') {
    const rank = (1 + level) / 2;
    return calibrated({ kind, level, below: margins((e) => -e, rank), above: margins((e) => e, rank) });
  }
  const margin = margins(Math.abs, level);
  return calibrated({ kind, level, below: margin, above: margin });
}

/**
 * The intervals that `toJSON` described.
 *
 * @throws UnrolledError when the object is not one
 */
export function splitConformalFromJSON(json: unknown): SplitConformal {
  checkKind('splitConformalFromJSON', 'json', json, 'object');
  const { kind, level, below, above } = (json ?? {}) as Partial<SplitConformalJson>;
  if (!isMargins(below) || !isMargins(above) || below.length !== above.length) {
    refuse('splitConformalFromJSON', {
      expected: 'a kind, a level and as many margins below as above',
      got: inWords(json),
      remedy: 'pass the result of toJSON',
    });
  }
  checkConformalKind('splitConformalFromJSON', kind!);
  checkShare('splitConformalFromJSON', 'a level', level!);
  return calibrated({ kind: kind!, level: level!, below, above });
}

function calibrated(json: SplitConformalJson): SplitConformal {
  const { kind, below, above } = json;
  const horizon = below.length;
  return {
    ...json,
    interval(forecast, scale) {
      checkSeries('interval', 'forecast', forecast);
      checkSteps('interval', forecast, horizon);
      checkScale('interval', kind, forecast, scale);
      return {
        lower: Float64Array.from(forecast, (value, i) => value - below[i % horizon]! * (scale?.[i] ?? 1)),
        upper: Float64Array.from(forecast, (value, i) => value + above[i % horizon]! * (scale?.[i] ?? 1)),
      };
    },
    toJSON: () => ({ ...json, below: [...below], above: [...above] }),
  };
}

function checkConformalKind(scope: string, kind: ConformalKind): void {
  check.choice(scope, 'kind', kind, ['absolute', 'normalised', 'signed']);
}

function checkScale(
  scope: string,
  kind: ConformalKind,
  forecast: ArrayLike<number>,
  scale: ArrayLike<number> | undefined,
): void {
  if ((kind === 'normalised') !== (scale !== undefined)) {
    refuse(scope, {
      expected: kind === 'normalised' ? 'a scale for each forecast' : `no scale for the kind ${kind}`,
      got: scale === undefined ? 'none' : 'one',
      remedy: kind === 'normalised' ? 'pass the usual size of its error' : 'leave it out',
    });
  }
  if (scale === undefined) return;
  checkPaired(scope, { forecast, scale });
  const index = Array.prototype.findIndex.call(scale, (value: number) => value <= 0);
  if (index >= 0)
    refuse(scope, {
      expected: 'scales above 0',
      got: `${scale[index]} at index ${index}`,
      remedy: 'pass one positive scale for each value',
    });
}
