import * as tf from '@tensorflow/tfjs-core';
import {
  describe as describeModel,
  disposeTree,
  flattenParams,
  modelFrom,
  parameterShapes,
  paramsFrom,
  unroll,
} from '@unrolled/cells';
import { describe, expect, test } from 'vitest';
import { type Architecture, type LanguageModel, languageModel } from '../src/architecture/architecture';

const base: Architecture = {
  cell: 'lstm',
  layers: 2,
  units: 3,
  embedding: 0,
  dropout: 0,
  variationalDropout: false,
  residual: false,
  tied: false,
};
const architectures: Architecture[] = [
  base,
  { ...base, cell: 'gru', layers: 1 },
  { ...base, cell: 'rnn', layers: 3, dropout: 0.5 },
  { ...base, embedding: 4 },
  { ...base, cell: 'gru', embedding: 4, dropout: 0.1 },
  { ...base, residual: true, layers: 3 },
  { ...base, residual: true, embedding: 3, dropout: 0.1, variationalDropout: true },
  { ...base, tied: true, embedding: 3 },
  { ...base, cell: 'gru', tied: true, residual: true, embedding: 3, dropout: 0.1 },
];

describe.each(architectures)('%j', (architecture) => {
  const vocabularySize = 5;
  const model = languageModel(vocabularySize, architecture);

  test('has the parameters that a checkpoint of it is expected to have', () => {
    const params = model.init(1);
    const shapes = Object.entries(flattenParams(params)).map(([path, { shape }]) => [path, shape]);
    expect(shapes).toEqual(Object.entries(parameterShapes(model)));
    disposeTree(params);
  });

  test('reads ids and gives logits, also rebuilt from its description and a flat record', () => {
    const before = tf.memory().numTensors;
    const params = model.init(1);
    const ids = tf.tensor2d([[0, 1, 4]], [1, 3], 'int32');
    const direct = unroll(model, params, ids);
    const again = modelFrom(JSON.parse(JSON.stringify(describeModel(model)))) as LanguageModel;
    const values = Object.entries(flattenParams(params)).map(([path, tensor]) => {
      return [path, { shape: tensor.shape, data: tensor.dataSync<'float32'>() }] as const;
    });
    const flat = paramsFrom(again, Object.fromEntries(values));
    const rebuilt = unroll(again, flat, ids);
    expect(direct.output.shape).toEqual([1, 3, vocabularySize]);
    expect([...rebuilt.output.dataSync()]).toEqual([...direct.output.dataSync()]);
    disposeTree([params, flat, ids, direct.output, direct.state, rebuilt.output, rebuilt.state]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
