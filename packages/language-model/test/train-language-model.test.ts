import * as tf from '@tensorflow/tfjs-core';
import { createCorpus } from '@unrolled/data';
import {
  checkpointOf,
  type LogRecord,
  loadRun,
  memoryStore,
  type RunListener,
  type SavedRun,
} from '@unrolled/runs';
import { decodeCheckpoint } from '@unrolled/training';
import { describe, expect, test } from 'vitest';
import {
  DEFAULTS,
  type LanguageModelRun,
  prepareDataset,
  type TrainingSettings,
  trainLanguageModel,
} from '../src/index';
import { wordsText } from './support/texts';

const settings: TrainingSettings = {
  ...DEFAULTS,
  ...{ cell: 'rnn', layers: 1, units: 4, embedding: 0, dropout: 0, learningRate: 2e-3 },
  ...{ batchSize: 4, sequenceLength: 5, steps: 6, validateEvery: 2, sampleEvery: 3 },
};
const dataset = prepareDataset(createCorpus(wordsText(40)), settings);

type PartialSettings = { readonly [name in keyof TrainingSettings]?: TrainingSettings[name] | undefined };
interface Changes extends Partial<Pick<LanguageModelRun, 'signal' | 'goal' | 'resume' | 'params'>> {
  readonly settings?: PartialSettings;
  readonly onStep?: (step: number) => void;
}

/** A checkpoint as a file would have it. */
interface Saved {
  readonly step: number;
  readonly bytes: Uint8Array;
}

/**
 * Runs and lists the events that the listener and the store heard, the checkpoints, and the records of the
 * log.
 */
async function record({ onStep = () => {}, ...changes }: Changes = {}) {
  const all = { ...settings, ...changes.settings } as TrainingSettings;
  const heard: string[] = [];
  const saved: Saved[] = [];
  const log: Omit<LogRecord, 'tokensPerSecond'>[] = [];
  const listener: RunListener<unknown[]> = {
    stepped: ({ step }) => onStep(step),
    validated: ({ step, improved }) => heard.push(`validated ${step}${improved ? '' : ', no better'}`),
    extended: () => heard.push('extended'),
    sample: (step) => void heard.push(`sample ${step}`),
  };
  const inner = memoryStore();
  if (changes.resume) await inner.save('last', checkpointOf(changes.resume));
  const store = {
    ...inner,
    save: async (...[name, checkpoint]: Parameters<typeof inner.save>) => {
      await inner.save(name, checkpoint);
      const { step } = checkpoint.snapshot;
      const { validationLoss } = (
        checkpoint.config as unknown as SavedRun['config'] & { run: SavedRun['state'] }
      ).run;
      saved.push({ step, bytes: inner.bytes(name)! });
      heard.push(`save ${step}${validationLoss === null ? ' unmeasured' : ''}`);
    },
    copy: async (...[from, to]: Parameters<typeof inner.copy>) => {
      await inner.copy(from, to);
      // Resuming puts the best one right before anything else.
      if (heard.length > 0) heard.push(`${heard.pop()}, ${to}`);
    },
  };
  const before = tf.memory().numTensors;
  const outcome = await trainLanguageModel({
    ...{ dataset, listener, store },
    log: { rewind: async () => {}, add: async ({ tokensPerSecond, ...entry }) => void log.push(entry) },
    ...changes,
    settings: all,
  });
  expect(tf.memory().numTensors).toBe(before);
  return { heard, saved, log, outcome };
}

