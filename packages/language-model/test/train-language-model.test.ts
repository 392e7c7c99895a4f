import * as tf from '@tensorflow/tfjs-core';
import { createCorpus } from '@unrolled/data';
import { encodeCheckpoint, type Json } from '@unrolled/training';
import { describe, expect, test } from 'vitest';
import { buildModel } from '../src/model/model';
import type { LogEntry, RunCheckpoint, RunListener, RunOptions } from '../src/run/run-contract';
import { DEFAULTS, type TrainSettings } from '../src/settings/settings';
import { prepareDataset } from '../src/text/dataset';
import { trainModel } from '../src/train/train-model';
import { wordsText } from './support/texts';

const settings: TrainSettings = {
  ...DEFAULTS,
  ...{ cell: 'rnn', layers: 1, units: 4, embedding: 0, dropout: 0, learningRate: 2e-3 },
  ...{ batchSize: 4, sequenceLength: 5, steps: 6, validateEvery: 2, sampleEvery: 3 },
};
const dataset = prepareDataset(createCorpus(wordsText(40)), settings);

interface Changes extends Partial<Pick<RunOptions, 'signal' | 'goal' | 'resume' | 'params'>> {
  readonly settings?: Partial<TrainSettings>;
  readonly onStep?: (step: number) => void;
}

/** Runs and lists what the listener heard, what it was given to keep, and the lines of the log. */
async function record({ onStep = () => {}, ...changes }: Changes = {}) {
  const all = { ...settings, ...changes.settings };
  const model = buildModel(dataset.vocabulary.size, all);
  const heard: string[] = [];
  const saved: RunCheckpoint[] = [];
  const log: Omit<LogEntry, 'tokensPerSecond'>[] = [];
  const listener: RunListener = {
    stepped: ({ step }) => onStep(step),
    logged: async ({ tokensPerSecond, ...entry }) => void log.push(entry),
    validated: ({ step, improved }) => heard.push(`validated ${step}${improved ? '' : ', no better'}`),
    extended: () => heard.push('extended'),
    sample: (step) => heard.push(`sample ${step}`),
    save: async (checkpoint) => {
      const { snapshot, validationLoss, isBest } = checkpoint;
      saved.push(checkpoint);
      heard.push(
        `save ${snapshot.step}${validationLoss === null ? ' unmeasured' : ''}${isBest ? ', best' : ''}`,
      );
      return 'last';
    },
  };
  const before = tf.memory().numTensors;
  const outcome = await trainModel({ model, dataset, listener, ...changes, settings: all });
  expect(tf.memory().numTensors).toBe(before);
  return { heard, saved, log, outcome };
}

/** The bytes that a checkpoint would have as a file. */
const bytesOf = ({ snapshot, state, validationLoss }: RunCheckpoint) =>
  encodeCheckpoint(snapshot, { config: { state, validationLoss } as unknown as Json });

/** A checkpoint as it comes back from a file. */
function resumeFrom({ snapshot, state }: RunCheckpoint): RunOptions['resume'] {
  return { snapshot, state: JSON.parse(JSON.stringify(state)), file: 'last' };
}

