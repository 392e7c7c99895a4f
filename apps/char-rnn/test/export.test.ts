import { readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, unroll } from '@unrolled/cells';
import { fromPyTorch } from '@unrolled/interop';
import type { TrainedModel } from '@unrolled/language-model';
import { loadModel } from '@unrolled/language-model/node';
import { readSafetensors } from '@unrolled/safetensors';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const kinds = {
  lstm: ['--layers', '2', '--dropout', '0.2'],
  gru: ['--cell', 'gru', '--layers', '2', '--embedding', '8', '--residual'],
  tied: ['--cell', 'rnn', '--layers', '1', '--embedding', '8', '--tied'],
};
const kindNames = Object.keys(kinds);

beforeAll(async () => {
  await writeFile(at('words.txt'), wordsText(300));
  for (const [kind, options] of Object.entries(kinds)) {
    const { code, stderr } = await charRnn(
      ...[
        'train',
        at('words.txt'),
        '--run-directory',
        at(kind),
        '--units',
        '8',
        '--steps',
        '3',
        '--batch-size',
        '4',
      ],
      ...['--sequence-length', '5', '--sample-every', '0', ...options],
    );
    expect(code, stderr).toBe(0);
  }
});

const checkpoint = (kind: string) => at(kind, 'best.safetensors');
const exported = (kind: string, format: string, output: string) =>
  charRnn('export', '--checkpoint', checkpoint(kind), '--format', format, '--output', at(output), '--json');

const ids = [1, 0, 4, 2, 3];

/** The model's logits for the ids, one row. */
function logitsOf({ model }: TrainedModel, params: unknown): Float32Array {
  return tf.tidy(() => {
    const { output } = unroll(model, params as unknown[], tf.tensor2d(ids, [1, ids.length], 'int32'));
    return output.dataSync<'float32'>().slice();
  });
}

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(worst).toBeLessThanOrEqual(1e-5);
}

describe.each(kindNames)('a model with %s', (kind) => {
  test('as ONNX gives the same logits, fed id by id with its state', async () => {
    const outcome = await exported(kind, 'onnx', `${kind}.onnx`);
    expect(outcome.code, outcome.stderr).toBe(0);
    const trained = await loadModel('--checkpoint', checkpoint(kind));
    const session = await InferenceSession.create(at(`${kind}.onnx`));
    const states = session.inputNames.filter((name) => name.startsWith('initial_state.'));
    let state: Record<string, Tensor> = Object.fromEntries(
      states.map((name) => [name, new Tensor('float32', new Float32Array(8), [1, 8])]),
    );
    const logits: number[] = [];
    for (const id of ids) {
      const result = await session.run({ input: new Tensor('int64', [BigInt(id)], [1, 1]), ...state });
      logits.push(...(result.output!.data as Float32Array));
      state = Object.fromEntries(
        states.map((name) => [name, result[name.replace('initial', 'final')] as Tensor]),
      );
    }
    await session.release();
    expectClose(Float32Array.from(logits), logitsOf(trained, trained.params));
    disposeTree(trained.params);
  });

  test('as a PyTorch state dict has the same weights, and the vocabulary beside them', async () => {
    const outcome = await exported(kind, 'safetensors', `${kind}.safetensors`);
    expect(outcome.code, outcome.stderr).toBe(0);
    const bytes = await readFile(at(`${kind}.safetensors`));
    expect(lastObject(outcome)).toEqual({
      format: 'safetensors',
      output: at(`${kind}.safetensors`),
      bytes: bytes.length,
    });
    const { tensors, metadata } = readSafetensors(bytes);
    const trained = await loadModel('--checkpoint', checkpoint(kind));
    const params = fromPyTorch(tensors, trained.model);
    expectClose(logitsOf(trained, params), logitsOf(trained, trained.params));
    expect(JSON.parse(metadata.vocabulary!)).toEqual(trained.vocabulary.toJSON());
    expect(JSON.parse(metadata.architecture!)).toMatchObject({ units: 8 });
    disposeTree([trained.params, params]);
  });
});

describe('refuses', () => {
  test('a file that is there, and leaves it as it is', async () => {
    await writeFile(at('mine.onnx'), 'mine');
    const { code, stderr } = await exported('lstm', 'onnx', 'mine.onnx');
    expect(code).toBe(1);
    expect(stderr).toContain('--output: expected a path where no file exists yet');
    expect(await readFile(at('mine.onnx'), 'utf8')).toBe('mine');
  });

  test('another format, and a file that is no checkpoint', async () => {
    expect((await exported('lstm', 'pickle', 'model.pkl')).stderr).toContain('onnx');
    const { code, stderr } = await charRnn(
      ...['export', '--checkpoint', at('words.txt'), '--format', 'onnx', '--output', at('words.onnx')],
    );
    expect(code).not.toBe(0);
    expect(stderr).toContain('expected');
    await expect(readFile(at('words.onnx'))).rejects.toThrow('ENOENT');
  });
});
