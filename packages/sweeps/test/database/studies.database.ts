/** Studies in a database: on PGlite, and on a server of its own where Debian's PostgreSQL is installed. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  beginStudy,
  openSweepDatabase,
  readCheckpoint,
  readStudy,
  runWorker,
  type SweepDatabase,
  serveQueue,
  stopStudy,
  watchStudy,
} from '../../src/database';
import { inside } from '../../src/database/sweep-database';
import {
  float,
  medianPruner,
  type Pruner,
  populationSampler,
  randomSampler,
  runStudy,
  tpeSampler,
} from '../../src/index';
import { databases } from './databases';

const space = { x: float(-1, 1), rate: float(1e-3, 1, { log: true }) };
const sampler = randomSampler({ seed: 3 });
const objective = ({ parameters: { x, rate } }: { parameters: { x: number; rate: number } }) => x * x + rate;

describe.each(databases())('studies on $name', ({ begin }) => {
  let database: SweepDatabase;
  let end: () => Promise<void>;
  let address: string;
  beforeAll(async () => {
    ({ address, end } = await begin());
    database = await openSweepDatabase({ address });
  });
  afterAll(async () => {
    await database?.close();
    await end?.();
  });

  it('make what one process makes, with three workers and one that joins', async () => {
    const alone = await runStudy(objective, { space, sampler, trials: 40 });
    await beginStudy(database, 'same', { space, sampler, trials: 40 });
    const ended: number[] = [];
    const onTrial = ({ number }: { number: number }) => void ended.push(number);
    await Promise.all([
      runWorker(database, 'same', objective, { space, sampler, concurrency: 3, onTrial }),
      watchStudy(database, 'same'),
    ]);
    const { records, events } = await readStudy(database, 'same');
    expect(records).toEqual(alone.trials);
    expect(ended.sort((a, b) => a - b)).toEqual(records.map(({ number }) => number));
    expect(events.filter(({ event }) => event === 'told')).toHaveLength(40);
    // A second call adds nothing; more trials are the missing ones alone.
    await beginStudy(database, 'same', { space, sampler, trials: 40 });
    await beginStudy(database, 'same', { space, sampler, trials: 42 });
    await runWorker(database, 'same', objective, { space, sampler });
    expect((await readStudy(database, 'same')).records).toHaveLength(42);
  });

  it('go on with what a sampler and a pruner of another process decided', async () => {
    const methods = { space, sampler: tpeSampler({ seed: 1 }), pruner: medianPruner({ startupTrials: 2 }) };
    const reporting = async (trial: Parameters<Parameters<typeof runWorker<typeof space>>[2]>[0]) => {
      for (let step = 0; step < 4; step++)
        if (!(await trial.report(step, objective(trial) + 1 / (step + 1)))) return Number.NaN;
      return objective(trial);
    };
    await beginStudy(database, 'tpe', { ...methods, trials: 30 });
    await runWorker(database, 'tpe', reporting, methods);
    const study = await readStudy(database, 'tpe');
    const alone = await runStudy(
      ({ report, ...trial }) => {
        for (let step = 0; step < 4; step++)
          if (!report(step, objective(trial) + 1 / (step + 1))) return Number.NaN;
        return objective(trial);
      },
      { ...methods, trials: 30 },
    );
    expect(study.records).toEqual(alone.trials);
    expect(study.records.some(({ state }) => state === 'pruned')).toBe(true);
  });

  it('train a population in rounds: checkpoints of the round before are there, and older ones are not', async () => {
    const methods = {
      space: { rate: float(0.01, 1, { log: true }) },
      sampler: populationSampler({ members: 3 }),
    };
    const worthOf = (rates: readonly number[]) =>
      rates.reduce((sum, rate) => sum + Math.abs(Math.log(rate / 0.2)), 0);
    const kept = new Map<number, readonly number[]>();
    const alone = await runStudy(
      ({ number, from, parameters: { rate } }) => {
        kept.set(number, [...(from === undefined ? [] : kept.get(from)!), rate]);
        return worthOf(kept.get(number)!);
      },
      { ...methods, trials: 12 },
    );
    await beginStudy(database, 'members', { ...methods, trials: 12 });
    const run = (concurrency: number) =>
      runWorker(
        database,
        'members',
        async ({ from, parameters: { rate }, loadCheckpoint, saveCheckpoint }) => {
          const before = from === undefined ? '[]' : String((await loadCheckpoint(from))!.rates);
          const rates = [...JSON.parse(before), rate];
          await saveCheckpoint({ rates: Buffer.from(JSON.stringify(rates)) });
          return worthOf(rates);
        },
        { ...methods, concurrency },
      );
    await Promise.all([run(2), run(1)]);
    const { records } = await readStudy(database, 'members');
    expect(records).toEqual(alone.trials);
    const { best } = alone;
    for (const { number } of records) {
      const files = await readCheckpoint(database, 'members', number);
      const stays = number >= 9 || number === best!.number;
      expect(files && JSON.parse(String(files.rates))).toEqual(stays ? kept.get(number) : undefined);
    }
  });

  it('give a stopped trial to another worker with its checkpoint, and count its reports once', async () => {
    await beginStudy(database, 'stop', { space, sampler, trials: 1, keep: 'all' });
    const controller = new AbortController();
    const run = (stopAt: number) =>
      runWorker(
        database,
        'stop',
        async ({ report, loadCheckpoint, saveCheckpoint, signal, attempt }) => {
          let sum = Number(Buffer.from((await loadCheckpoint())?.sum ?? []).toString() || 0);
          expect(sum).toBe(attempt === 1 ? 0 : 3);
          for (let step = 0; step < 6; step++) {
            if (step >= sum) await saveCheckpoint({ sum: Buffer.from(String(++sum)) });
            if (step === stopAt) controller.abort();
            if (signal.aborted) return Number.NaN;
            await report(step, step);
          }
          return sum;
        },
        { space, sampler, ...(stopAt < 6 ? { signal: controller.signal } : {}) },
      );
    await run(2);
    expect((await readStudy(database, 'stop')).records[0]!.state).toBe('running');
    await run(9);
    const [trial] = (await readStudy(database, 'stop')).records;
    expect(trial).toMatchObject({ state: 'complete', value: 6 });
    expect(trial!.reports.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('ignore reports of a worker whose trial was reassigned', async () => {
    await beginStudy(database, 'away', { space, sampler, trials: 1 });
    const { boss } = inside('test', database);
    let second = false;
    const ends = await Promise.allSettled([
      runWorker(
        database,
        'away',
        async ({ report, saveCheckpoint, attempt }) => {
          if (attempt > 1) {
            second = true;
            return 2;
          }
          // As the monitor does it with a job whose worker was not heard from.
          const [job] = await boss.findJobs('away');
          await boss.fail('away', job!.id);
          while (!second) await new Promise((resolve) => setTimeout(resolve, 20));
          await saveCheckpoint({ a: Buffer.from('x') });
          expect(await report(0, 1)).toBe(false);
          return 1;
        },
        { space, sampler, concurrency: 2 },
      ),
    ]);
    expect(ends[0]).toMatchObject({ status: 'fulfilled' });
    const { records, events } = await readStudy(database, 'away');
    expect(records).toMatchObject([{ state: 'complete', value: 2, reports: [] }]);
    expect(events).toHaveLength(2);
  });

  it('count a trial as failed that throws, gives NaN, or takes too long, and stop where nothing works', async () => {
    await beginStudy(database, 'bad', { space, sampler, trials: 30 });
    const hang = new Promise<number>(() => {});
    await runWorker(
      database,
      'bad',
      ({ number, report }) => {
        if (number === 0) throw new Error('no luck\nwith a stack');
        if (number === 3)
          return report(2, 1)
            .then(() => report(2, 1))
            .then(() => 1);
        return number === 1 ? hang : Number.NaN;
      },
      { space, sampler, seconds: 0.5 },
    );
    const { records, state, reason } = await readStudy(database, 'bad');
    expect(records.slice(0, 4).map((one) => one.reason)).toEqual([
      'no luck',
      'it took more than 0.5 s',
      'its objective gave NaN, no finite number',
      '[unrolled/sweeps] report: expected a step above 2, got 2: report each step once, in order',
    ]);
    expect([records.length, state, reason]).toEqual([10, 'stopped', '10 trials failed one after another']);
  });

  it('count a trial that ends its workers as failed, and stop at their signal', async () => {
    await beginStudy(database, 'deadly', { space, sampler, trials: 2, attempts: 2 });
    const { boss } = inside('test', database);
    let lost = 0;
    await runWorker(
      database,
      'deadly',
      async ({ number, signal }) => {
        if (number === 1) return 1;
        const jobs = await boss.findJobs('deadly');
        await boss.fail('deadly', jobs.find(({ state }) => state === 'active')!.id);
        lost++;
        return signal.aborted ? 0 : 5;
      },
      { space, sampler },
    );
    const { records } = await readStudy(database, 'deadly');
    expect(records).toMatchObject([
      { state: 'failed', reason: '2 workers were lost while they ran it' },
      { state: 'complete', value: 1 },
    ]);
    expect(lost).toBe(2);
    await stopStudy(database, 'deadly');
    expect((await readStudy(database, 'deadly')).state).toBe('stopped');
  });

  it('are left to other workers where one refuses them, which goes on with the rest of the queue', async () => {
    for (const name of ['strange', 'known'])
      await beginStudy(database, name, { space, sampler, trials: 3, queue: 'shared' });
    const refused: string[] = [];
    const serve = (isKnown: (name: string) => boolean, more: object) =>
      serveQueue(database, {
        ...{ queue: 'shared', concurrency: 2 },
        workOf({ name }) {
          if (!isKnown(name)) throw new Error(`no file of ${name}`);
          return { sampler, objective: ({ parameters }) => Number(parameters.x) };
        },
        ...more,
      });
    const onRefused = ({ name }: { name: string }, error: unknown) => void refused.push(`${name}: ${error}`);
    const isKnown = (name: string) => name !== 'strange';
    await serve(isKnown, { until: 'known', onRefused });
    expect(refused).toEqual(['strange: Error: no file of strange']);
    expect((await readStudy(database, 'known')).records).toHaveLength(3);
    expect((await readStudy(database, 'strange')).records).toHaveLength(0);
    await expect(serve(isKnown, { until: 'strange', onRefused })).rejects.toThrow('no file of strange');
    await expect(serve(isKnown, {})).rejects.toThrow('no file of strange');
    // A worker that is refused what it needs while it has a trial gives the trial back.
    let looks = 0;
    const ending = new AbortController();
    await serve(() => looks++ === 0, {
      ...{ concurrency: 1, signal: ending.signal },
      onRefused: () => ending.abort(),
    });
    await serve(() => true, { until: 'strange' });
    const { records } = await readStudy(database, 'strange');
    expect(records.map(({ state }) => state)).toEqual(Array(3).fill('complete'));
  });

  it('leave no checkpoint, and continue at once, if the answer to a finished trial was lost', async () => {
    const { sql } = inside('test', database);
    const removed: number[] = [];
    const store = {
      load: async () => undefined,
      save: async () => true,
      remove: async (_: string, number: number) => void removed.push(number),
    };
    await beginStudy(database, 'cut', { space, sampler, trials: 3, keep: 'none' });
    const transaction = sql.transaction.bind(sql);
    let isCut = false;
    const spy = vi.spyOn(sql, 'transaction').mockImplementation(async (work) => {
      const result = await transaction(work);
      if (!isCut) return result;
      isCut = false;
      throw Object.assign(new Error('the link was cut'), { code: 'ECONNRESET' });
    });
    try {
      const cut = () => {
        isCut = true;
        return 1;
      };
      await runWorker(database, 'cut', cut, { space, sampler, store });
    } finally {
      spy.mockRestore();
    }
    expect(removed.sort()).toEqual([0, 1, 2]);
  });

  it('refuse in one line what they cannot take', async () => {
    const pruner: Pruner = medianPruner();
    const begun = (name: string, options: object) =>
      beginStudy(database, name, { space, sampler, trials: 2, ...options });
    await expect(begun('a b', {})).rejects.toThrow(/expected a name of 1 to 64 letters.*got "a b"/);
    await expect(begun('same', { pruner })).rejects.toThrow(
      /the pruner of the study "same", null, got "median"/,
    );
    await expect(begun('same', { queue: 'other' })).rejects.toThrow(/the queue of the study, "same"/);
    await expect(begun('x', { keep: 'some' })).rejects.toThrow(/keep 'none', 'best' or 'all'/);
    await expect(runWorker(database, 'none', objective, { space })).rejects.toThrow(
      /name of a study.*"none"/,
    );
    await expect(runWorker(database, 'same', () => 1, { space: { x: space.x }, sampler })).rejects.toThrow(
      /the space of the study "same"/,
    );
    const large = await beginStudy(database, 'large', { space, sampler, trials: 1 }).then(() =>
      runWorker(
        database,
        'large',
        async ({ saveCheckpoint }) => {
          await saveCheckpoint({ a: new Uint8Array(11) });
          return 1;
        },
        { space, sampler, checkpointBytes: 10 },
      ),
    );
    expect(large).toBeUndefined();
    expect((await readStudy(database, 'large')).records[0]!.reason).toMatch(/at most 10 bytes.*got 11/);
  });
});
