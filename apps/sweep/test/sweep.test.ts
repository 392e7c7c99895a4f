import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { seedOf } from '../src/commands';
import { importanceOf } from '../src/importance';
import { program } from '../src/program';
import { commandOf } from '../src/programs';
import { argumentsOf, readSearch } from '../src/ranges';
import { reportHtml } from '../src/report';
import { followLog } from '../src/run-trial';
import { checkFiles, type Plan, readPlan, readRecord, recorder } from '../src/study-files';
import { tableOf } from '../src/table';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-sweep-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const known = new Map([
  ['--units', true],
  ['--cell', true],
  ['--learning-rate', true],
  ['--init-from', true],
  ['--tied', false],
  ['--unit', true],
  ['--features', true],
  ['--json', false],
]);
const options = { known, lists: ['--features'], measured: ['--unit'] };

describe('the options of a search', () => {
  it('are choices, ranges and what is handed on', () => {
    const args =
      'poems.txt --units 64,128 --learning-rate=1e-4..1e-2:log --tied --cells gru,lstm --init-from ../old.safetensors';
    expect(readSearch(args.split(' '), options)).toEqual({
      space: {
        '--units': { kind: 'choice', values: [64, 128] },
        '--learning-rate': { kind: 'float', low: 1e-4, high: 1e-2, log: true },
        '--cell': { kind: 'choice', values: ['gru', 'lstm'] },
      },
      fixed: ['--init-from', '../old.safetensors', '--tied'],
      files: ['poems.txt'],
    });
    const sets = readSearch('--features Close,Volume --units 8 --units 16'.split(' '), options);
    expect(sets.fixed).toEqual(['--features', 'Close,Volume']);
    expect(sets.space).toEqual({ '--units': { kind: 'choice', values: [8, 16] } });
    const twice = readSearch('--features Close --features Close,Volume'.split(' '), options);
    expect(twice.space).toEqual({ '--features': { kind: 'choice', values: ['Close', 'Close,Volume'] } });
    const spaceOf = (value: string) => readSearch(['--units', value], options).space['--units'];
    expect(spaceOf('1..3')).toEqual({ kind: 'integer', low: 1, high: 3 });
    expect(spaceOf('16..64:16')).toEqual({ kind: 'integer', low: 16, high: 64, step: 16 });
    expect(spaceOf('0..1:0.25')).toEqual({ kind: 'float', low: 0, high: 1, step: 0.25 });
    expect(spaceOf('-.5..0.5')).toEqual({ kind: 'float', low: -0.5, high: 0.5 });
    expect(argumentsOf({ '--learning-rate': 0.00123456789, '--units': 64 })).toEqual([
      ...['--learning-rate', '0.0012346', '--units', '64'],
    ]);
  });
  it.each([
    ['--units 64', /at least one option with several values.*several values/],
    ['--depth 1,2', /an option of the program, got "--depth"/],
    ['--units 1,2 --json', /"--json".*the sweep sets this option/],
    ['--units 1,1', /different values/],
    ['--units 1,01', /--units: expected different values/],
    ['--units 1,,2', /different values/],
    ['--units 9..3', /high of "9\.\.3" at least 9/],
    ['--units 0..3:log', /low of "0\.\.3:log" of at least 1/],
    [
      '--unit byte,word --units 1,2',
      /--unit: expected one value, because losses with different values cannot be compared/,
    ],
    ['--units 1,2 --cell', /--cell: expected a value, got nothing/],
  ])('%s is refused', (line, message) => expect(() => readSearch(line.split(' '), options)).toThrow(message));
});

const plan: Plan = {
  ...{ format: 'unrolled-sweep-1', program: 'char-rnn', files: ["a poet's.txt"], fixed: ['--steps', '9'] },
  ...{ space: readSearch(['--units', '8,16', '--learning-rate', '0.1..1'], options).space, trials: 6 },
  ...{ sampler: 'random', samplerSeed: 0, pruner: 'none' },
};
const eventsOf = (number: number, units: number, value: number): StudyEvent[] => [
  { event: 'asked', number, parameters: { '--units': units, '--learning-rate': 0.5 } },
  { event: 'reported', number, step: 0, value: value + 1, pruned: false },
  { event: 'reported', number, step: 1, value, pruned: false },
  { event: 'told', number, state: 'complete', value },
];
const events = [0, 1, 2, 3].flatMap((number) => eventsOf(number, number % 2 ? 8 : 16, [3, 1, 4, 2][number]!));
events.push({ event: 'asked', number: 4, parameters: { '--units': 8, '--learning-rate': 0.9 } });
events.push({ event: 'told', number: 4, state: 'failed', reason: '<b>no memory</b>' });

