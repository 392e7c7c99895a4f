// node apps/stock-forecast/scripts/known-series.mjs [ar2] [seasonal] [walks]: back-tests generated series
// whose best forecast is known, with the built command line and its default settings, and checks the results:
//
//   ar2       beats naive with p < 0.01; RMSE within 10 % of the linear autoregression's; the 90 % interval
//             covers 87–93 % of at least 2,000 forecasts, is calibrated on at least 500 errors, and is at most
//             1.25 times as wide as the true model's
//   seasonal  beats naive with p < 0.01
//   walks     of 20 random walks, in prices and in log prices, the model is said to beat the baselines on at
//             most 2
//
// It takes several minutes. The exit code is 1 if a requirement is not met.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { normals } from './generated-series.mjs';

const cli = path.resolve(import.meta.dirname, '../dist/cli.js');
if (!existsSync(cli)) {
  console.error(
    '[unrolled/known-series] expected a build, got none: npm run stock-forecast -- --help makes it',
  );
  process.exit(1);
}
const DEVIATION = 1;
/** The width of the true model's 90 % interval: 2 · 1.645 standard deviations. */
const TRUE_WIDTH = 2 * 1.6448536 * DEVIATION;

function autoregression(rows, seed, { a, b, mean }) {
  const normal = normals(seed);
  const values = [0, 0];
  while (values.length < rows + 200)
    values.push(a * values.at(-1) + b * values.at(-2) + DEVIATION * normal());
  return values.slice(-rows).map((value) => mean + value);
}

function seasonal(rows, seed, { period, amplitude, trend }) {
  const normal = normals(seed);
  return Array.from(
    { length: rows },
    (_, row) => 100 + trend * row + amplitude * Math.sin((2 * Math.PI * row) / period) + normal(),
  );
}

function walk(rows, seed, inLogs) {
  const normal = normals(seed);
  let value = inLogs ? Math.log(100) : 1000;
  return Array.from({ length: rows }, () => {
    value += inLogs ? 0.01 * normal() : normal();
    return inLogs ? Math.exp(value) : value;
  });
}

const directory = await mkdtemp(path.join(tmpdir(), 'known-series-'));

async function backtest(name, values) {
  const file = path.join(directory, `${name}.csv`);
  const dated = values.map(
    (value, row) => `${new Date(Date.UTC(2000, 0, 1 + row)).toISOString().slice(0, 10)},${value}`,
  );
  await writeFile(file, `Date,Close\n${dated.join('\n')}\n`);
  const started = performance.now();
  const args = [cli, 'backtest', file, '--no-report', '--json', '--output', path.join(directory, name)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 });
  const result = JSON.parse(stdout.trimEnd().split('\n').at(-1));
  return { ...result, seconds: (performance.now() - started) / 1000 };
}

let missed = 0;
/** Prints a line for a result, and one for each requirement and whether it is met. */
function report(name, { metrics, dieboldMariano, intervals, folds, seconds }, demands) {
  const numbers = [
    `RMSE ${metrics.model.rmse.toFixed(3)}`,
    `naive ${metrics.naive.rmse.toFixed(3)}`,
    `linear autoregression ${metrics.linearAutoregression.rmse.toFixed(3)}`,
    `p ${dieboldMariano.pValue.toPrecision(2)} ${dieboldMariano.verdict} than ${dieboldMariano.baseline}`,
    `coverage ${intervals.coverage.toFixed(3)} of ${intervals.count}, calibrated on ${intervals.calibration}`,
    `width ${intervals.meanWidth.toFixed(2)}`,
    `${folds.length} folds in ${seconds.toFixed(0)} s`,
  ];
  console.log(`${name}: ${numbers.join(' · ')}`);
  for (const [what, met] of demands) {
    if (!met) missed += 1;
    console.log(`  ${met ? 'met   ' : 'MISSED'} ${what}`);
  }
}

const beats = ({ dieboldMariano: { baselines } }) => [
  'beats naive with p < 0.01',
  baselines.naive.verdict === 'better' && baselines.naive.pValue < 0.01,
];

const parts = {
  async ar2() {
    const kinds = [
      { a: 0.5, b: 0.3, mean: 100 },
      { a: 1.2, b: -0.5, mean: 0 },
    ];
    for (const [at, kind] of kinds.entries()) {
      const result = await backtest(`ar2-${at}`, autoregression(5000, 11 + at, kind));
      const { metrics, intervals } = result;
      const ratio = metrics.model.rmse / metrics.linearAutoregression.rmse;
      const width = intervals.meanWidth / TRUE_WIDTH;
      report(`AR(2) ${kind.a}, ${kind.b} around ${kind.mean}`, result, [
        beats(result),
        [`RMSE ${ratio.toFixed(3)} times the linear autoregression's, at most 1.1`, ratio <= 1.1],
        ['coverage 0.87 to 0.93', intervals.coverage >= 0.87 && intervals.coverage <= 0.93],
        [
          'of at least 2000 forecasts, calibrated on at least 500',
          intervals.count >= 2000 && intervals.calibration >= 500,
        ],
        [`intervals ${width.toFixed(3)} times as wide as the true model's, at most 1.25`, width <= 1.25],
      ]);
    }
  },
  async seasonal() {
    for (const [at, kind] of [
      { period: 5, amplitude: 2, trend: 0.02 },
      { period: 21, amplitude: 5, trend: 0.01 },
    ].entries()) {
      const result = await backtest(`seasonal-${at}`, seasonal(2500, 31 + at, kind));
      report(`season of ${kind.period} rows and trend`, result, [beats(result)]);
    }
  },
  async walks() {
    let said = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const result = await backtest(`walk-${seed}`, walk(2500, 100 + seed, seed % 2 === 0));
      if (result.dieboldMariano.verdict === 'better') said += 1;
      report(`random walk ${seed}${seed % 2 === 0 ? ' in logs' : ''}`, result, []);
    }
    if (said > 2) missed += 1;
    console.log(
      `the model is said to beat the baselines on ${said} of 20 random walks, expected at most 2: ${said <= 2 ? 'met' : 'MISSED'}`,
    );
  },
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(parts, name));
if (unknown) {
  console.error(
    `[unrolled/known-series] expected some of ${Object.keys(parts).join(', ')}, got '${unknown}'`,
  );
  process.exit(1);
}
try {
  for (const name of asked.length > 0 ? asked : Object.keys(parts)) await parts[name]();
} finally {
  await rm(directory, { recursive: true, force: true });
}
process.exit(missed > 0 ? 1 : 0);
