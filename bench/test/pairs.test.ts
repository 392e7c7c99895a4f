import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchOf } from '../src/engines';
import { parsePairOptions } from '../src/pair-options';
import { measurePairs, type PairedRow, pairsOfProcess, pairTable, passes } from '../src/pairing';
import { APP_STARTS, StartUp } from '../src/start-up';

const row = (ratios: number[], threads?: number): PairedRow => ({ name: 'a', threads, base: ratios, ratios });
/** Their median is 0.96, and the interval's upper end is the largest. */
const around096 = (largest: number) => [0.9, 0.94, 0.95, 0.97, 0.98, largest];

describe('the pairs', () => {
  it("are the base's time over the other one's, and take turns at going first", async () => {
    const calls: string[] = [];
    const base = () => calls.push('base') * 0 + 3;
    const other = async () => calls.push('other') * 0 + 2;
    expect(await measurePairs(base, other, 3)).toEqual([1.5, 1.5, 1.5]);
    expect(calls).toEqual(['base', 'other', 'other', 'base', 'base', 'other']);
  });

  it('are shared among the processes', () => {
    const shares = (pairs: number, processes: number) =>
      Array.from({ length: processes }, (_, index) => pairsOfProcess({ pairs, processes }, index));
    expect(shares(40, 2)).toEqual([20, 20]);
    expect(shares(10, 3)).toEqual([3, 3, 4]);
    expect(shares(6, 6)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

describe('a row', () => {
  it('passes on one thread by its median', () => {
    expect(passes(row([0.9, 0.96, 0.97, 0.97, 0.98, 1], 1))).toBe(true);
    expect(passes(row(around096(1.2), 1))).toBe(false);
    expect(passes(row(around096(1.2)))).toBe(false);
  });

  it("passes on two threads by its interval's upper end", () => {
    expect(passes(row(around096(0.98), 2))).toBe(true);
    expect(passes(row([0.9, 0.91, 0.92, 0.93, 0.94, 0.96], 2))).toBe(false);
  });

  it('is a line of the table', () => {
    const lines = pairTable([{ ...row([0.9, 0.91, 0.92, 0.93, 0.94, 0.96], 2), base: around096(1) }]).split(
      '\n',
    );
    expect(lines[0]).toContain('at least 0.97');
    expect(lines[2]!.split('|').map((cell) => cell.trim())).toEqual([
      '',
      'a',
      '6',
      '0.960 (0.900 … 1.000)',
      '0.925 (0.900 … 0.960)',
      'SLOWER',
      '',
    ]);
  });
});

describe('the command line', () => {
  let place: string;
  beforeAll(() => {
    place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-pairs-'));
    mkdirSync(path.join(place, 'bench', 'dist'), { recursive: true });
    writeFileSync(path.join(place, 'bench', 'dist', 'child.js'), '');
  });
  afterAll(() => rmSync(place, { recursive: true }));

  it('takes 40 pairs of every row by default', () => {
    const options = parsePairOptions(['--base', path.basename(place)], path.dirname(place));
    if (options === 'help') throw new Error('unreachable');
    expect(options).toMatchObject({
      base: place,
      pairs: 40,
      processes: 2,
      threads: [1, 2],
      engine: 'unrolled-relaxed',
    });
    expect(options.workloads).toHaveLength(10);
    expect(options.starts).toEqual(APP_STARTS);
  });

  it('keeps the rows that are asked for', () => {
    const only = [
      '--only',
      'GRU-128,char-rnn sample',
      '--threads',
      '2',
      '--engine',
      'unrolled-native',
      '--pairs',
      '6',
    ];
    const options = parsePairOptions(['--base', place, ...only, '--processes', '9']);
    if (options === 'help') throw new Error('unreachable');
    expect(options.workloads.map(({ name }) => name)).toEqual(['GRU-128']);
    expect(options.starts.map(({ name }) => name)).toEqual(['char-rnn sample']);
    expect(options).toMatchObject({ threads: [2], engine: 'unrolled-native', pairs: 6, processes: 6 });
    expect(parsePairOptions(['--help'])).toBe('help');
  });

  it('refuses what it cannot measure', () => {
    const parse = (...args: string[]) => parsePairOptions(['--base', place, ...args]);
    expect(() => parsePairOptions([])).toThrow(
      /--base: expected the folder of a built checkout, got nothing/,
    );
    expect(() => parsePairOptions(['--base', os.tmpdir()])).toThrow(/has no bench\/dist\/child.js/);
    expect(() => parse('--pairs', '5')).toThrow(/at least 6/);
    expect(() => parse('--threads', '3')).toThrow(/some of 1, 2/);
    expect(() => parse('--engine', 'fast')).toThrow(/one of unrolled, unrolled-relaxed/);
    expect(() => parse('--only', 'char')).toThrow(/some of hihello/);
    expect(() => parse('--fast')).toThrow(/known options/);
  });

  it("starts another checkout's own engine", () => {
    const launch = launchOf({ engine: 'unrolled', threads: 2, checkout: place });
    expect(launch.args.slice(-3)).toEqual([path.join(place, 'bench', 'dist', 'child.js'), 'unrolled', '2']);
  });

  it('times a program to its end, after the command that it needs, and tells when it fails', () => {
    const cli = path.join(place, 'apps', 'hihello', 'dist', 'cli.js');
    mkdirSync(path.dirname(cli), { recursive: true });
    writeFileSync(
      cli,
      `const { existsSync, writeFileSync } = require('node:fs');
       if (process.argv[2] === 'before') writeFileSync('made', '');
       else if (!existsSync('made')) throw new Error('nothing was made');`,
    );
    const start = { name: 'a', app: 'hihello', args: () => ['now'] } as const;
    const ready = new StartUp({ ...start, before: () => ['before'] }, place);
    expect(ready.measure()).toBeGreaterThan(0);
    ready.dispose();
    const unready = new StartUp(start, place);
    expect(() => unready.measure()).toThrow(/hihello now: ended with code 1: [\s\S]*nothing was made/);
    unready.dispose();
  });
});
