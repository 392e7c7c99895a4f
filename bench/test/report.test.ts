import { describe, expect, it } from 'vitest';
import { type EngineName, launchOf } from '../src/engines';
import { drawFrom } from '../src/engines/draw';
import type { Row } from '../src/measure';
import { parseOptions } from '../src/options';
import { resultsOf, summaryTable, workloadTable } from '../src/report';
import { formatTable, significant } from '../src/table';
import { flopsPerStep, WORKLOADS } from '../src/workloads';

const row = (engine: EngineName, threads: number, rounds: Row['rounds'], peakMegabytes = 100): Row => ({
  workload: 'char-128',
  engine,
  threads,
  rounds,
  peakMegabytes,
  description: engine,
  firstLoss: 4,
  leastLoss: 3,
});

const rows = [
  row('unrolled', 1, [20, 22, 24]),
  row('unrolled-relaxed', 1, [18, 18, 18]),
  row('unrolled-relaxed', 2, [10, 10, 20]),
  row('tfjs-layers-cpu', 1, [1000, undefined, undefined]),
  row('pytorch', 1, [50, 50, 50], 300),
  row('pytorch', 2, [20, 30, 40], 310),
];

describe('resultsOf', () => {
  it('compares every row with PyTorch at its best thread count, pair by pair', () => {
    const results = resultsOf(rows);
    expect(results[2]).toEqual({
      workload: 'char-128',
      engine: 'unrolled-relaxed',
      threads: 2,
      medianMilliseconds: 10,
      ratioToPyTorch: 2,
      peakMegabytes: 100,
    });
    expect(results.map(({ ratioToPyTorch }) => ratioToPyTorch)).toEqual([30 / 22, 30 / 18, 2, 0.02, 0.6, 1]);
    expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  });

  it('compares it with PyTorch with a raised malloc threshold if that is faster', () => {
    const raised = [...rows, row('pytorch-malloc', 2, [10, 15, 20], 320)];
    expect(resultsOf(raised)[2]!.ratioToPyTorch).toBe(1);
    expect(summaryTable(raised).split('\n')[2]).toContain('15.0');
  });

  it('has no ratio without PyTorch', () => {
    expect(resultsOf(rows.slice(0, 2)).every(({ ratioToPyTorch }) => ratioToPyTorch === null)).toBe(true);
  });
});

describe('the tables', () => {
  it('put ours at its best beside PyTorch at its best', () => {
    const line = summaryTable(rows).split('\n')[2]!;
    expect(line.split('|').map((cell) => cell.trim())).toEqual([
      '',
      'char-128',
      '30.0',
      '–',
      '–',
      '10.0',
      '2.00',
      '22.0',
      '1.36',
      '1.5',
      '1.7',
      '',
    ]);
  });

  it('say which part of the product a step reaches, and why an engine is missing', () => {
    const workload = WORKLOADS.find(({ name }) => name === 'char-128')!;
    const gigaflops = flopsPerStep(workload) / 10 / 1e6;
    const absence = {
      workload: 'char-128',
      engine: 'tensorflow',
      threads: 1,
      reason: 'not installed',
    } as const;
    const table = workloadTable(
      workload,
      rows,
      [absence],
      new Map([['unrolled-relaxed × 2', 2 * gigaflops]]),
      { instructionSet: 'avx512', oneThread: 2.5 * gigaflops, allThreads: 4 * gigaflops, threads: 2 },
    );
    expect(table.split('\n').find((line) => line.includes('unrolled-relaxed |       2'))).toMatch(
      /50\.0 % +\| +25\.0 %/,
    );
    expect(table).toContain('not run: tensorflow × 1: not installed');
    expect(table).toContain('2 × LSTM 128, dense 65, batch 50, 50 steps, 65 characters');
  });

  it('line up', () => {
    const table = formatTable(
      [{ title: 'name' }, { title: 'ms', right: true }],
      [
        ['a', '1.25'],
        ['long name', '10'],
      ],
    );
    expect(table).toBe(
      ['| name      |   ms |', '|-----------|-----:|', '| a         | 1.25 |', '| long name |   10 |'].join(
        '\n',
      ),
    );
    expect([1234.5, 12.345, 0.012345, 0, Number.NaN].map(significant)).toEqual([
      '1235',
      '12.3',
      '0.0123',
      '0',
      '–',
    ]);
  });
});

