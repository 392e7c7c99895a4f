import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, flattenParams, random, stack } from '@unrolled/cells';
import { buildNetwork, MODEL_DEFAULTS, type NetworkShape } from '@unrolled/forecaster';
import { saveForecaster } from '@unrolled/forecaster/node';
import { fromPyTorch } from '@unrolled/interop';
import { readSafetensors } from '@unrolled/safetensors';
import type { TensorRecord } from '@unrolled/training';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastObject, run, scratch } from './support/run';

const shape: NetworkShape = {
  architecture: { cell: 'gru', layers: 2, units: 4, dropout: 0.2 },
  window: 6,
  inputSize: 3,
  start: [0.1, -0.2],
};
const { normal } = random(3);
const values = (count: number) => Float32Array.from({ length: count }, () => normal() * 0.5);

/** Weights of a network, every one of them drawn. */
function someMember(): TensorRecord {
  const params = buildNetwork(shape).init(1);
  const record = Object.entries(flattenParams(params)).map(([name, { shape: extents, size }]) => [
    name,
    { shape: extents.slice(), data: values(size) },
  ]);
  disposeTree(params);
  return Object.fromEntries(record);
}

let members: TensorRecord[];
let files: Awaited<ReturnType<typeof scratch>>;
beforeAll(async () => {
  files = await scratch();
  members = [someMember(), someMember()];
  const { architecture, window } = shape;
  const settings = {
    ...{ ...MODEL_DEFAULTS, ...architecture, window, horizon: 2 },
    ...{ target: 'Close', features: ['Close', 'Open', 'Volume'], targetTransform: 'difference' as const },
  };
  const model = { settings, shape, scaling: {}, members };
  await saveForecaster(at('model.safetensors'), { model, calibration: {}, trainedOn: {} });
});
afterAll(() => files.remove());

const at = (name: string) => path.join(files.directory, name);
const exported = (format: string, output: string) =>
  run('export', '--model', at('model.safetensors'), '--format', format, '--output', at(output), '--json');

const windows = values(5 * 6 * 3);

/** A network's own outputs for the windows. */
function changesOf(weights: TensorRecord): Float32Array {
  return tf.tidy(() => {
    const network = buildNetwork(shape);
    const params = network.paramsFrom(weights);
    return network
      .forecast(params, tf.tensor3d(windows, [5, 6, 3]))
      .dataSync<'float32'>()
      .slice();
  });
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(1e-5);
}

describe('an ensemble', () => {
  test('as ONNX gives the mean of what its networks say', async () => {
    const outcome = await exported('onnx', 'model.onnx');
    expect(outcome.code, outcome.stderr).toBe(0);
    const session = await InferenceSession.create(at('model.onnx'));
    const { changes } = await session.run({ windows: new Tensor('float32', windows, [5, 6, 3]) });
    await session.release();
    const [first, second] = members.map(changesOf);
    expectClose(
      changes!.data as Float32Array,
      first!.map((value, i) => (value + second![i]!) / 2),
    );
    const text = (await readFile(at('model.onnx'))).toString();
    expect(text).toContain('"features":["Close","Open","Volume"]');
  });

  test('as a PyTorch state dict has the weights of each network by name, and the settings beside them', async () => {
    const outcome = await exported('safetensors', 'torch.safetensors');
    expect(outcome.code, outcome.stderr).toBe(0);
    const bytes = await readFile(at('torch.safetensors'));
    expect(lastObject(outcome)).toEqual({
      format: 'safetensors',
      output: at('torch.safetensors'),
      bytes: bytes.length,
    });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(JSON.parse(metadata['stock-forecast']!).forecaster.shape).toEqual(shape);
    const before = tf.memory().numTensors;
    const { recurrent, head, linear } = buildNetwork(shape).parts;
    for (const [member, weights] of members.entries()) {
      const name = `members.${member}`;
      const names = [`${name}.gru`, `${name}.gru`, `${name}.head`];
      const deep = fromPyTorch(tensors, stack([recurrent, head]), { names, strict: false });
      const wide = fromPyTorch(tensors, linear, { names: [`${name}.linear`], strict: false });
      const [own, top] = deep as unknown[];
      const flat = flattenParams({ recurrent: own, head: top, linear: wide });
      expect(Object.keys(flat).sort()).toEqual(Object.keys(weights).sort());
      for (const [key, { data }] of Object.entries(weights)) expect(flat[key]!.dataSync(), key).toEqual(data);
      disposeTree([deep, wide]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a file that is there is left as it is', async () => {
  await files.file('mine.onnx', 'mine');
  const { code, stderr } = await exported('onnx', 'mine.onnx');
  expect(code).toBe(1);
  expect(stderr).toContain('--output: expected a path where no file exists yet');
  expect(await readFile(at('mine.onnx'), 'utf8')).toBe('mine');
});

test('a file that train did not write is refused, and nothing is written', async () => {
  const foreign = await files.file('text.txt', 'prices');
  const { code } = await run('export', '--model', foreign, '--format', 'onnx', '--output', at('none.onnx'));
  expect(code).not.toBe(0);
  await expect(readFile(at('none.onnx'))).rejects.toThrow('ENOENT');
});
