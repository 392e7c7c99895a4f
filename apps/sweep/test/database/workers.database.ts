/** The command line over a database in a directory, with a program that stands for char-rnn. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  beginStudy,
  openSweepDatabase,
  readCheckpoint,
  readStudy,
  type StoredStudy,
  type WorkerTrial,
} from '@unrolled/sweeps/database';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkHere, runOnWorker } from '../../src/database/run-on-worker';
import { program } from '../../src/program';
import { type Plan, readPlan, readTrials } from '../../src/study-files';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-workers-'));
const home = process.cwd();
// Beside the sources, so that it finds the packages that they do.
const objective = path.join(import.meta.dirname, `.objective-${process.pid}.mjs`);
vi.mock('../../src/objective-program', () => ({ objectiveProgram: () => objective }));
beforeAll(async () => {
  process.chdir(place);
  await build({
    entryPoints: [path.join(import.meta.dirname, '../../src/objective.ts')],
    outfile: objective,
    ...{ bundle: true, format: 'esm', platform: 'node', external: ['jiti'], logLevel: 'error' },
    conditions: ['@unrolled/source'],
  });
});
afterAll(() => {
  rmSync(objective, { force: true });
  process.chdir(home);
  rmSync(place, { recursive: true, force: true });
});

/** Ten steps, each a checkpoint that holds all steps so far; `last.safetensors` is resumed from. */
const TRAINER = `
const fs = require('node:fs'), path = require('node:path');
const of = (name) => process.argv[process.argv.indexOf(name) + 1];
const has = (name) => process.argv.includes(name);
if (process.env.PGPASSWORD) throw new Error('it sees the password');
if (has('--cell') && of('--cell') === 'large') globalThis.held = Buffer.alloc(400e6, 1);
const run = has('--resume') ? of('--resume') : has('--run-directory') ? of('--run-directory') : undefined;
if (!run) { console.log(JSON.stringify({ losses: [of('--cell') === 'gru' ? 1 : 2] })); process.exit(0); }
fs.mkdirSync(run, { recursive: true });
const last = path.join(run, 'last.safetensors');
let text = fs.existsSync(last) ? fs.readFileSync(last, 'utf8') : '';
let stopped = false;
process.on('SIGTERM', () => { stopped = true; });
(async () => {
  while (text.length < 10 && !stopped) {
    text += 'abcdefghij'[text.length];
    fs.writeFileSync(path.join(run, 'next'), text);
    fs.renameSync(path.join(run, 'next'), last);
    fs.appendFileSync(path.join(run, 'log.jsonl'), JSON.stringify({ step: text.length, validationLoss: 1 / text.length }) + '\\n');
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  console.log(JSON.stringify({ validationLoss: 1 / text.length }));
})();`;
const trainer = path.join(place, 'trainer.cjs');
writeFileSync(trainer, TRAINER);
const known = new Map([
  ['--cell', true],
  ['--seed', true],
]);
vi.mock('../../src/trainers', async (load) => ({
  ...(await load<object>()),
  commandLineOf: () => trainer,
  optionsOf: () => known,
}));

const sweep = (...args: string[]) => program().parseAsync(['node', 'sweep', ...args]);
const plan: Plan = {
  ...{
    format: 'unrolled-sweep-1',
    program: 'char-rnn',
    files: [],
    fixed: [],
    samplerSeed: 0,
    pruner: 'none',
  },
  ...{ space: { '--cell': { kind: 'choice', values: ['gru', 'large'] } }, sampler: 'grid', trials: 2 },
};