describe('a run', () => {
  test('saves before its first step and after every validation, and leaves no tensor behind', async () => {
    const { heard, outcome } = await record();
    expect(heard).toEqual([
      'save 0 unmeasured',
      ...['save 2, best', 'validated 2', 'sample 3'],
      ...['save 4, best', 'validated 4'],
      ...['save 6, best', 'validated 6'],
    ]);
    expect(outcome).toMatchObject({ steps: 6, interrupted: false, stoppedEarly: false, best: { step: 6 } });
    expect(outcome.history.train().map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(outcome.trainLoss).toBeCloseTo(
      (outcome.history.train()[4]!.loss + outcome.history.train()[5]!.loss) / 2,
      12,
    );
  });

  test('saves and logs as often as asked besides', async () => {
    const { heard, log } = await record({
      settings: { steps: 7, validateEvery: 4, sampleEvery: 0, checkpointEvery: 3, logEvery: 2 },
    });
    expect(heard.filter((event) => event.startsWith('save'))).toEqual([
      ...['save 0 unmeasured', 'save 3 unmeasured', 'save 4, best'],
      ...['save 6 unmeasured', 'save 7, best'],
    ]);
    expect(log.map(({ step }) => step)).toEqual([2, 4, 6, 7]);
    expect(log.map(({ validationLoss }) => validationLoss !== undefined)).toEqual([false, true, false, true]);
  });

  test('that is interrupted keeps the state of its last step', async () => {
    const controller = new AbortController();
    const { heard, outcome } = await record({
      signal: controller.signal,
      onStep: (step) => step === 3 && controller.abort(),
    });
    expect(heard.at(-1)).toBe('save 3 unmeasured');
    expect(outcome).toMatchObject({ steps: 3, interrupted: true, best: { step: 2 } });
  });

  test('that is interrupted during a validation does not believe its loss', async () => {
    const controller = new AbortController();
    const { heard, outcome } = await record({
      signal: controller.signal,
      onStep: (step) => step === 2 && controller.abort(),
    });
    expect(heard).toEqual(['save 0 unmeasured', 'save 2 unmeasured']);
    expect(outcome).toMatchObject({ steps: 2, interrupted: true, best: undefined });
  });

  test('that is interrupted before its first step has a checkpoint too', async () => {
    const { heard, outcome } = await record({ signal: AbortSignal.abort() });
    expect(heard).toEqual(['save 0 unmeasured']);
    expect(outcome).toMatchObject({ steps: 0, trainLoss: undefined, best: undefined });
  });

  test('that gets no better ends when its patience does, and lasts longer with more of it', async () => {
    // A rate of next to nothing does not change float32 weights.
    const still = { learningRate: 1e-30, steps: 20, validateEvery: 1, sampleEvery: 0, patience: 2 };
    const first = await record({ settings: still });
    expect(first.heard.at(-1)).toBe('validated 3, no better');
    expect(first.outcome).toMatchObject({ steps: 3, stoppedEarly: true, best: { step: 1 } });
    const again = await record({ settings: still, resume: resumeFrom(first.saved.at(-1)!) });
    expect(again.heard).toEqual([]);
    const longer = await record({
      settings: { ...still, patience: 4 },
      resume: resumeFrom(first.saved.at(-1)!),
    });
    expect(longer.outcome).toMatchObject({ steps: 5, stoppedEarly: true });
  });
});

describe('a resumed run is the one that never stopped', () => {
  const long = { steps: 8, validateEvery: 4, checkpointEvery: 3, logEvery: 2, sampleEvery: 0 };
  test.each<[string, Partial<TrainSettings>]>([
    ['dropout, a cosine', { dropout: 0.3, cell: 'gru' }],
    ['averaged weights', { averaging: 0.9 }],
    ['a plateau', { schedule: 'plateau', plateauPatience: 1, learningRate: 1e-30 }],
    ['steps down, tied', { schedule: 'step', decayEvery: 0.1, tied: true, embedding: 4, cell: 'lstm' }],
  ])('%s', async (_name, changes) => {
    const all = { ...long, ...changes };
    const whole = await record({ settings: all });
    const last = bytesOf(whole.saved.at(-1)!);
    for (const checkpoint of whole.saved.filter(({ snapshot }) => [3, 4].includes(snapshot.step))) {
      const rest = await record({ settings: all, resume: resumeFrom(checkpoint) });
      const { step } = checkpoint.snapshot;
      expect(rest.saved.map(bytesOf), `from step ${step}`).toEqual(
        whole.saved.filter(({ snapshot }) => snapshot.step > step).map(bytesOf),
      );
      expect(bytesOf(rest.saved.at(-1)!)).toEqual(last);
      expect(rest.log).toEqual(whole.log.filter((line) => line.step > step));
      expect(rest.outcome.history.state()).toEqual(whole.outcome.history.state());
      expect(rest.outcome.best).toEqual(whole.outcome.best);
    }
  });

  test.each([4, 5])('also when Ctrl-C stopped it, after step %i', async (stop) => {
    const whole = await record({ settings: long });
    const controller = new AbortController();
    const first = await record({
      settings: long,
      signal: controller.signal,
      onStep: (step) => step === stop && controller.abort(),
    });
    const rest = await record({ settings: long, resume: resumeFrom(first.saved.at(-1)!) });
    expect(bytesOf(rest.saved.at(-1)!)).toEqual(bytesOf(whole.saved.at(-1)!));
    expect([...first.log, ...rest.log]).toEqual(whole.log);
  });

  test('a limit in time counts what was spent before', async () => {
    const limits = { steps: undefined, seconds: 3600, validateEvery: 1000, sampleEvery: 0 };
    const controller = new AbortController();
    const first = await record({
      settings: limits,
      signal: controller.signal,
      onStep: (step) => step === 3 && controller.abort(),
    });
    const { snapshot, state } = first.saved.at(-1)!;
    expect(state.elapsedSeconds).toBeGreaterThan(0);
    const spent = { snapshot, state: { ...state, elapsedSeconds: 3600 }, file: 'last' };
    const rest = await record({ settings: limits, resume: spent });
    expect(rest.outcome.steps).toBe(3);
  });
});

test('validation changes no bit of the training', async () => {
  const common = { dropout: 0.3, steps: 12, sampleEvery: 0 };
  const often = await record({ settings: { ...common, validateEvery: 1 } });
  const once = await record({ settings: { ...common, validateEvery: 12 } });
  const paramsOf = ({ saved }: typeof often) => {
    const { params, optimizer, state } = saved.at(-1)!.snapshot;
    return { params, optimizer, state };
  };
  expect(often.heard.filter((event) => event.startsWith('validated'))).toHaveLength(12);
  expect(once.heard.filter((event) => event.startsWith('validated'))).toHaveLength(1);
  expect(paramsOf(often)).toEqual(paramsOf(once));
  expect(often.outcome.history.train()).toEqual(once.outcome.history.train());
});

test('a run limited by time gets twice more of it while it misses its goal', async () => {
  const limits = { steps: undefined, seconds: 0.05, validateEvery: 1000, sampleEvery: 0 };
  const missed = await record({ settings: limits, goal: 0 });
  expect(missed.heard.filter((event) => event === 'extended')).toHaveLength(2);
  const reached = await record({ settings: limits, goal: 100 });
  expect(reached.heard).not.toContain('extended');
});
