import { describe, expect, it } from 'vitest';
import {
  choice,
  createStudy,
  float,
  gridSampler,
  hyperbandPruner,
  integer,
  medianPruner,
  parseStudyRecord,
  type RunningTrial,
  randomSampler,
  replayOf,
  runStudy,
  type StudyEvent,
  successiveHalvingPruner,
  tpeSampler,
} from '../src';

const space = { x: float(-1, 1), layers: integer(1, 3) };
const sampler = randomSampler({ seed: 1 });
const square = ({ parameters }: { parameters: Readonly<Record<string, unknown>> }) =>
  (parameters.x as number) ** 2;

describe('runStudy', () => {
  it('gives the trial with the best value, in both directions, whatever runs at once', async () => {
    const one = await runStudy(square, { space, sampler, trials: 20 });
    const many = await runStudy(async (trial) => square(trial), {
      space,
      sampler,
      trials: 20,
      concurrency: 4,
    });
    expect(many.trials.map(({ parameters }) => parameters)).toEqual(
      one.trials.map(({ parameters }) => parameters),
    );
    const values = one.trials.map(({ value }) => value!);
    expect(one.best!.value).toBe(Math.min(...values));
    const most = await runStudy(square, { space, sampler, trials: 20, direction: 'maximize' });
    expect(most.best!.value).toBe(Math.max(...values));
    expect(one.wasStopped).toBe(false);
  });

  it('tries a grid to its end', async () => {
    const grid = { cell: choice(['rnn', 'lstm']), units: integer(8, 24, { step: 8 }) };
    const { trials } = await runStudy(() => 0, { space: grid, sampler: gridSampler() });
    expect(trials.length).toBe(6);
    const inOrder = (seed?: number) => {
      const grid5 = { a: integer(1, 5), b: integer(1, 5) };
      const sampler = gridSampler(seed === undefined ? {} : { seed });
      const study = createStudy({ space: grid5, sampler });
      return Array.from({ length: study.total }, () => JSON.stringify(study.ask()!.parameters));
    };
    expect(inOrder(3)).toEqual(inOrder(3));
    expect(new Set([inOrder(), inOrder(3), inOrder(4)].map(String)).size).toBe(3);
    expect(inOrder(3).sort()).toEqual(inOrder().sort());
  });

  it('continues after failed trials, and says why they failed', async () => {
    const objective = ({ number }: { number: number }) => {
      if (number === 0) throw new Error('out of memory\n at somewhere');
      return number === 1 ? Number.NaN : number;
    };
    const { trials, best } = await runStudy(objective, { space, sampler, trials: 3 });
    expect(trials.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'out of memory'],
      ['failed', 'its objective gave NaN, no finite number'],
      ['complete', undefined],
    ]);
    expect(best!.number).toBe(2);
    const bad = () => Promise.reject(new Error('no data'));
    await expect(runStudy(bad, { space, sampler, trials: 50, failuresInARow: 3 })).rejects.toThrow(
      /3 failures one after another; the last: no data/,
    );
  });

  it('makes no further trial once one could not be recorded', async () => {
    let begun = 0;
    const objective = () => {
      begun += 1;
      return new Promise<number>((resolve) => setTimeout(() => resolve(1), 1));
    };
    const record = (event: StudyEvent) => {
      if (event.event === 'told' && event.number === 0) throw new Error('the disk is full');
    };
    const options = { space, sampler, trials: 50, concurrency: 2, record };
    await expect(runStudy(objective, options)).rejects.toThrow('the disk is full');
    expect(begun).toBeLessThan(5);
  });

  it('stops a trial that the pruner stops, by its return value and its signal', async () => {
    const seen: (readonly [number, number, boolean])[] = [];
    const { trials } = await runStudy(
      ({ number, report, signal }) => {
        for (let step = 1; step <= 9; step++) {
          if (report(step, number)) continue;
          seen.push([number, step, signal.aborted]);
          signal.throwIfAborted();
        }
        return number;
      },
      { space, sampler, trials: 4, pruner: successiveHalvingPruner({ minimumSteps: 2, reductionFactor: 2 }) },
    );
    expect(seen).toEqual([1, 2, 3].map((number) => [number, 2, true]));
    expect(trials.map(({ state, value }) => [state, value])).toEqual([
      ['complete', 0],
      ['pruned', 1],
      ['pruned', 2],
      ['pruned', 3],
    ]);
  });

  it('is repeated by its record, including the decisions of a pruner during parallel trials', async () => {
    const events: StudyEvent[] = [];
    // The trials known at a report depend on how long each trial takes.
    const objective = (hurry: boolean) => async (trial: RunningTrial) => {
      for (let step = 1; step <= 6 && !trial.signal.aborted; step++) {
        if (!hurry) await new Promise((done) => setTimeout(done, (trial.number * 7) % 3));
        trial.report(step, square(trial) / step);
      }
      return square(trial);
    };
    const settings = { space, trials: 14, sampler: tpeSampler({ startupTrials: 4 }) };
    const pruner = successiveHalvingPruner({ minimumSteps: 1, reductionFactor: 2 });
    const record = (event: StudyEvent) => events.push(event);
    const first = await runStudy(objective(false), { ...settings, pruner, concurrency: 4, record });
    expect(first.trials.filter(({ state }) => state === 'pruned').length).toBeGreaterThan(2);
    const again = await runStudy(objective(true), { space, ...replayOf(events) });
    expect(again.trials).toEqual(first.trials);
    expect(() => replayOf([])).toThrow(/record of a study with trials, got no trial/);
    expect(() => replayOf([{} as StudyEvent])).toThrow(/got something else/);
  });

  it('stops at its signal, and begins what ran then again with the same parameters', async () => {
    const stop = new AbortController();
    const lines: string[] = [];
    const record = (event: StudyEvent) => lines.push(`${JSON.stringify(event)}\n`);
    const settings = { space, sampler, trials: 6, concurrency: 2, record };
    const first = await runStudy(
      (trial) => {
        trial.report(1, trial.number);
        if (trial.number === 2) stop.abort();
        return square(trial);
      },
      { ...settings, signal: stop.signal },
    );
    expect(first.wasStopped).toBe(true);
    const text = lines.join('');
    const history = parseStudyRecord(`${text}{"event":"to`); // the last line was cut off
    expect(history).toEqual(parseStudyRecord(text));
    const ran: number[] = [];
    const second = await runStudy(
      (trial) => {
        ran.push(trial.number);
        return square(trial);
      },
      {
        ...settings,
        history,
      },
    );
    const whole = await runStudy(square, { space, sampler, trials: 6 });
    expect(second.trials.map(({ parameters, value }) => [parameters, value])).toEqual(
      whole.trials.map(({ parameters, value }) => [parameters, value]),
    );
    const told = history.flatMap((event) => (event.event === 'told' ? event.number : []));
    expect([...told, ...ran].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    // The record of both gives the study again.
    const replayed = createStudy({ space, sampler, trials: 6, history: parseStudyRecord(lines.join('')) });
    expect(replayed.trials).toEqual(second.trials);
    expect(replayed.ask()).toBeUndefined();
  });
});

