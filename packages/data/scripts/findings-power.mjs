// node packages/data/scripts/findings-power.mjs [--series 1000] [--seed 1]: measures how often priceFindings
// and leakFindings are wrong.
//
//   quiet   series without a fault: false alarms, counted as series with a finding out of 1,000
//   faults  one fault in each series, in closes only and in whole bars, at 1, 2 and 4 % a day: the share that
//           is found, with the right kind and, if the fault has a row, at that row
//
// The exit code is 1 with more than 15 false alarms in 1,000 series of a kind, or if less than 95 % of a
// fault are found at 1 or 2 % a day (of a 5:4 split at 1 %). It takes some minutes.
import { parseArgs } from 'node:util';
import { leakFindings, priceFindings } from '../dist/index.js';
import { bars, dateOf, drawsOf, FAULTS, QUIET, ROWS } from './simulated-series.mjs';

const { values } = parseArgs({
  options: { series: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const [count, seed] = [Number(values.series), Number(values.seed)];
const VOLATILITIES = [0.01, 0.02, 0.04];
let failed = false;

const findingsOf = (table) => [...priceFindings(table), ...leakFindings(table, 'Close')];

function tell(name, cells, isBad) {
  failed ||= isBad;
  console.log(
    `${name.padEnd(44)}${cells.map((cell) => cell.padStart(12)).join('')}${isBad ? '   FAILED' : ''}`,
  );
}

console.log(
  `false alarms: series with a finding out of 1,000 (${count} series of ${ROWS} rows each, seed ${seed})\n`,
);
for (const [name, make] of Object.entries(QUIET)) {
  const kinds = new Map();
  let alarms = 0;
  for (let i = 0; i < count; i++) {
    const found = findingsOf(make(drawsOf(seed * 1e6 + i)));
    if (found.length > 0) alarms += 1;
    for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const rate = (1000 * alarms) / count;
  tell(name, [rate.toFixed(1), [...kinds].map(([kind, times]) => `  ${kind} ${times}`).join(',')], rate > 15);
}

const walk = (volatility) => (draws) => {
  let log = Math.log(100);
  const Close = Array.from({ length: ROWS }, () => {
    log += volatility * draws.normal();
    return Number(Math.exp(log).toFixed(4));
  });
  return { columns: { Close }, dates: Close.map((_, day) => dateOf(day)) };
};

const each = Math.ceil(count / 5);
const heads = VOLATILITIES.flatMap((volatility) =>
  ['closes', 'bars'].map((what) => ({ volatility, text: `${what} ${100 * volatility} %` })),
);
console.log(`\nshare found, of ${each} series for each fault\n`);
tell(
  '',
  heads.map(({ text }) => text),
  false,
);
for (const [name, { kind, put, upTo = 0.02 }] of Object.entries(FAULTS)) {
  const shares = VOLATILITIES.flatMap((volatility) =>
    [walk(volatility), bars({ volatility })].map((make) => {
      let found = 0;
      for (let i = 0; i < each; i++) {
        const draws = drawsOf(seed * 1e6 + i);
        const { first, ...table } = put(make(draws), draws);
        const isRight = (one) => one.kind === kind && (first === undefined || one.line === first);
        if (findingsOf(table).some(isRight)) found += 1;
      }
      return found / each;
    }),
  );
  tell(
    name,
    shares.map((share) => `${(100 * share).toFixed(1)} %`),
    Math.min(...shares.filter((_, i) => heads[i].volatility <= upTo)) < 0.95,
  );
}
process.exitCode = failed ? 1 : 0;
