// npm run size:forecast -- [--only rows|series] [--method hybrid|global]: generates large files, runs the
// built command line on them, and prints processor time, elapsed time and peak memory. Fails above the
// limits: 1.5 GB and two minutes for 200,000 rows of 30 columns, back-tested in 5 folds; 1 GB for 3,000
// series. The time limit is for processor time, because other programs delay a run but do not add to it.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: asked } = parseArgs({ options: { only: { type: 'string' }, method: { type: 'string' } } });
const cli = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli.js');
/** Writes a process's peak memory, in KiB, and its processor time, in µs, when it exits. */
const METER = `data:text/javascript,import{writeFileSync as w}from'node:fs';process.on('exit',()=>{const r=process.resourceUsage();w(process.env.METER,JSON.stringify([r.maxRSS,r.userCPUTime+r.systemCPUTime]))})`;
const GROUPS = { known: 12, past: 12, region: 3 };
const names = (group) => Array.from({ length: GROUPS[group] }, (_, at) => `${group}${at}`);

const CASES = [
  {
    name: 'rows',
    what: '200 series of 1,000 days, 30 columns, 5 folds',
    ...{ series: 200, length: 1000, most: { megabytes: 1500, seconds: 120 } },
    options: (method) => [
      ...['--horizon', '14', '--folds', '5'],
      ...(method === 'global'
        ? ['known', 'past'].flatMap((group) => [`--${group}`, names(group).join()])
        : []),
      ...(method === 'global' ? ['--static', names('region').join()] : []),
    ],
  },
  {
    name: 'series',
    what: '3,000 series of 100 days, 5 columns, 1 fold',
    ...{ series: 3000, length: 100, most: { megabytes: 1000, seconds: 300 }, isNarrow: true },
    options: (method) => [
      '--horizon',
      '14',
      '--folds',
      '1',
      ...(method === 'global' ? ['--known', 'known0'] : []),
    ],
  },
];

/** A long file: a weekly season, a level for each series, and columns, one of which affects the values. */
async function writeLong(file, { series, length, isNarrow }) {
  const columns = isNarrow ? ['known0', 'region0'] : Object.keys(GROUPS).flatMap(names);
  const stream = createWriteStream(file);
  stream.write(`shop,day,sold,${columns.join(',')}\n`);
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const days = Array.from({ length }, (_, at) =>
    new Date(Date.UTC(2020, 0, 1) + at * 86_400_000).toISOString().slice(0, 10),
  );
  for (let shop = 0; shop < series; shop++) {
    const lines = days.map((day, at) => {
      const cells = columns.map((column) =>
        column.startsWith('region') ? `r${(shop * 7) % 5}` : uniform().toFixed(3),
      );
      const sold =
        (shop + 20) * (1 + 0.3 * Math.sin((at * 2 * Math.PI) / 7) + 0.5 * Number(cells[0]) + 0.1 * uniform());
      return `s${shop},${day},${sold.toFixed(2)},${cells.join(',')}`;
    });
    if (!stream.write(`${lines.join('\n')}\n`)) await new Promise((resolve) => stream.once('drain', resolve));
  }
  stream.end();
  await finished(stream);
}

const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-forecast-size-'));
process.on('exit', () => rmSync(place, { recursive: true, force: true }));
let isWithin = true;
for (const one of CASES.filter(({ name }) => !asked.only || name === asked.only)) {
  const file = path.join(place, `${one.name}.csv`);
  await writeLong(file, one);
  for (const method of asked.method ? [asked.method] : ['hybrid', 'global']) {
    const meter = path.join(place, 'meter');
    const args = ['backtest', file, '--series', 'shop', '--date', 'day', '--target', 'sold'];
    const begun = performance.now();
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        METER,
        cli,
        ...args,
        ...one.options(method),
        '--output',
        path.join(place, one.name + method),
      ],
      { env: { ...process.env, METER: meter }, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
    const [kibibytes, microseconds] = JSON.parse(readFileSync(meter, 'utf8'));
    const [megabytes, seconds] = [kibibytes / 1024, microseconds / 1e6];
    const wall = (performance.now() - begun) / 1000;
    console.log(
      `${one.what}, ${method}: ${seconds.toFixed(0)} s of processor time, ${wall.toFixed(0)} s, ${megabytes.toFixed(0)} MB`,
    );
    isWithin &&= megabytes <= one.most.megabytes && seconds <= one.most.seconds;
  }
}
if (!isWithin) process.exitCode = 1;