describe('a sweep over a database', () => {
  it('starts, reports its state, writes its page and takes more trials', async () => {
    const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      await sweep(
        'hihello',
        '--cells',
        'rnn,gru',
        '--sampler',
        'random',
        '--trials',
        '2',
        '--workers',
        '2',
        '--database',
        'db',
      );
      await sweep('resume', 'hihello-1', '--trials', '3', '--workers', '1', '--database', 'db');
      await sweep('status', 'hihello-1', '--database', 'db', '--watch');
      await sweep('status', '--database', 'db');
      await sweep('report', 'hihello-1', '--tensorboard', '--json', '--database', 'db');
      const words = print.mock.calls.join('');
      expect(words).toContain('hihello-1 in db: up to 2 trials of hihello');
      expect(words).toContain('hihello-1: 3 of 3 trials of hihello have ended');
      expect(words).toContain('hihello-1: 3 trials, open');
      expect(readFileSync('hihello-1.html', 'utf8')).toContain('of 3 trials has a last training loss');
      expect(readFileSync('hihello-1.csv', 'utf8').split('\n')[0]).toBe(
        'trial,state,value,cell,reports,reason,command',
      );
      expect(existsSync('hihello-1-tensorboard/trial-2/events.out.tfevents.sweep')).toBe(true);
      expect(JSON.parse(words.trim().split('\n').at(-1)!)).toMatchObject({
        study: 'hihello-1',
        trials: { length: 3 },
      });
      await expect(sweep('worker', '--database', 'db')).rejects.toThrow(/a process that serves the database/);
      await expect(sweep('status', 'none', '--database', 'db')).rejects.toThrow(
        /the name of a study in db, got "none": list the studies: sweep status --database/,
      );
    } finally {
      print.mockRestore();
    }
  }, 180_000);

  it('moves a trial with its checkpoint, and ends with the same bytes; memory has its limit', async () => {
    const database = await openSweepDatabase({ address: 'db' });
    try {
      await beginStudy(database, 'moved', { space: plan.space, trials: 2 });
      const study = (await readStudy(database, 'moved')) as StoredStudy;
      let saved: Readonly<Record<string, Uint8Array>> | undefined;
      const run = (signal: AbortSignal, cell = 'gru', megabytes?: number) => {
        const reported: number[] = [];
        const trial: WorkerTrial = {
          ...{ number: 0, parameters: { '--cell': cell }, attempt: 1, study, signal },
          report: async (step) => reported.push(step) > 0,
          loadCheckpoint: async () => saved,
          saveCheckpoint: async (files) => {
            saved = files;
          },
        };
        const value = runOnWorker(database, { plan, hashes: {} }, trial, { threads: 1, megabytes });
        return value.then((worth) => ({ worth, reported, last: String(saved?.['last.safetensors']) }));
      };
      const whole = await run(new AbortController().signal);
      expect(whole).toEqual({ worth: 0.1, reported: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], last: 'abcdefghij' });
      saved = undefined;
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 900);
      const cut = await run(controller.signal);
      expect(cut.last.length).toBeGreaterThan(0);
      expect(cut.last.length).toBeLessThan(10);
      const rest = await run(new AbortController().signal);
      expect(rest).toEqual(whole);
      saved = undefined;
      await expect(run(new AbortController().signal, 'large', 200)).rejects.toThrow(
        /used more than 200 MB of memory/,
      );
    } finally {
      await database.close();
    }
  });

  it("moves an objective's files as they were at its last report, with folders", async () => {
    vi.stubEnv('PGPASSWORD', 'hidden');
    writeFileSync(
      'moves.mjs',
      `import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
      export const space = { cell: { kind: 'choice', values: ['gru', 'large'] } };
      export async function objective({ parameters, report, directory }) {
        if (process.env.PGPASSWORD) throw new Error('it sees the password');
        if (parameters.cell === 'large') globalThis.held = Buffer.alloc(400e6, 1);
        const file = directory + '/run/steps';
        mkdirSync(directory + '/run', { recursive: true });
        let steps = existsSync(file) ? readFileSync(file, 'utf8') : '';
        while (steps.length < 8) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          if (!report(steps.length + 1, 1 / (steps.length + 1))) break;
          steps += 'abcdefgh'[steps.length];
          writeFileSync(file, steps);
        }
        return steps.length;
      }`,
    );
    const database = await openSweepDatabase({ address: 'db' });
    try {
      await beginStudy(database, 'files', { space: plan.space, trials: 2 });
      const study = (await readStudy(database, 'files')) as StoredStudy;
      let saved: Readonly<Record<string, Uint8Array>> | undefined;
      const run = (signal: AbortSignal, cell = 'gru', megabytes?: number) => {
        const trial: WorkerTrial = {
          ...{ number: 0, parameters: { cell }, attempt: 1, study, signal },
          report: async () => true,
          loadCheckpoint: async () => saved,
          saveCheckpoint: async (files) => {
            saved = files;
          },
        };
        const own = { ...plan, program: 'run', files: ['moves.mjs'] };
        return runOnWorker(database, { plan: own, hashes: {} }, trial, { threads: 1, megabytes });
      };
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1800);
      await run(controller.signal);
      const cut = String(saved?.['run/steps']);
      expect('abcdefgh'.startsWith(cut) && cut !== '' && cut !== 'abcdefgh').toBe(true);
      expect(await run(new AbortController().signal)).toBe(8);
      expect(String(saved?.['run/steps'])).toBe('abcdefgh');
      await expect(run(new AbortController().signal, 'large', 200)).rejects.toThrow(
        /used more than 200 MB of memory/,
      );
      writeFileSync(
        'members.mjs',
        `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
        export const space = { rate: { kind: 'float', low: 0.01, high: 1, log: true } };
        export function objective({ parameters: { rate }, directory, from }) {
          const before = from ? JSON.parse(readFileSync(from + '/checkpoint.json')) : [];
          writeFileSync(directory + '/checkpoint.json', JSON.stringify([...before, rate]));
          return [...before, rate].reduce((sum, one) => sum + Math.abs(Math.log(one / 0.2)), 0);
        }`,
      );
      const rounds = ['run', 'members.mjs', '--population', '3', '--rounds', '2'];
      await sweep(...rounds, '--study', 'here');
      await sweep(...rounds, '--study', 'there', '--database', 'db');
      const { records } = await readStudy(database, 'there');
      expect(records).toEqual(readTrials('here', readPlan('here')));
      expect(await readCheckpoint(database, 'there', 5)).toEqual({
        'checkpoint.json': readFileSync('here/trials/0005/files/checkpoint.json'),
      });
      await sweep('replay', 'there', '--database', 'db', '--study', 'again');
      expect(readTrials('again', readPlan('again'))).toEqual(records);
      expect(process.exitCode ?? 0).toBe(0);
      await expect(sweep('run', 'moves.mjs', '--shard', '1/2', '--database', 'db')).rejects.toThrow(
        /--shard.*no --database/,
      );
    } finally {
      vi.unstubAllEnvs();
      await database.close();
    }
  }, 180_000);

  it('refuses missing or different files', () => {
    expect(() => checkHere({ plan, hashes: { 'none.txt': 'x' } })).toThrow(
      /as when the study was started.*no such file/,
    );
    expect(() => checkHere({ plan, hashes: { 'trainer.cjs': 'x' } })).toThrow(
      /got a file with another content/,
    );
    expect(() => checkHere({ plan, hashes: {}, version: '0.0.1' })).toThrow(
      /expected version 0\.0\.1 of char-rnn, which started the study, got 0\.0\.0: install the same/,
    );
    expect(existsSync(trainer)).toBe(true);
  });
});
