/** A run that is stopped and resumed equals, bit for bit, a run that was never stopped. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, dropout, flattenParams, lstm, stack } from '@unrolled/cells';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  constant,
  cosineDecay,
  decodeCheckpoint,
  encodeCheckpoint,
  reduceOnPlateau,
  restoreParams,
  rmsprop,
  sgd,
  train,
} from '../src/index';
import { loadCheckpoint, saveCheckpoint } from '../src/node';
import { batchSize, complaint, idBatches, lossOfLayer, withoutLeak } from './support';

const layer = stack([
  lstm({ inputSize: 5, units: 4, inputKind: 'ids' }),
  dropout({ size: 4, rate: 0.3 }),
  dense({ inputSize: 4, units: 5 }),
]);
const onPurpose =
  'resume with the original options of the run; to change it deliberately, resume { ...snapshot, hyperparameters: null }';
const carry = { model: layer, batchSize };
const plateau = reduceOnPlateau({ learningRate: 0.05, patience: 1, minimumDelta: 0.5 });

function options(change: object) {
  return {
    batches: idBatches(4),
    lossOf: lossOfLayer(layer) as never,
    learningRate: 0.05,
    seed: 11,
    clip: { globalNorm: 0.5 },
    onWarning: () => {},
    ...change,
  };
}

/** Trains up to `steps`; returns the losses and the checkpoint's bytes. */
async function upTo(steps: number, change: object, resume?: Uint8Array) {
  const params = layer.init(5);
  const run = train({
    params,
    ...options(change),
    steps,
    resume: resume && decodeCheckpoint(resume).snapshot,
  });
  disposeTree(params);
  const losses: number[] = [];
  let inside: Uint8Array | undefined;
  for await (const { loss, step } of run) {
    losses.push(loss);
    if (step === steps) inside = encodeCheckpoint(run.snapshot());
  }
  const bytes = encodeCheckpoint(run.snapshot(), { config: { vocabulary: ['가', '나'] } });
  if (inside) expect(encodeCheckpoint(run.snapshot())).toEqual(inside);
  const trees = [run.params, run.averages ?? {}];
  const values = Object.values(flattenParams(trees)).map((tensor) => Array.from(tensor.dataSync()));
  disposeTree(trees);
  return { losses, bytes, values };
}

const runs = {
  'carry, dropout, momentum': { carry, optimizer: sgd({ momentum: 0.9 }) },
  'shuffle, dropout, Adam': { shuffle: true, optimizer: 'adam' },
  'carry, RMSprop with momentum, a schedule': {
    carry,
    optimizer: rmsprop({ momentum: 0.5 }),
    learningRate: (step: number) => 0.1 / step,
  },
  'carry, averaging': { carry, averaging: { decay: 0.9 } },
  'batches from a function, reduceOnPlateau': {
    batches: () => idBatches(4),
    learningRate: plateau,
    validation: { batches: idBatches(1), every: 2 },
  },
};

describe.each(Object.entries(runs))('%s', (name, change) => {
  let whole: Awaited<ReturnType<typeof upTo>>;
  beforeAll(async () => {
    whole = await upTo(10, change);
  });

  // An epoch has 4 batches: 3 stops inside an epoch, 4 at its end, 5 after the first batch of the next.
  it.each(name.startsWith('carry, d') || name.startsWith('carry, R') ? [3, 4, 5] : [5])(
    '10 steps are the same as %i and the rest, and so are the checkpoints',
    async (stop) => {
      await withoutLeak(async () => {
        const first = await upTo(stop, change);
        const rest = await upTo(10, change, first.bytes);
        expect([...first.losses, ...rest.losses]).toEqual(whole.losses);
        expect(rest.values).toEqual(whole.values);
        expect(rest.bytes).toEqual(whole.bytes);
      });
    },
  );
});

