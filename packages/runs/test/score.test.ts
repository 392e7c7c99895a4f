/** Runs that keep the best model by a score instead of the loss. */
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { describe, expect, test } from 'vitest';
import {
  type LogRecord,
  loadRun,
  lossHistory,
  memoryStore,
  type RunOptions,
  type RunScore,
  runTraining,
} from '../src/index';
import { writeScoreCurve } from '../src/node';
import { batchSize, idBatches, lossOf, model, type Params, type State, temporaryDirectory } from './support';

type Options = RunOptions<Params, ReturnType<typeof idBatches>[number], State>;

/** Scores by step, whatever the model. */
const scoreOf = (scores: Readonly<Record<number, number>>, options: Partial<RunScore<Params>> = {}) => ({
  name: 'BLEU',
  better: 'higher' as const,
  of: (params: Params, { step }: { step: number }) => {
    expect(params[0]!.kernel.isDisposed).toBe(false);
    return scores[step]!;
  },
  ...options,
});

async function run(changes: Partial<Options> = {}, store = memoryStore()) {
  const log: Omit<LogRecord, 'tokensPerSecond'>[] = [];
  const heard: string[] = [];
  const before = tf.memory().numTensors;
  const params = model.init(1);
  const outcome = await runTraining<Params, ReturnType<typeof idBatches>[number], State>({
    ...{ params, lossOf, batches: idBatches(6), carry: { model, batchSize }, learningRate: 0.01, seed: 3 },
    ...{ validation: { batches: idBatches(2, 2) }, steps: 8, validateEvery: 2, sampleEvery: 0, store },
    log: {
      rewind: async () => {},
      add: async ({ tokensPerSecond, ...entry }) => void log.push(entry),
    },
    listener: {
      validated: ({ step, score, improved }) => heard.push(`${step}: ${score}${improved ? ' best' : ''}`),
    },
    ...changes,
    resume: await loadRun(store),
  });
  disposeTree(params);
  expect(tf.memory().numTensors).toBe(before);
  return { outcome, log, heard, store };
}

const stepOf = async (store: ReturnType<typeof memoryStore>) => (await loadRun(store, 'best'))!.snapshot.step;

describe('a run with a score', () => {
  test('keeps the best by the score, and shows it', async () => {
    const higher = await run({ score: scoreOf({ 2: 0.1, 4: 0.7, 6: 0.7, 8: 0.3 }) });
    expect(higher.heard).toEqual(['2: 0.1 best', '4: 0.7 best', '6: 0.7', '8: 0.3']);
    expect(await stepOf(higher.store)).toBe(4);
    expect(higher.outcome.bestScore).toEqual({ step: 4, score: 0.7 });
    expect(
      higher.log.filter(({ score }) => score !== undefined).map(({ step, score }) => [step, score]),
    ).toEqual([
      [2, 0.1],
      [4, 0.7],
      [6, 0.7],
      [8, 0.3],
    ]);
    expect(higher.outcome.history.scores()[1]).toEqual({ step: 4, score: 0.7 });
    const lower = await run({ score: scoreOf({ 2: 0.4, 4: 0.7, 6: 0.3, 8: 0.5 }, { better: 'lower' }) });
    expect(await stepOf(lower.store)).toBe(6);
    // The loss is what it is without a score.
    const plain = await run();
    expect(plain.outcome.best).toEqual(higher.outcome.best);
    expect(plain.outcome.bestScore).toBeUndefined();
    expect(plain.log.map(({ trainLoss }) => trainLoss)).toEqual(higher.log.map(({ trainLoss }) => trainLoss));
  });

  test('is scored at an interval of validations and at its end, and its patience counts scores', async () => {
    const every = await run({ steps: 10, score: scoreOf({ 4: 1, 8: 2, 10: 0 }, { every: 2 }) });
    expect(every.heard).toEqual(['2: undefined', '4: 1 best', '6: undefined', '8: 2 best', '10: 0']);
    const patient = await run({ steps: 30, patience: 2, score: scoreOf({ 2: 5, 4: 6, 6: 1, 8: 5.9 }) });
    expect(patient.outcome).toMatchObject({ steps: 8, stoppedEarly: true });
  });

  test('stopped anywhere it goes on to the same bytes', async () => {
    const scores = { 2: 3, 4: 9, 6: 1, 8: 7, 10: 9.5, 12: 2 };
    const options = { steps: 12, validateEvery: 2 };
    const whole = await run({ ...options, score: scoreOf(scores, { every: 2 }) });
    for (const stopAt of [1, 4, 7]) {
      const store = memoryStore();
      const stop = new AbortController();
      const listener = { stepped: ({ step }: { step: number }) => step === stopAt && stop.abort() };
      const score = scoreOf(scores, { every: 2 });
      await run({ ...options, score, signal: stop.signal, listener: listener as never }, store);
      await run({ ...options, score }, store);
      for (const name of ['last', 'best'] as const)
        expect(store.bytes(name)).toEqual(whole.store.bytes(name));
    }
    // A measure that the signal breaks off is still due.
    const store = memoryStore();
    const stop = new AbortController();
    const broken = scoreOf(scores, {
      of: (_params, { signal }) => {
        stop.abort();
        throw signal!.reason;
      },
      every: 2,
    });
    const first = await run({ ...options, score: broken, signal: stop.signal }, store);
    expect(first.outcome).toMatchObject({ steps: 4, interrupted: true });
    await run({ ...options, score: scoreOf(scores, { every: 2 }) }, store);
    expect(store.bytes('last')).toEqual(whole.store.bytes('last'));
  });

  test('refuses what is no score', async () => {
    const refused = (changes: object, store = memoryStore()) => expect(run(changes as never, store)).rejects;
    await refused({ score: { ...scoreOf({}), better: 'more' } }).toThrow("'higher' or 'lower', got \"more\"");
    await refused({ score: scoreOf({}, { every: 0 }) }).toThrow('every to be a positive integer, got 0');
    await refused({ score: scoreOf({}), validation: undefined }).toThrow('add validation');
    await refused({ score: scoreOf({ 2: Number.NaN }) }).toThrow(
      "a finite number as the score 'BLEU', got NaN after step 2",
    );
    await refused({ score: scoreOf({}) }).toThrow('got undefined after step 2');
    const { store } = await run({ steps: 2, score: scoreOf({ 2: 1 }) });
    await refused({ score: scoreOf({}, { name: 'F1' }) }, store).toThrow(
      "the score 'BLEU', as at the start of the run, got 'F1'",
    );
  });
});

const at = temporaryDirectory();

test('a curve of the scores', async () => {
  const history = lossHistory();
  expect((await writeScoreCurve(at('none'), history, { title: 'a', yLabel: 'BLEU' })).files).toEqual([]);
  history.scored(5, 1);
  history.scored(10, 2);
  expect(lossHistory(history.state()).scores()).toEqual(history.scores());
  const { files } = await writeScoreCurve(at('score'), history, { title: 'a', yLabel: 'BLEU' });
  expect(files.some((file) => file.endsWith('score.svg'))).toBe(true);
});
