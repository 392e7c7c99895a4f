import * as tf from '@tensorflow/tfjs-core';
import { dense, describe as describeModel, disposeTree, gru, stack } from '@unrolled/cells';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { dataOf, decodeModels, encodeModels, type ModelSet } from '@unrolled/training';
import { describe, expect, it } from 'vitest';

function someModels(): ModelSet {
  const encoder = stack([gru({ inputSize: 2, units: 3 })]);
  const decoder = dense({ inputSize: 3, units: 1 });
  const params = { encoder: encoder.init(1), decoder: decoder.init(2) };
  const set = {
    models: {
      encoder: { model: encoder, params: dataOf(params.encoder) },
      decoder: { model: decoder, params: dataOf(params.decoder) },
    },
    details: { scale: 2 },
  };
  disposeTree(params);
  return set;
}

describe('a file of several models', () => {
  it('gives the models, their parameters and the details again, and makes no tensor', () => {
    const set = someModels();
    const before = tf.memory().numTensors;
    const read = decodeModels(encodeModels(set));
    expect(tf.memory().numTensors).toBe(before);
    expect(read.details).toEqual(set.details);
    for (const [name, { model, params }] of Object.entries(set.models)) {
      expect(read.models[name]!.params).toEqual(params);
      expect(describeModel(read.models[name]!.model)).toEqual(describeModel(model));
    }
    expect(encodeModels(read)).toEqual(encodeModels(set));
  });

  it.each<[string, (header: Record<string, unknown>) => void, RegExp]>([
    ['of another origin', (header) => (header.format = 'else'), /a safetensors file of another origin/],
    ['of another version', (header) => (header.version = 2), /a file of format version 2/],
    ['without models', (header) => delete header.models, /a file without models or details/],
    ['without details', (header) => delete header.details, /a file without models or details/],
    ['with a damaged description', (header) => (header.models = { encoder: {} }), /modelFrom/],
    [
      'with tensors of no model',
      (header) => (header.models = {}),
      /tensors that belong to no model: .*encoder\.0\./,
    ],
  ])('%s is refused', (_, damage, message) => {
    const { tensors, metadata } = readSafetensors(encodeModels(someModels()));
    const header = JSON.parse(metadata.unrolled!);
    damage(header);
    const changed = { unrolled: JSON.stringify(header) };
    const bytes = writeSafetensors(Object.fromEntries(tensors) as never, changed, { checksum: true });
    expect(() => decodeModels(bytes)).toThrow(message);
  });

  it('without its checksum is refused, as damage to its name would leave it', () => {
    const { tensors, metadata } = readSafetensors(encodeModels(someModels()));
    const bytes = writeSafetensors(Object.fromEntries(tensors) as never, metadata);
    expect(() => decodeModels(bytes)).toThrow(
      /expected a file with its checksum, got a file without a checksum/,
    );
  });

  it('with parameters of another shape is refused', () => {
    const { models, details } = someModels();
    const wrong = { ...models, decoder: { ...models.decoder!, model: dense({ inputSize: 4, units: 1 }) } };
    expect(() => decodeModels(encodeModels({ models: wrong, details }))).toThrow(
      /expected 'decoder\.kernel' F32 \[4, 1\], got F32 \[3, 1\]/,
    );
  });
});
