/**
 * The Worker's computations, tested in Node: the trace, the gradient of one character, the run and its
 * checkpoints, the program.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { flattenParams } from '@unrolled/cells';
import { createCorpus } from '@unrolled/data';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import {
  activationsOf,
  completeSettings,
  languageModel,
  paramsOf,
  prepareDataset,
  savedModel,
  trainLanguageModel,
} from '@unrolled/language-model';
import { memoryStore } from '@unrolled/runs';
import { decodeCheckpoint, type Json } from '@unrolled/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Choice, choiceFor, settingsOf } from '../src/choice';
import type { FromWorker } from '../src/messages';
import { programOf } from '../src/program';
import { answer } from '../src/worker/answers';
import { gradientNorms } from '../src/worker/blame';
import { prepare } from '../src/worker/corpus';
import { Lane } from '../src/worker/lane';
import { traceModel, type Weights } from '../src/worker/trace';

beforeAll(async () => {
  await useUnrolledBackend({ threads: 1 });
  expect(unrolledBackendInfo()).toBeDefined();
});

const HIHELLO = 'hihello'.repeat(60);
const small: Choice = { ...choiceFor('hihello'), units: 5 };

const weightsOf = (params: unknown): Record<string, Weights> =>
  Object.fromEntries(
    Object.entries(flattenParams(params)).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: tensor.dataSync<'float32'>() },
    ]),
  );

describe.each(['lstm', 'gru', 'rnn'] as const)('of an %s', (cell) => {
  const settings = { ...settingsOf({ ...small, cell, layers: 2 }, 6), embedding: cell === 'gru' ? 3 : 0 };
  const ids = Int32Array.of(0, 3, 5, 1, 1, 4, 2);

  it('the trace has the states of the kernels, and the probabilities of the model', () => {
    const model = languageModel(6, settings);
    const params = model.init(1);
    const trace = traceModel(weightsOf(params), settings, ids);
    for (const layer of [1, 2]) {
      const saved = { model, params } as never;
      const { values } = activationsOf(saved, ids, { layer, state: 'h' });
      const traced = trace.layers[layer - 1]!.values.h!;
      expect(Math.max(...values.map((value, at) => Math.abs(value - traced[at]!)))).toBeLessThan(1e-5);
    }
    const sums = Array.from({ length: ids.length }, (_, t) =>
      trace.nextProbabilities.subarray(5 * t, 5 * t + 5),
    );
    for (const top of sums) expect(top.reduce((a, b) => a + b)).toBeLessThan(1 + 1e-6);
    expect(trace.surprise[0]).toBeNaN();
    expect(trace.surprise[3]).toBeGreaterThan(0);
    tf.dispose(Object.values(flattenParams(params)));
  });

  it('the gradient of one character is the slope of its loss', () => {
    const model = languageModel(6, settings);
    const params = model.init(1);
    const norms = gradientNorms(model, params, settings, ids, 4);
    expect(norms).toHaveLength(4);
    // The id at place 3 stands nowhere before: another input there is another row of the first matrix.
    const weights = weightsOf(params);
    const name = settings.embedding ? '0.embeddings' : '0.kernel';
    const { shape, values } = weights[name]!;
    const [rows, columns] = shape as [number, number];
    const rowOf = (row: number) => values.subarray(row * columns, (row + 1) * columns);
    const unit = (at: number) => Float32Array.from({ length: columns }, (_, n) => Number(n === at));
    const directions = Array.from({ length: settings.embedding || rows }, (_, at) =>
      settings.embedding ? unit(at) : rowOf(at),
    );
    const lossWith = (direction: Float32Array, by: number) => {
      const moved = values.slice();
      for (let n = 0; n < columns; n++) moved[ids[3]! * columns + n]! += by * direction[n]!;
      const { surprise } = traceModel(
        { ...weights, [name]: { shape, values: moved } },
        settings,
        ids.subarray(0, 5),
      );
      return surprise[4]! * Math.LN2;
    };
    const slopes = directions.map(
      (direction) => (lossWith(direction, 0.05) - lossWith(direction, -0.05)) / 0.1,
    );
    expect(Math.hypot(...slopes) / norms[3]!).toBeCloseTo(1, 1);
    tf.dispose(Object.values(flattenParams(params)));
  });
});

/** Runs a lane for a number of steps; returns its messages. */
async function laneFor(choice: Choice, text: string, steps: number, checkpoint?: Uint8Array) {
  const told: FromWorker[] = [];
  const lane = new Lane(1, await prepare(choice, text, checkpoint), 0.5, (message) => told.push(message));
  lane.gate.open(steps);
  const followed = lane.follow();
  const progress = () => told.flatMap((message) => (message.kind === 'progress' ? [message] : []));
  const atRest = (step: number) =>
    vi.waitFor(() => expect(progress().at(-1)).toMatchObject({ step, isRunning: false }), {
      timeout: 60_000,
    });
  const losses = () =>
    progress().flatMap(({ losses }) => losses.steps.map((step, at) => [step, losses.train[at]!] as const));
  await atRest(lane.prepared.resume ? lane.prepared.resume.snapshot.step + steps : steps);
  const end = async () => {
    lane.close();
    await followed;
  };
  return { lane, told, losses, atRest, end };
}

