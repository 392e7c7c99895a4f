// node apps/stock-forecast/scripts/known-verdicts.mjs [kind …] [--series 20] [--folds 5]: back-tests twenty
// generated series of each of ten kinds whose best forecast is known by construction, with the built packages
// and their default settings, and counts the verdicts:
//
//   a baseline is best   the model is said to beat the baselines on at most 5 %
//   a network should win the model is said to beat them on at least 70 %; the best forecast of these kinds is
//                        10 % better than every baseline's
//   AR(1) of 0.6, both   the model has at least half of the true model's skill on nine series of ten
//
// A part of its name selects a kind. It takes about five minutes. The exit code is 1 if a requirement is not
// met.
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { backtest } from '@unrolled/forecaster';
import { registerUnrolledBackend } from '@unrolled/kernels';
import { dateOf, KINDS } from './generated-series.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    series: { type: 'string', default: '20' },
    folds: { type: 'string', default: '5' },
  },
});
const [series, folds] = [Number(options.series), Number(options.folds)];
const asked = Object.entries(KINDS).filter(
  ([name]) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
if (asked.length === 0 || !(series >= 1) || !(folds >= 1)) {
  console.error(
    `[unrolled/known-verdicts] expected some of ${Object.keys(KINDS).join('; ')}, and counts of at least 1`,
  );
  process.exit(1);
}
await registerUnrolledBackend({ threads: 1 });
await tf.setBackend('unrolled');

/** The mean squared error of the best forecasts, over the rows that were forecast. */
function bestError({ rows, truth }, means) {
  const squares = Array.from(rows, (row, at) => (truth[at] - means[row]) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

async function verdictOn({ make, rows, spacing }, seed) {
  const { values, means } = make(rows, seed);
  const dates = values.map((_, row) => dateOf(spacing, row));
  const { evaluation, outcomes } = await backtest({ dates, columns: { value: values } }, { folds });
  const { metrics, dieboldMariano, intervals } = evaluation;
  const [naive, model, best] = [
    metrics.naive.rmse ** 2,
    metrics.model.rmse ** 2,
    bestError(outcomes[0], means),
  ];
  return {
    ...{ beats: dieboldMariano.verdict === 'better', coverage: intervals.coverage },
    ...{
      skill: (naive - model) / (naive - best),
      worst: Math.min(...intervals.overTime.map((p) => p.coverage)),
    },
    ratio: metrics.model.rmse / metrics[dieboldMariano.baseline].rmse,
    room: Math.sqrt(best) / metrics[dieboldMariano.baseline].rmse,
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const counts = { baseline: [0, 0], network: [0, 0] };
const missed = [];
console.log(
  ['kind'.padEnd(56), 'best', 'beats', 'RMSE / best baseline', 'true / best baseline', 'held'].join('  '),
);
for (const [name, kind] of asked) {
  const results = [];
  // The seed of a series is made from its number and its kind's index, so each series has its own.
  const place = Object.keys(KINDS).indexOf(name);
  for (let at = 1; at <= series; at++) results.push(await verdictOn(kind, 1000 * at + place));
  const beats = results.filter((result) => result.beats).length;
  const count = counts[kind.best === 'network' ? 'network' : 'baseline'];
  count[0] += beats;
  count[1] += series;
  const of = (key) => median(results.map((result) => result[key]));
  console.log(
    [
      name.padEnd(56),
      kind.best,
      `${beats}/${series}`,
      of('ratio').toFixed(3),
      of('room').toFixed(3),
      `${(100 * of('coverage')).toFixed(0)} % (worst period ${(100 * of('worst')).toFixed(0)} %)`,
    ].join('  '),
  );
  if (!name.includes('AR(1)')) continue;
  const found = results.filter(({ skill }) => skill >= 0.5).length;
  console.log(`  at least half of the true model's skill on ${found} of ${series}`);
  if (found < 0.9 * series) missed.push(name);
}
for (const [who, [beats, all], met] of [
  ['a baseline is best', counts.baseline, ([some, of]) => some <= 0.05 * of],
  ['a network should win', counts.network, ([some, of]) => some >= 0.7 * of],
]) {
  if (all === 0) continue;
  const isMet = met([beats, all]);
  if (!isMet) missed.push(who);
  console.log(
    `${who}: the model is said to beat the baselines on ${beats} of ${all}: ${isMet ? 'met' : 'MISSED'}`,
  );
}
process.exit(missed.length > 0 ? 1 : 0);