/** A checkpoint as it comes back from a file. */
async function resumeFrom({ bytes }: Saved): Promise<SavedRun> {
  return (await loadRun({ ...memoryStore(), load: async () => decodeCheckpoint(bytes) }))!;
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

  test('also saves and logs at the intervals that were set', async () => {
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

  test('that is interrupted during a validation discards its loss', async () => {
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

  test('that stops improving ends after its patience, and later with more patience', async () => {
    // A rate of next to nothing does not change float32 weights.
    const still = { learningRate: 1e-30, steps: 20, validateEvery: 1, sampleEvery: 0, patience: 2 };
    const first = await record({ settings: still });
    expect(first.heard.at(-1)).toBe('validated 3, no better');
    expect(first.outcome).toMatchObject({ steps: 3, stoppedEarly: true, best: { step: 1 } });
    const again = await record({ settings: still, resume: await resumeFrom(first.saved.at(-1)!) });
    expect(again.heard).toEqual([]);
    const longer = await record({
      settings: { ...still, patience: 4 },
      resume: await resumeFrom(first.saved.at(-1)!),
    });
    expect(longer.outcome).toMatchObject({ steps: 5, stoppedEarly: true });
  });
});

describe('a resumed run equals a run that never stopped', () => {
  const long = { steps: 8, validateEvery: 4, checkpointEvery: 3, logEvery: 2, sampleEvery: 0 };
  test.each<[string, PartialSettings]>([
    ['dropout, a cosine', { dropout: 0.3, cell: 'gru' }],
    ['averaged weights', { averaging: 0.9 }],
    ['a plateau', { schedule: 'plateau', plateauPatience: 1, learningRate: 1e-30 }],
    ['steps down, tied', { schedule: 'step', decayEvery: 0.1, tied: true, embedding: 4, cell: 'lstm' }],
  ])('%s', async (_name, changes) => {
    const all = { ...long, ...changes };
    const whole = await record({ settings: all });
    for (const checkpoint of whole.saved.filter(({ step }) => [3, 4].includes(step))) {
      const rest = await record({ settings: all, resume: await resumeFrom(checkpoint) });
      const { step } = checkpoint;
      expect(rest.saved, `from step ${step}`).toEqual(whole.saved.filter((later) => later.step > step));
      expect(rest.saved.at(-1)!.bytes).toEqual(whole.saved.at(-1)!.bytes);
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
    const rest = await record({ settings: long, resume: await resumeFrom(first.saved.at(-1)!) });
    expect(rest.saved.at(-1)!.bytes).toEqual(whole.saved.at(-1)!.bytes);
    expect([...first.log, ...rest.log]).toEqual(whole.log);
  });

  test('a time limit includes the time before the resume', async () => {
    const limits = { steps: undefined, seconds: 3600, validateEvery: 1000, sampleEvery: 0 };
    const controller = new AbortController();
    const first = await record({
      settings: limits,
      signal: controller.signal,
      onStep: (step) => step === 3 && controller.abort(),
    });
    const run = await resumeFrom(first.saved.at(-1)!);
    expect(run.state.elapsedSeconds).toBeGreaterThan(0);
    const spent = { ...run, state: { ...run.state, elapsedSeconds: 3600 } };
    const rest = await record({ settings: limits, resume: spent });
    expect(rest.outcome.steps).toBe(3);
  });
});

test('validation changes no bit of the training', async () => {
  const common = { dropout: 0.3, steps: 12, sampleEvery: 0 };
  const often = await record({ settings: { ...common, validateEvery: 1 } });
  const once = await record({ settings: { ...common, validateEvery: 12 } });
  const paramsOf = ({ saved }: typeof often) => {
    const { params, optimizer, state } = decodeCheckpoint(saved.at(-1)!.bytes).snapshot;
    return { params, optimizer, state };
  };
  expect(often.heard.filter((event) => event.startsWith('validated'))).toHaveLength(12);
  expect(once.heard.filter((event) => event.startsWith('validated'))).toHaveLength(1);
  expect(paramsOf(often)).toEqual(paramsOf(once));
  expect(often.outcome.history.train()).toEqual(once.outcome.history.train());
});

test('a run limited by time is extended twice while it misses its goal', async () => {
  const limits = { steps: undefined, seconds: 0.05, validateEvery: 1000, sampleEvery: 0 };
  const missed = await record({ settings: limits, goal: 0 });
  expect(missed.heard.filter((event) => event === 'extended')).toHaveLength(2);
  const reached = await record({ settings: limits, goal: 100 });
  expect(reached.heard).not.toContain('extended');
});