describe('a run', () => {
  it('goes back to a checkpoint and on from there with the same losses, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const { lane, losses, atRest, end, told } = await laneFor(small, HIHELLO, 25);
    expect(lane.checkpoints.kept().map(({ step }) => step)).toEqual([0, 10, 20]);
    await lane.rewind(10);
    lane.go(15);
    await atRest(25);
    const all = losses();
    expect(all.slice(25)).toEqual(all.slice(10, 25));
    lane.look(10);
    expect(lane.looked.step).toBe(10);
    expect(told.filter(({ kind }) => kind === 'sample').length).toBeGreaterThan(2);
    await end();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps sixty checkpoints of a long run, evenly spread, at no cost of its losses', async () => {
    const tiny: Choice = { ...small, units: 2, cell: 'rnn', unroll: 3, batch: 2 };
    const { lane, losses, end } = await laneFor(tiny, HIHELLO, 1330);
    const kept = lane.checkpoints.kept().map(({ step }) => step);
    expect(kept.length).toBe(60);
    const gaps = new Set(kept.slice(1, -1).map((step, at) => step - kept[at]!));
    expect([...gaps].sort((a, b) => a - b)).toEqual([20, 40]);
    expect(losses().map(([step]) => step)).toEqual(Array.from({ length: 1330 }, (_, at) => at + 1));
    const bytes = await lane.file();
    await end();
    const config = decodeCheckpoint(bytes).config as { run: { history: { validation: readonly Json[] } } };
    expect(config.run.history.validation.length).toBeLessThan(130);
  });

  it('gives a checkpoint of any step that goes on to the last bit, without the way the page waits', async () => {
    const first = await laneFor(small, HIHELLO, 13);
    const bytes = await first.lane.file();
    first.lane.go(5);
    await first.atRest(18);
    const expected = first.losses().slice(13);
    await first.end();
    const { settings } = savedModel('file', 'memory', decodeCheckpoint(bytes));
    expect(settings).toEqual(settingsOf(small, 5));
    const second = await laneFor(small, HIHELLO, 5, bytes);
    expect(second.losses()).toEqual(expected);
    await second.end();
  });

  it('goes on with the weights of a checkpoint where the text is another', async () => {
    const first = await laneFor(small, HIHELLO, 10);
    const bytes = await first.lane.file();
    await first.end();
    const params = paramsOf(savedModel('file', 'memory', decodeCheckpoint(bytes)));
    const expected = weightsOf(params);
    tf.dispose(Object.values(flattenParams(params)));
    const second = await laneFor({ ...small, units: 9 }, 'hello'.repeat(90), 0, bytes);
    expect(weightsOf(second.lane.looked.params)).toEqual(expected);
    await second.end();
  });

  it('leaves out what a checkpoint does not know, and without enough left it reads what it writes', async () => {
    const first = await laneFor(small, HIHELLO, 1);
    const bytes = await first.lane.file();
    await first.end();
    const before = tf.memory().numTensors;
    const some = await prepare(small, 'other'.repeat(900), bytes);
    expect([some.unknown, some.isWritten, some.resume]).toEqual([['t', 'r'], false, undefined]);
    expect(some.text).toBe('ohe'.repeat(900));
    const none = await prepare(small, 'x y'.repeat(900), bytes);
    expect([none.unknown, none.isWritten]).toEqual([['x', ' ', 'y'], true]);
    expect(none.text).toMatch(/^[hielo]{4000}$/);
    expect(tf.memory().numTensors).toBe(before);
    await expect(prepare(small, HIHELLO, bytes.subarray(0, 200))).rejects.toThrow();
  });

  it('goes on with a short text of char-rnn, which the page would say again', async () => {
    const first = await laneFor(small, HIHELLO, 3);
    const bytes = await first.lane.file();
    await first.end();
    const { resume, text } = await prepare(choiceFor('own'), HIHELLO, bytes);
    expect([resume?.snapshot.step, text]).toEqual([3, HIHELLO]);
  });

  it.each(['byte', 'word'] as const)('traces a model of units of a %s', async (unit) => {
    const text = 'the sea and the ship. '.repeat(100);
    const corpus = createCorpus(text, { unit });
    const settings = completeSettings({ unit, layers: 1, units: 3, embedding: 2, steps: 2 }, corpus);
    const store = memoryStore();
    await trainLanguageModel({ dataset: prepareDataset(corpus, settings), settings, store });
    const { lane, end } = await laneFor(choiceFor('own'), text, 1, store.bytes('last'));
    const traced = await answer(lane, 'trace', { text: 'the sea' });
    expect(traced.symbols.join('')).toContain('sea');
    expect(traced.trace.surprise.length).toBe(traced.symbols.length);
    expect(traced.trace.surprise.at(-1)).toBeGreaterThan(0);
    await end();
  });
});

