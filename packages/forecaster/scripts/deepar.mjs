// PYTHON=…/python node packages/forecaster/scripts/deepar.mjs [--hold-out] [--seconds 60] [--seed 1]
// [--only m3-other] [--set strategy=direct] [--ours] [--json FILE]
//
// Compares our global forecaster with GluonTS's DeepAR (PyTorch; `deepar.py`) on the M1, M3 and Tourism
// competitions. Both get the same series, the same processor seconds of training on one thread, and the same
// network (two layers of 40, batches of 32, Student's t). Prints the mean weighted quantile loss of the
// quantiles 0.1 … 0.9, and the time of a step of that size. Without --hold-out the last `horizon` values of
// the training sets are forecast; settings are chosen by these.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meanWeightedQuantileLoss } from '@unrolled/forecasting';
import { useUnrolledBackend } from '@unrolled/kernels';
import { fitGlobalForecaster } from '../dist/index.js';
import { chosenPart, collections } from './collections.mjs';

const { values: options } = parseArgs({
  options: {
    'hold-out': { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    set: { type: 'string', default: '' },
    ours: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const QUANTILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const LEVELS = [0.2, 0.4, 0.6, 0.8];
const seconds = Number(options.seconds);
const changed = Object.fromEntries(
  options.set
    .split(',')
    .filter(Boolean)
    .map((pair) => pair.split('='))
    .map(([name, value]) => [name, /^(true|false|[\d.]+)$/.test(value) ? JSON.parse(value) : value]),
);

const secondsOf = async (run) => {
  const before = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, result];
};

const SIZE = { layers: 2, units: 40, batchSize: 32, conformal: false };
const STEPS_TO_TIME = 60;

async function ours(series, { horizon, season }) {
  const settings = { horizon, season, ...SIZE, levels: LEVELS, seed: Number(options.seed), ...changed };
  const timed = async (steps) =>
    (await secondsOf(() => fitGlobalForecaster(series, { ...settings, steps })))[0];
  await timed(STEPS_TO_TIME); // to warm up
  const start = await timed(1);
  const step = ((await timed(STEPS_TO_TIME)) - start) / (STEPS_TO_TIME - 1);
  const steps = Math.floor((seconds - start) / step);
  const [training, forecaster] = await secondsOf(() => fitGlobalForecaster(series, { ...settings, steps }));
  const [forecasting, forecasts] = await secondsOf(() => forecaster.forecast(series));
  const quantile = ({ values, intervals }, q) => {
    if (q === 0.5) return values;
    const { lower, upper } = intervals.find(({ level }) => Math.abs(level - Math.abs(2 * q - 1)) < 1e-9);
    return q < 0.5 ? lower : upper;
  };
  return {
    step,
    steps,
    training,
    forecasting,
    quantiles: QUANTILES.map((q) => forecasts.map((one) => quantile(one, q))),
  };
}

function theirs(series, { horizon, season }) {
  const folder = mkdtempSync(join(tmpdir(), 'deepar-'));
  const [given, found] = [join(folder, 'series.json'), join(folder, 'forecasts.json')];
  const task = {
    horizon,
    season,
    seconds,
    seed: Number(options.seed),
    quantiles: QUANTILES,
    series: series.map(({ values }) => values),
  };
  writeFileSync(given, JSON.stringify(task));
  const script = new URL('deepar.py', import.meta.url).pathname;
  execFileSync(process.env.PYTHON ?? 'python3', [script, given, found], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const result = JSON.parse(readFileSync(found, 'utf8'));
  rmSync(folder, { recursive: true });
  return result;
}

await useUnrolledBackend({ threads: 1 });
const results = [];
for (const collection of collections()) {
  if (options.only && !options.only.split(',').includes(collection.name)) continue;
  // Both need at least a window of two values and a horizon.
  const isLong = ({ values }) => values.length >= collection.horizon + 2;
  const series = chosenPart(collection, options['hold-out']).filter(isLong);
  const known = series.map(({ name, values }) => ({ name, values }));
  const truth = series.flatMap((one) => one.truth);
  const lossOf = ({ quantiles }) =>
    meanWeightedQuantileLoss(
      truth,
      quantiles.map((forecasts) => forecasts.flatMap((one) => [...one])),
      { quantiles: QUANTILES },
    );
  const rows = [['ours', await ours(known, collection)]];
  if (!options.ours) rows.push(['DeepAR', theirs(known, collection)]);
  const result = { name: collection.name, series: series.length };
  const words = rows.map(([name, one]) => {
    result[name] = {
      loss: lossOf(one),
      step: one.step,
      steps: one.steps,
      training: one.training,
      forecasting: one.forecasting,
    };
    return `${name} ${result[name].loss.toFixed(4)} (${one.steps} steps of ${(1000 * one.step).toFixed(1)} ms in ${one.training.toFixed(0)} s, forecasts ${one.forecasting.toFixed(0)} s)`;
  });
  if (!options.ours) words.push(`step ${(result.DeepAR.step / result.ours.step).toFixed(1)} ×`);
  results.push(result);
  console.log(`${collection.name.padEnd(18)}${String(series.length).padStart(5)}  ${words.join('  ')}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
}
if (!options.ours) {
  const won = results.filter(({ ours: own, DeepAR }) => own.loss < DeepAR.loss).length;
  console.log(`lower on ${won} of ${results.length}`);
}