describe('the command line', () => {
  it('keeps the order of the table and refuses what it does not know', () => {
    const options = parseOptions(['--only', 'GRU-128,hihello', '--rounds', '3', '--json', 'out.json']);
    if (options === 'help') throw new Error('unreachable');
    expect(options.workloads.map(({ name }) => name)).toEqual(['hihello', 'GRU-128']);
    expect(options).toMatchObject({ rounds: 3, json: 'out.json' });
    expect(() => parseOptions(['--only', 'char'])).toThrow(
      /\[unrolled\/bench\] --only: expected some of hihello/,
    );
    expect(() => parseOptions(['--only', ''])).toThrow(/got none/);
    expect(() => parseOptions(['--rounds', '0'])).toThrow(/whole number/);
    expect(() => parseOptions(['--fast'])).toThrow(/known options/);
  });

  it('asks Node 20 for relaxed SIMD, and no later one', () => {
    const flag = '--experimental-wasm-relaxed-simd';
    const relaxed = { engine: 'unrolled-relaxed', threads: 2 } as const;
    expect(launchOf(relaxed, undefined, '20.20.2').args).toContain(flag);
    expect(launchOf(relaxed, undefined, '24.1.0').args).not.toContain(flag);
    expect(launchOf({ ...relaxed, engine: 'unrolled' }, undefined, '20.20.2').args).not.toContain(flag);
    expect(launchOf(relaxed, 'profiles', '24.1.0').args).toContain('--cpu-prof-dir=profiles');
  });

  it('holds PyTorch and the native kernels to an instruction set, and keeps its memory for PyTorch', () => {
    const environmentOf = (engine: EngineName) =>
      launchOf({ engine, threads: 1 }, undefined, '24.1.0', [], 'avx2').environment;
    expect(environmentOf('pytorch')).toMatchObject({
      ATEN_CPU_CAPABILITY: 'avx2',
      ONEDNN_MAX_CPU_ISA: 'AVX2',
    });
    expect(environmentOf('pytorch')).not.toHaveProperty('MALLOC_TRIM_THRESHOLD_');
    expect(environmentOf('pytorch-malloc')).toHaveProperty('MALLOC_TRIM_THRESHOLD_');
    expect(environmentOf('unrolled-native')).toMatchObject({ UNROLLED_NATIVE_INSTRUCTIONS: 'avx2' });
    const free = launchOf({ engine: 'unrolled-native', threads: 1 }, undefined, '24.1.0', []).environment;
    expect(free).toEqual({});
    const options = parseOptions(['--instructions', 'avx2']);
    expect(options).toMatchObject({ instructions: 'avx2' });
    expect(() => parseOptions(['--instructions', 'sse'])).toThrow(/--instructions: expected some of avx2/);
  });

  it("hands its own Node flags on to Node's processes, not to Python's", () => {
    const flags = ['--experimental-wasm-revectorize'];
    const argsOf = (engine: EngineName) => launchOf({ engine, threads: 1 }, undefined, '24.1.0', flags).args;
    expect(argsOf('unrolled')[0]).toBe(flags[0]);
    expect(argsOf('pytorch')).not.toContain(flags[0]);
  });
});

describe('drawFrom', () => {
  it('gives each index its share', () => {
    const shares = [0.25, 0.5, 0.25];
    expect([0, 0.24, 0.25, 0.74, 0.75, 0.999].map((uniform) => drawFrom(shares, uniform))).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    expect(drawFrom([0.5, 0.4999], 0.99999)).toBe(1);
  });
});