describe('a checkpoint', () => {
  let checkpoint: Uint8Array;
  let folder: string;
  beforeAll(async () => {
    checkpoint = (await upTo(3, runs['carry, dropout, momentum'])).bytes;
    folder = await mkdtemp(path.join(tmpdir(), 'unrolled-training-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('comes back from its bytes, with the config', () => {
    const { snapshot, config } = decodeCheckpoint(checkpoint);
    expect(config).toEqual({ vocabulary: ['가', '나'] });
    expect(encodeCheckpoint(snapshot, { config })).toEqual(checkpoint);
    expect(Object.keys(snapshot.params)).toEqual([
      '0.kernel',
      '0.recurrentKernel',
      '0.bias',
      '2.kernel',
      '2.bias',
    ]);
    expect(Object.keys(snapshot.optimizer.slots.v!)).toEqual(Object.keys(snapshot.params));
    expect(Object.keys(snapshot.state!)).toEqual(['0.h', '0.c']);
    expect(snapshot.environment.backend).toMatch(
      tf.getBackend() === 'unrolled'
        ? /^unrolled \((plain SIMD|relaxed SIMD|native kernels)\)$/
        : new RegExp(`^${tf.getBackend()}$`),
    );
  });

  it('is a safetensors file with plain names and no clock time', () => {
    const header = new TextDecoder().decode(checkpoint.subarray(8, 3000));
    for (const name of ['params.0.kernel', 'optimizer.v.2.bias', 'state.0.h']) expect(header).toContain(name);
    expect(header).not.toMatch(new RegExp(String(new Date().getFullYear())));
  });

  it('goes to a file and back, and leaves nothing else there', async () => {
    const file = path.join(folder, 'model.safetensors');
    const { snapshot, config } = decodeCheckpoint(checkpoint);
    await saveCheckpoint(file, snapshot, { config });
    expect(new Uint8Array(await readFile(file))).toEqual(checkpoint);
    expect(encodeCheckpoint((await loadCheckpoint(file)).snapshot, { config })).toEqual(checkpoint);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('does not share memory with a run that is resumed from it', async () => {
    const { snapshot } = decodeCheckpoint(checkpoint);
    const before = encodeCheckpoint(snapshot);
    await upTo(6, runs['carry, dropout, momentum'], checkpoint);
    expect(encodeCheckpoint(snapshot)).toEqual(before);
  });

  it('that is truncated, or not one, is refused with a remedy', async () => {
    for (const size of [0, 7, 100, checkpoint.length - 1]) {
      expect(await complaint(() => decodeCheckpoint(checkpoint.slice(0, size)))).toMatch(
        /\[unrolled\/safetensors\]/,
      );
    }
    const foreign = writeSafetensors({ w: { dtype: 'F32', shape: [1], data: new Float32Array(1) } });
    expect(await complaint(() => decodeCheckpoint(foreign))).toBe(
      '[unrolled/training] decodeCheckpoint: expected a checkpoint written by @unrolled/training, got a safetensors file of another origin: pass a file of train; read weights alone with @unrolled/safetensors',
    );
    const file = path.join(folder, 'text.txt');
    await writeFile(file, 'not a checkpoint at all');
    expect(await complaint(() => loadCheckpoint(file))).toMatch('text.txt');
    expect(await complaint(() => loadCheckpoint(path.join(folder, 'missing')))).toMatch('no such file');
    await rm(file);
  });

  it('of which one bit of a weight or of the description is another is refused', async () => {
    const text = new TextDecoder('latin1').decode(checkpoint);
    const places = [text.indexOf('step\\":'), text.indexOf('cursor\\":'), checkpoint.length - 1];
    for (let n = 1; n <= 40; n++) places.push(Math.floor(checkpoint.length * (0.5 + n / 100)));
    for (const [n, place] of places.entries()) {
      const bytes = checkpoint.slice();
      bytes[place]! ^= 1 << (n % 8);
      expect(await complaint(() => decodeCheckpoint(bytes))).toMatch(/\[unrolled\/safetensors\]/);
    }
  });

  it('whose JSON was changed is refused', async () => {
    const { snapshot } = decodeCheckpoint(checkpoint);
    const text = JSON.stringify({ format: 'unrolled-checkpoint', version: 1 });
    for (const [unrolled, message] of [
      ['{', 'another origin'],
      ['[]', 'another origin'],
      [text, 'run.step is undefined'],
      [text.replace('"version":1', '"version":2'), 'format version 1, got 2'],
    ] as const) {
      const bytes = writeSafetensors({}, { unrolled }, { checksum: true });
      expect(await complaint(() => decodeCheckpoint(bytes))).toMatch(message);
    }
    const { tensors, metadata } = readSafetensors(encodeCheckpoint(snapshot));
    const renamed = new Map(
      [...tensors].map(([name, tensor]) => [name.replace('params.2.bias', 'x'), tensor]),
    );
    const bytes = writeSafetensors(renamed, metadata, { checksum: true });
    expect(await complaint(() => decodeCheckpoint(bytes))).toMatch(
      "tensor 'params.2.bias' in the checkpoint",
    );
  });

  it.each([
    [{ layer: { units: 5 } }, "parameter '0.kernel' float32 [5, 20] in the snapshot"],
    [{ layer: { extra: true } }, "parameter '3.kernel' float32 [5, 5] in the snapshot, got nothing"],
    [{ optimizer: 'adam' }, 'the optimizer sgd as in the snapshot, got adam'],
    [
      { optimizer: sgd() },
      `the optimizer's settings {"momentum":0.9} as in the snapshot, got {"momentum":0}: ${onPurpose}`,
    ],
    [{ learningRate: 0.01 }, `the learning rate 0.05 as in the snapshot, got 0.01: ${onPurpose}`],
    [{ learningRate: constant(0.05) }, undefined],
    [
      { learningRate: (step: number) => 0.05 / step },
      'the learning rate 0.05 as in the snapshot, got of a function',
    ],
    [
      { learningRate: cosineDecay({ initial: 0.05, steps: 9 }) },
      'got {"name":"cosineDecay","initial":0.05,"final":0,"steps":9}',
    ],
    [{ clip: undefined }, `clip {"globalNorm":0.5} as in the snapshot, got none: ${onPurpose}`],
    [{ clip: { value: 0.5 } }, `clip {"globalNorm":0.5} as in the snapshot, got {"value":0.5}`],
    [{ seed: 12 }, 'the seed 11 as in the snapshot, got 12'],
    [{ carry: undefined }, 'carry true as in the snapshot, got false'],
    [{ carry: { model: layer, batchSize: 3 } }, "state '0.h' float32 [3, 4] in the snapshot"],
    [{ carry: undefined, shuffle: true }, 'shuffle false as in the snapshot, got true'],
    [{ averaging: { decay: 0.9 } }, 'averaging.decay none as in the snapshot, got 0.9'],
    [{ batches: idBatches(3) }, 'batches in an epoch: 4 as in the snapshot, got 3'],
    [{ learningRate: plateau, validation: { batches: idBatches(1), every: 1 } }, 'an adaptive learning rate'],
  ])('of another run (%o) is refused: %s', async (change, message) => {
    await withoutLeak(async () => {
      const { snapshot } = decodeCheckpoint(checkpoint);
      const { layer: size, ...changes } = change as { layer?: { units?: number; extra?: boolean } };
      const units = size?.units ?? 4;
      const other = stack([
        lstm({ inputSize: 5, units, inputKind: 'ids' }),
        dropout({ size: units, rate: 0.3 }),
        dense({ inputSize: units, units: 5 }),
        ...(size?.extra ? [dense({ inputSize: 5, units: 5 })] : []),
      ]);
      const params = other.init(1);
      const begin = () =>
        disposeTree(
          train({
            ...options({ ...runs['carry, dropout, momentum'], ...changes }),
            params,
            steps: 9,
            resume: snapshot,
          }).params,
        );
      if (message) expect(await complaint(begin)).toMatch(message);
      else begin();
      disposeTree(params);
    });
  });

  it('gives its parameters back, and refuses a model with a part too few', async () => {
    await withoutLeak(async () => {
      const { snapshot } = decodeCheckpoint(checkpoint);
      const template = layer.init(0);
      const params = restoreParams(template, snapshot.params);
      for (const [path, tensor] of Object.entries(flattenParams(params))) {
        expect(tensor.dataSync()).toEqual(snapshot.params[path]!.data);
      }
      expect(await complaint(() => restoreParams([template[0]], snapshot.params))).toContain(
        "[unrolled/training] restoreParams: expected parameter names 0.kernel, 0.recurrentKernel, 0.bias in the snapshot, got also '2.kernel'",
      );
      disposeTree([template, params]);
    });
  });

  it('of another machine or backend warns', async () => {
    const { snapshot } = decodeCheckpoint(checkpoint);
    const told: string[] = [];
    const params = layer.init(1);
    const run = train({
      ...options(runs['carry, dropout, momentum']),
      params,
      steps: 4,
      resume: { ...snapshot, environment: { ...snapshot.environment, backend: 'webgpu' } },
      onWarning: (message) => told.push(message),
    });
    disposeTree([params, run.params]);
    expect(told).toEqual([
      `[unrolled/training] train: resuming, but the last bits may differ: backend was webgpu and is ${snapshot.environment.backend}`,
    ]);
  });
});
