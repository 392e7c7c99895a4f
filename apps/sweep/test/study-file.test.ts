import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { program } from '../src/program';
import { parseShard } from '../src/shards';
import { readRecord } from '../src/study-files';

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-study-'));
// Beside the sources, so that it finds the packages that they do.
const objective = path.join(import.meta.dirname, `.objective-${process.pid}.mjs`);
vi.mock('../src/objective-program', () => ({ objectiveProgram: () => objective }));

beforeAll(() =>
  build({
    entryPoints: [path.join(import.meta.dirname, '../src/objective.ts')],
    outfile: objective,
    ...{ bundle: true, format: 'esm', platform: 'node', external: ['jiti'], logLevel: 'error' },
    conditions: ['@unrolled/source'],
  }),
);
afterAll(() => {
  rmSync(place, { recursive: true, force: true });
  rmSync(objective, { force: true });
});

const file = (name: string, text: string) => {
  const made = path.join(place, name);
  writeFileSync(made, text);
  return made;
};

/** Runs the command line; gives what it printed, or the last line of it as the object of `--json`. */
async function sweep(...args: string[]): Promise<string> {
  const print = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const words = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await program().parseAsync(['node', 'sweep', ...args]);
    return print.mock.calls.join('');
  } finally {
    print.mockRestore();
    words.mockRestore();
  }
}

const told = (study: string) =>
  readRecord(study).flatMap((event) => (event.event === 'told' ? [event.reason ?? event.value] : []));