describe('pruners', () => {
  const report = (
    pruner: Parameters<typeof createStudy>[0]['pruner'],
    values: readonly (readonly number[])[],
  ) => {
    const study = createStudy({ space, sampler, trials: values.length, ...(pruner ? { pruner } : {}) });
    return values.map((reports) => {
      const { number } = study.ask()!;
      const last = reports.findIndex((value, step) => !study.report(number, step, value));
      study.tell(number, { value: reports.at(-1)! });
      return last;
    });
  };
  it('by the median of the complete trials, from the start that is given', () => {
    const values = [
      [1, 1],
      [2, 2],
      [3, 3],
      [2.5, 0],
      [2, 2.1],
      [9, 9],
    ];
    expect(report(medianPruner({ startupTrials: 3 }), values)).toEqual([-1, -1, -1, 0, -1, 0]);
    expect(report(medianPruner({ startupTrials: 3, warmUpSteps: 1 }), values)).toEqual([
      -1, -1, -1, -1, 1, 1,
    ]);
    expect(report(medianPruner({ startupTrials: 0 }), [[1], [Number.NaN], [0]])).toEqual([-1, 0, -1]);
  });
  it('by hyperband: brackets by the number of the trial, the last of which gives nothing up', () => {
    const pruner = hyperbandPruner({ maximumSteps: 9 });
    const values = Array.from({ length: 60 }, (_, number) => Array.from({ length: 9 }, () => number));
    const given = report(pruner, values);
    const kinds = new Set(given);
    expect([...kinds].sort()).toEqual([-1, 1, 3]);
    expect(report(hyperbandPruner({ maximumSteps: 9 }), values)).toEqual(given);
  });
});

describe('refusals', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['an empty space', () => createStudy({ space: {} }), /a space with a dimension/],
    [
      'no dimension',
      () => createStudy({ space: { x: [1, 2] as never } }),
      /a dimension as "x".*make it by choice/,
    ],
    [
      'a condition on what comes later',
      () => createStudy({ space: { a: float(0, 1, { when: { b: 1 } }), b: integer(0, 1) } }),
      /name a dimension before it.*"b"/,
    ],
    [
      'a condition that never holds',
      () => createStudy({ space: { b: integer(0, 1), a: float(0, 1, { when: { b: [2, 'x'] } }) } }),
      /"a" to apply with some value of "b"/,
    ],
    [
      'the record of another study',
      () => createStudy({ space, history: [{ event: 'asked', number: 0, parameters: { y: 1 } }] }),
      /"asked" of trial 0/,
    ],
    ...[
      { event: 'asked', number: -1, parameters: { x: 0, layers: 1 } },
      { event: 'asked', number: 0, parameters: {} },
      { event: 'asked', number: 0, parameters: { x: 2, layers: 1 } },
      { event: 'asked', number: 1, parameters: { x: 0, layers: 1 } },
    ].map((event): [string, () => unknown, RegExp] => [
      `an event of another study: ${JSON.stringify(event)}`,
      () => createStudy({ space, history: [event as StudyEvent] }),
      /expected the record of this study, got "asked"/,
    ]),
    ...['{"event":"asked","number":0}', '{"event":"reported","number":0}', '{"event":"told","number":0}'].map(
      (line): [string, () => unknown, RegExp] => [line, () => parseStudyRecord(`${line}\n`), /in line 1/],
    ),
    [
      'a sampler that leaves the space',
      () => createStudy({ space, sampler: { name: 'own', sample: () => ({ x: 7 }) } }).ask(),
      /parameters of the space from own/,
    ],
    ['a line that is no event', () => parseStudyRecord('{}\n'), /"\{\}" in line 1/],
    [
      'a negative number of trials',
      () => createStudy({ space, trials: -1 }),
      /trials to be a positive integer/,
    ],
  ])('%s', (_, call, message) => expect(call).toThrow(message));

  it('refuses numbers of no running trial, and steps that do not rise', () => {
    const study = createStudy({ space, sampler });
    expect(() => study.report(0, 1, 1)).toThrow(/number of a running trial/);
    const { number } = study.ask()!;
    study.report(number, 3, 1);
    expect(() => study.report(number, 3, 1)).toThrow(/a step above 3/);
    study.tell(number, { value: 1 });
    expect(() => study.tell(number, { value: 1 })).toThrow(/0, which is complete/);
  });
});