describe('a study', () => {
  it('gives a choice that comes again the next seed, and the command that repeats it', () => {
    const parameters = { '--units': 8, '--learning-rate': 0.5 };
    expect([1, 3, 5].map((number) => seedOf(number, parameters, events))).toEqual([1, 2, 3]);
    const trial = { number: 3, parameters } as unknown as TrialRecord;
    expect(commandOf(plan, trial, events)).toBe(
      "char-rnn train 'a poet'\\''s.txt' --steps 9 --units 8 --learning-rate 0.5 --seed 2",
    );
  });
  it('says what mattered, and shows it on a page that treats no name as markup', () => {
    const page = reportHtml(plan, events);
    expect(page).toContain(
      'The best of 4 trials has a best validation loss of 1.0000 nats: --units 8 --learning-rate 0.5.',
    );
    expect(page).toContain('&lt;b&gt;no memory&lt;/b&gt;');
    expect(page).not.toContain('<b>');
    expect(page.match(/<polyline/g)!.length).toBeGreaterThanOrEqual(4);
    const trials = [1, 2, 3, 4].map((value): TrialRecord => {
      const parameters = { '--units': value < 3 ? 8 : 16, '--learning-rate': 0.5 };
      return { number: value, parameters, state: 'complete', reports: [], value };
    });
    expect(importanceOf(plan.space, trials)).toEqual([
      // 1 − (1 − η²) · (4 − 1) / (4 − 2), where η² is 0.8.
      ['--units', expect.closeTo(0.7, 12)],
      ['--learning-rate', 0],
    ]);
    expect(tableOf(trials, 2).split('\n').at(-1)).toBe('and 2 others');
  });
  it('continues after the last complete line of its record', () => {
    writeFileSync(path.join(place, 'study.jsonl'), `${JSON.stringify(events[0])}\n{"event":"rep`);
    expect(readRecord(place)).toEqual([events[0]]);
    recorder(place)(events[1]!);
    expect(readRecord(place)).toEqual([events[0], events[1]]);
    writeFileSync(path.join(place, 'study.json'), '{');
    expect(() => readPlan(place)).toThrow(/the plan of a study.*got "\{"/);
    const wrong = { program: 'other', files: 3, fixed: null, sampler: 'x', samplerSeed: 'a', pruner: 1 };
    for (const [name, value] of Object.entries({ ...wrong, space: null, trials: -1, trialSeconds: 'x' })) {
      writeFileSync(path.join(place, 'study.json'), JSON.stringify({ ...plan, [name]: value }));
      expect(() => readPlan(place)).toThrow(`got ${name}: `);
    }
    expect(() => readPlan(path.join(place, 'none'))).toThrow(/no study\.json/);
  });
  it('refuses files that are not there before a trial fails by them', () => {
    expect(() => checkFiles({ files: ['texts/*.txt', 'none.txt'] })).toThrow(
      /no "none\.txt" in ".+in which the study was started/,
    );
    checkFiles({ files: [path.join(place, 'study.json'), 'texts/*.txt'] });
  });
  it('reads the validations of a log that is being written', () => {
    const log = path.join(place, 'log.jsonl');
    const follow = followLog(log);
    expect(follow()).toEqual([]);
    writeFileSync(
      log,
      '{"step":1,"validationLoss":2}\n{"step":2}\n{"step":3,"validationLoss":null}\n{"validationLoss":1',
    );
    expect(follow()).toEqual([2, Number.NaN]);
    appendFileSync(log, '.5}\n');
    expect(follow()).toEqual([1.5]);
  });
});

/** Stands for hihello: its loss depends on the cell, and one cell is none. */
const TRAINER = `const cell = process.argv[process.argv.indexOf('--cell') + 1];
if (cell === 'none') { console.error('[unrolled/hihello] --cell: no such cell'); process.exit(1); }
console.log('words'); console.log(JSON.stringify({ losses: [9, cell === 'gru' ? 1 : 2] }));`;
const trainer = path.join(place, 'trainer.cjs');
vi.mock('../src/trainers', async (load) => ({
  ...(await load<object>()),
  commandLineOf: () => trainer,
  optionsOf: () => known,
}));

describe('the command line', () => {
  it('tries a grid in processes of their own, keeps why one failed, and makes no trial twice', async () => {
    writeFileSync(trainer, TRAINER);
    const study = path.join(place, 'grid');
    const sweep = (...args: string[]) => program().parseAsync(['node', 'sweep', ...args]);
    const line = ['--cells', 'rnn,gru,none', '--sampler', 'grid', '--workers', '1', '--study', study];
    const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await sweep('hihello', ...line);
      const told = readRecord(study).filter((event) => event.event === 'told');
      expect(told).toEqual([
        { event: 'told', number: 0, state: 'complete', value: 2 },
        { event: 'told', number: 1, state: 'complete', value: 1 },
        { event: 'told', number: 2, state: 'failed', reason: '[unrolled/hihello] --cell: no such cell' },
      ]);
      expect(print.mock.calls.join('')).toContain('repeat the best trial: hihello --cell gru --seed 1');
      expect(readFileSync(path.join(study, 'report.html'), 'utf8')).toContain('last training loss of 1.0000');
      const record = readFileSync(path.join(study, 'study.jsonl'), 'utf8');
      await sweep('resume', study);
      expect(readFileSync(path.join(study, 'study.jsonl'), 'utf8')).toBe(record);
      await expect(sweep('hihello', ...line)).rejects.toThrow(/a directory without a study/);
    } finally {
      print.mockRestore();
    }
  });
});

it('every command says what it does', () => {
  for (const command of program().commands) expect(command.description()).toMatch(/^[A-Z].+\.$/);
});