describe('a study as a file', () => {
  it('continues after objectives that throw, hang, exit, flood the output or give no number, and says why in one line', async () => {
    const study = path.join(place, 'bad');
    const source = file(
      'bad.mjs',
      `const ways = {
        good: () => 1,
        throws: () => { throw new Error('no data\\nat all'); },
        throwsText: async () => { throw 'a text'; },
        notANumber: () => NaN,
        nothing: () => {},
        text: () => 'low',
        hangs: () => { for (;;); },
        waits: () => new Promise(() => setInterval(() => {}, 1000)),
        goodAgain: () => 1,
        forgets: () => new Promise(() => {}),
        exits: () => process.exit(3),
        exitsWell: () => process.exit(0),
        kills: () => process.kill(process.pid, 'SIGKILL'),
        rejectsBehind: () => { Promise.reject(new Error('behind its back')); return new Promise((done) => setTimeout(done, 50, 1)); },
        repeats: ({ report }) => { report(2, 1); report(2, 1); return 1; },
        writesNonsense: async () => { (await import('node:fs')).writeSync(3, 'no json\\n{"step":\\n'); return 2; },
        floods: () => { const line = 'x'.repeat(999) + '\\n'; for (let i = 0; i < 3000; i++) process.stdout.write(line); return 3; },
      };
      export const space = { way: { kind: 'choice', values: Object.keys(ways) } };
      export const sampler = 'grid';
      export const trialMinutes = 0.04;
      export const objective = (trial) => ways[trial.parameters.way](trial);`,
    );
    await sweep('run', source, '--study', study, '--workers', '3');
    const outcomes = Object.fromEntries(
      readRecord(study).flatMap((event) =>
        event.event === 'told' ? [[event.number, event.reason ?? event.value]] : [],
      ),
    );
    expect(Object.values(outcomes)).toEqual([
      1,
      'no data',
      'a text',
      'its objective gave NaN, no finite number',
      'its objective returned undefined, which is not a number',
      'its objective returned "low", which is not a number',
      ...['the trial took more than 2.4 s', 'the trial took more than 2.4 s', 1],
      'its objective never settles: nothing is pending',
      ...['it exited with code 3, without a value', 'it exited with code 0, without a value'],
      'a signal ended it, SIGKILL, without a value',
      'behind its back',
      expect.stringContaining('expected a step above 2, got 2'),
      2,
      3,
    ]);
    const flooded = path.join(study, 'trials', '0016', 'output.txt');
    expect(statSync(flooded).size).toBe(1 << 20);
    expect(readFileSync(path.join(study, 'report.html'), 'utf8')).toContain('its objective never settles');
  });

  it('reports, is pruned, keeps files for its trials, maximizes, and goes on for more trials', async () => {
    const study = path.join(place, 'typed');
    const source = file(
      'typed.ts',
      `import { existsSync, writeFileSync } from 'node:fs';
      interface Trial { number: number; parameters: { x: number }; directory: string; signal: AbortSignal; report(step: number, value: number): boolean }
      export const space = { x: { kind: 'integer', low: 1, high: 3 } } as const;
      export const direction = 'maximize';
      export const sampler = { name: 'grid' };
      export const pruner = { name: 'halving', minimumSteps: 1, reductionFactor: 2 };
      export async function objective({ parameters, number, directory, signal, report }: Trial): Promise<number> {
        const from: string = directory + '/seen';
        const again = existsSync(from);
        writeFileSync(from, 'x');
        const goesOn = report(1, number === 1 ? 0 : parameters.x);
        return goesOn === !signal.aborted ? parameters.x + (again ? 10 : 0) : Number.NaN;
      }`,
    );
    await sweep('run', source, '--study', study, '--workers', '1', '--trials', '2');
    expect(told(study)).toEqual([1, 0]);
    expect(readRecord(study).at(-1)).toMatchObject({ state: 'pruned' });
    const words = await sweep('resume', study, '--workers', '1', '--trials', '3');
    expect(told(study)).toEqual([1, 0, 2]); // a grid is shuffled where there is a pruner
    expect(words).toContain(`repeat the best trial: sweep once ${source} --number 2 --parameters '{"x":2}'`);
    expect(await sweep('status', study, '--watch')).toMatch(/trial +value\n +2 +2\.0000/);
    expect(existsSync(path.join(study, 'trials', '0002', 'files', 'seen'))).toBe(true);
    expect(await sweep('once', source, '--number', '2', '--parameters', '{"x":2}')).toBe('step 1: 2\n2\n');
    file('typed.ts', readFileSync(source, 'utf8').replace('high: 3', 'high: 4'));
    await expect(sweep('resume', study)).rejects.toThrow(
      /the space and the direction in .*typed\.ts.*got others/,
    );
  });

  it('is the same in shards as in one process, and made again by its record', async () => {
    const source = file(
      'walk.mjs',
      `export const space = { x: { kind: 'float', low: -1, high: 1 }, way: { kind: 'choice', values: ['a', 'b'] } };
      export const trials = 5;
      export const pruner = { name: 'halving', minimumSteps: 1, reductionFactor: 2 };
      export const objective = ({ parameters: { x }, number, report }) => {
        if (number === 1) throw new Error('not today');
        return report(1, x) && report(2, x ** 2) ? Math.sin(x + number) : 0;
      };`,
    );
    const whole = path.join(place, 'whole');
    await sweep('run', source, '--sampler', 'random', '--pruner', 'none', '--study', whole);
    const trialsOf = async (study: string) =>
      JSON.parse((await sweep('status', study, '--json')).trim().split('\n').at(-1)!).trials;
    const trials = await trialsOf(whole);
    expect(trials.map(({ state }: { state: string }) => state)).toEqual([
      ...['complete', 'failed', 'complete', 'complete', 'complete'],
    ]);
    await sweep('report', whole, '--tensorboard');
    expect(readFileSync(path.join(whole, 'trials.csv'), 'utf8').split('\n').slice(0, 3)).toEqual([
      'trial,state,value,x,way,reports,reason,command',
      expect.stringMatching(/^0,complete,.+,2,,"sweep once .+walk\.mjs --number 0 --parameters/),
      expect.stringMatching(/^1,failed,,.+,0,not today,/),
    ]);
    const events = readFileSync(path.join(whole, 'tensorboard', 'trial-0', 'events.out.tfevents.sweep'));
    expect(events.includes('_hparams_/session_end_info')).toBe(true);
    const shared = path.join(place, 'shared');
    const shard = (part: string, ...more: string[]) =>
      sweep('run', source, '--pruner', 'none', '--study', shared, '--shard', part, ...more);
    await shard('2/2');
    expect(await sweep('status', shared)).toContain('2 of 5 trials of walk.mjs have ended');
    await shard('1/2');
    expect(await trialsOf(shared)).toEqual(trials);
    const record = readFileSync(path.join(shared, 'shards', '1-of-2', 'study.jsonl'), 'utf8');
    await shard('1/2');
    expect(readFileSync(path.join(shared, 'shards', '1-of-2', 'study.jsonl'), 'utf8')).toBe(record);
    await expect(shard('1/3')).rejects.toThrow(/the same study for every shard, got a different study/);
    for (const part of ['0/2', '3/2', 'a/2', '1'])
      expect(() => parseShard(part)).toThrow(/from 1\/4 to 4\/4/);
    await expect(shard('1/2', '--sampler', 'tpe')).rejects.toThrow(/random, sobol or grid for shards/);
    await expect(sweep('resume', shared)).rejects.toThrow(
      /a study that is not divided into shards, got one of 2 shards/,
    );
    await expect(sweep('run', source, '--shard', '1/2')).rejects.toThrow(
      /--study with a folder that all shards can access/,
    );

    const pruned = path.join(place, 'pruned');
    await sweep('run', source, '--study', pruned, '--workers', '1');
    expect((await trialsOf(pruned)).some(({ state }: { state: string }) => state === 'pruned')).toBe(true);
    const words = await sweep('replay', pruned, '--study', path.join(place, 'again'));
    expect(words).toContain('5 of 5 trials gave the same result, to the last bit');
    file('walk.mjs', readFileSync(source, 'utf8').replace('Math.sin', 'Math.cos'));
    expect(await sweep('replay', pruned, '--study', path.join(place, 'other'))).toMatch(
      /trial 0: .+ before, .+ now/,
    );
    process.exitCode = 0;
  });

  it('trains a population by checkpoints, to the same bytes twice', async () => {
    const source = file(
      'population.mjs',
      `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
      export const space = { rate: { kind: 'float', low: 0.01, high: 1, log: true } };
      export function objective({ parameters: { rate }, directory, from }) {
        const before = from ? JSON.parse(readFileSync(from + '/checkpoint.json')) : [];
        writeFileSync(directory + '/checkpoint.json', JSON.stringify([...before, rate]));
        return [...before, rate].reduce((sum, one) => sum + Math.abs(Math.log(one / 0.2)), 0);
      }`,
    );
    const checkpoints = async (name: string, workers: string) => {
      const study = path.join(place, name);
      await sweep(
        'run',
        source,
        '--population',
        '3',
        '--rounds',
        '2',
        '--workers',
        workers,
        '--study',
        study,
      );
      return [3, 4, 5].map((number) =>
        readFileSync(path.join(study, 'trials', `000${number}`, 'files', 'checkpoint.json'), 'utf8'),
      );
    };
    const first = await checkpoints('first', '1');
    expect(await checkpoints('second', '3')).toEqual(first);
    const lines = first.map((text) => JSON.parse(text) as number[]);
    // One of the three went on from the best, with another rate.
    expect(new Set(lines.map(([rate]) => rate)).size).toBe(2);
    expect(lines.filter(([before, after]) => before !== after).length).toBe(1);
    await expect(sweep('run', source, '--population', '3', '--trials', '4')).rejects.toThrow(
      /--population without --trials/,
    );
  });

  it('is JSON that names a function too, and every mistake in it is refused in a line', async () => {
    file('square.mjs', 'export default ({ parameters }) => parameters.x ** 2;');
    const space = { x: { kind: 'float', low: -1, high: 1, step: 0.5 } };
    const study = (name: string, more: object) =>
      file(name, JSON.stringify({ space, objective: './square.mjs', sampler: 'grid', ...more }));
    const whole = path.join(place, 'json');
    await sweep('run', study('whole.json', {}), '--study', whole);
    expect(told(whole).sort()).toEqual([0, 0.25, 0.25, 1, 1]);
    const empty = path.join(place, 'none');
    const cases: [object, RegExp][] = [
      [{ space: {} }, /a space with a dimension/],
      [{ space: { x: { kind: 'float', low: 2, high: 1 } } }, /at least 2/],
      [
        { space: { x: space.x, y: { kind: 'choice', values: [1], when: { x: 7 } } } },
        /"y" to apply with some value/,
      ],
      [{ trials: 0 }, /got trials: 0: start another search/],
      [{ sampler: 'luck' }, /sampler: expected one of tpe, random, sobol, grid, population, got "luck"/],
      [{ pruner: { name: 'halving', minimumSteps: 0 } }, /minimumSteps to be a positive integer/],
      [{ objective: './none.mjs' }, /none\.mjs/],
      [{ budget: 3 }, /"budget", which is none of space/],
    ];
    for (const [more, message] of cases)
      await expect(
        sweep('run', study('case.json', more), '--study', empty),
        JSON.stringify(more),
      ).rejects.toThrow(message);
    await expect(sweep('run', file('broken.json', '{'))).rejects.toThrow(/broken\.json: expected a study/);
    await expect(sweep('run', file('exits.mjs', 'process.exit(7)'))).rejects.toThrow(/exit code 7/);
    await expect(sweep('run', path.join(place, 'no.mjs'))).rejects.toThrow(/the file of a study, got no/);
    await expect(sweep('once', path.join(place, 'whole.json'), '--parameters', '{"x":9}')).rejects.toThrow(
      /parameters of the space/,
    );
    expect(existsSync(empty)).toBe(false);
  });
});