describe('the program to copy', () => {
  const folder = path.join(import.meta.dirname, '.programs');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a program; returns what it prints. */
  async function printedBy(name: string, program: string): Promise<string[]> {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, `${name}.ts`);
    writeFileSync(file, program);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
    const before = tf.memory().numTensors;
    await import(/* @vite-ignore */ file);
    log.mockRestore();
    expect(tf.memory().numTensors).toBe(before);
    return printed;
  }

  const linesOf = (losses: readonly (readonly [step: number, loss: number])[]) =>
    losses.map(([step, loss]) => `step ${step}: ${loss}`);

  it('trains the same model, to the last bit of each loss', async () => {
    const run = await laneFor(small, HIHELLO, 12);
    await run.end();
    const program = programOf({ choice: small, text: HIHELLO, symbols: 5, steps: 12 });
    expect(program).toContain('"hihello".repeat(60)');
    const printed = await printedBy('fresh', program);
    expect(printed.slice(0, 12)).toEqual(linesOf(run.losses()));
    expect(printed).toHaveLength(13);
  });

  it.each([
    ['goes on with the run of a checkpoint that was opened', HIHELLO, true],
    ['begins with its weights where the text is another', 'hello'.repeat(90), false],
  ])('%s', async (_, text, continues) => {
    const first = await laneFor(small, HIHELLO, 10);
    const bytes = await first.lane.file();
    await first.end();
    mkdirSync(folder, { recursive: true });
    const name = path.join(folder, 'opened.safetensors');
    writeFileSync(name, bytes);
    const run = await laneFor({ ...small, units: 9 }, text, 4, bytes);
    await run.end();
    expect(run.lane.prepared.resume !== undefined).toBe(continues);
    const steps = continues ? 14 : 4;
    const program = programOf({ choice: small, text, symbols: 5, steps, opened: { name, continues } });
    const printed = await printedBy(continues ? 'continued' : 'reused', program);
    expect(printed.slice(0, -1)).toEqual(linesOf(run.losses()));
  });

  it('reads a long text from a file, and quotes any short one', () => {
    const of = (text: string) => programOf({ choice: choiceFor('own'), text, symbols: 9, steps: 5 });
    expect(of(Array.from({ length: 999 }, (_, n) => n * n).join(' '))).toContain(
      "readFile('text.txt', 'utf8')",
    );
    expect(of('</script>`"\n')).toContain('"</script>`\\"\\n"');
  });
});
