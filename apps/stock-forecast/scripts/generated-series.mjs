/**
 * Generated series whose best forecast is known, for known-series.mjs and known-verdicts.mjs. Each series is
 * determined by its seed.
 */

/** A seeded stream of standard normal draws: mulberry32 and the Box–Muller transform. */
export function normals(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The date of a row: `daily`, `business` days, or `monthly` ends. */
export function dateOf(spacing, row) {
  const day = (days) => new Date(Date.UTC(2000, 0, 3 + days)).toISOString().slice(0, 10);
  if (spacing === 'business') return day(Math.floor(row / 5) * 7 + (row % 5));
  if (spacing === 'monthly') return new Date(Date.UTC(1900, row + 1, 0)).toISOString().slice(0, 10);
  return day(row);
}

const BURN_IN = 300;

/**
 * Values and means, each [rows], around `level`. `mean(past)` is the best forecast of the next value, given
 * the earlier ones. The noise has a standard deviation of 1.
 */
function recursion(rows, seed, { level = 50, order = 1, mean }) {
  const normal = normals(seed);
  const values = new Array(order).fill(0);
  const means = new Array(order).fill(0);
  while (values.length < rows + BURN_IN) {
    means.push(mean(values));
    values.push(means.at(-1) + normal());
  }
  const shifted = (numbers) => numbers.slice(-rows).map((value) => level + value);
  return { values: shifted(values), means: shifted(means) };
}

/**
 * A walk from `start`. Each change has the mean `drift(previous change)` and the standard deviation
 * `deviation(row)`. With `inLogs` the changes are those of the logarithm.
 */
function walk(rows, seed, { start = 500, drift = () => 0, deviation = () => 1, inLogs = false }) {
  const normal = normals(seed);
  const values = [];
  const means = [];
  let [value, change] = [start, 0];
  for (let row = 0; row < rows; row++) {
    const expected = drift(change);
    change = expected + deviation(row) * normal();
    means.push(inLogs ? value * Math.exp(expected) : value + expected);
    value = inLogs ? value * Math.exp(change) : value + change;
    values.push(value);
  }
  return { values, means };
}

/** Each value is that of the previous season plus noise. */
function seasonalWalk(rows, seed, season) {
  const normal = normals(seed);
  const values = Array.from({ length: season }, () => 200 + 20 * normal());
  const means = [...values];
  while (values.length < rows) {
    means.push(values.at(-season));
    values.push(means.at(-1) + normal());
  }
  return { values, means };
}

/**
 * A level that stays until a value goes far beyond it, then changes its sign. The last such value may be long
 * ago.
 */
function heldLevel(rows, seed) {
  let level = 2;
  const mean = (past) => {
    if (past.at(-1) * Math.sign(level) > 3.2) level = -level;
    return level;
  };
  return recursion(rows, seed, { mean });
}

/** Input accumulates until it reaches a limit, and is then released at once. */
function chargeAndRelease(rows, seed) {
  let charge = 0;
  const mean = (past) => {
    charge += Math.max(0, 1 + 0.5 * past.at(-1));
    if (charge <= 12) return 0;
    charge = 0;
    return 5;
  };
  return recursion(rows, seed, { mean });
}

/**
 * Ten kinds of series: the forecaster whose forecast is the best one (a network's is at least 10 % better
 * than every baseline's), the number of rows, the spacing of their dates, and a function that makes the
 * series of a seed.
 */
export const KINDS = {
  'random walk': {
    ...{ best: 'naive', rows: 500, spacing: 'business' },
    make: (rows, seed) => walk(rows, seed, {}),
  },
  'random walk, volatility three times as large at the end': {
    ...{ best: 'naive', rows: 600, spacing: 'business' },
    make: (rows, seed) => walk(rows, seed, { deviation: (row) => (row < 400 ? 1 : 3) }),
  },
  'random walk in logs with drift': {
    ...{ best: 'drift', rows: 400, spacing: 'daily' },
    make: (rows, seed) =>
      walk(rows, seed, { start: 100, drift: () => 0.01, deviation: () => 0.01, inLogs: true }),
  },
  'seasonal random walk': {
    ...{ best: 'seasonalNaive', rows: 360, spacing: 'monthly' },
    make: (rows, seed) => seasonalWalk(rows, seed, 12),
  },
  'noise around a mean': {
    ...{ best: 'linearAutoregression', rows: 400, spacing: 'daily' },
    make: (rows, seed) => recursion(rows, seed, { mean: () => 0 }),
  },
  'AR(1) of 0.6': {
    ...{ best: 'linearAutoregression', rows: 400, spacing: 'daily' },
    make: (rows, seed) => recursion(rows, seed, { mean: (past) => 0.6 * past.at(-1) }),
  },
  'changes that are an AR(1) of 0.6': {
    ...{ best: 'linearAutoregression', rows: 400, spacing: 'business' },
    make: (rows, seed) => walk(rows, seed, { drift: (change) => 0.6 * change }),
  },
  'cosine of the value before': {
    ...{ best: 'network', rows: 1000, spacing: 'daily' },
    make: (rows, seed) =>
      recursion(rows, seed, {
        order: 2,
        mean: (past) => 2 * Math.cos(1.2 * past.at(-1)) - 0.3 * past.at(-2),
      }),
  },
  'a level held until it breaks': { ...{ best: 'network', rows: 1000, spacing: 'daily' }, make: heldLevel },
  'charge and release': { ...{ best: 'network', rows: 1000, spacing: 'daily' }, make: chargeAndRelease },
};
