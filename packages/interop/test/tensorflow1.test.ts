import {
  type AnyPart,
  attentionWrapper,
  bidirectional,
  conv1d,
  dense,
  disposeTree,
  embedding,
  encoderDecoder,
  flattenParams,
  gru,
  layerNorm,
  layerNormLstm,
  lstm,
  minLstm,
  simpleRnn,
  stack,
  tiedEmbedding,
} from '@unrolled/cells';
import { expect, it } from 'vitest';
import { fromTensorFlow1, toTensorFlow1 } from '../src/index';
import { complaint, expectClose, someParams, withoutLeak } from './support';

const both = (inputSize: number) =>
  bidirectional(simpleRnn({ inputSize, units: 2 }), gru({ inputSize, units: 2, variant: 'reset-before' }));
const model = stack([
  embedding({ vocabularySize: 7, dimension: 3 }),
  both(3),
  both(4),
  lstm({ inputSize: 4, units: 5 }),
  lstm({ inputSize: 5, units: 4, peepholes: true, projection: 3 }),
  dense({ inputSize: 3, units: 2, useBias: false }),
  dense({ inputSize: 2, units: 2 }),
]);

it('gives back the parameters, but for the rounding of the forget bias', () =>
  withoutLeak(() => {
    const params = someParams(model);
    for (const forgetBias of [1, 0]) {
      const back = fromTensorFlow1(toTensorFlow1(model, params as never, { forgetBias }), model, {
        forgetBias,
      });
      const [a, b] = [flattenParams(back), flattenParams(params)];
      expect(Object.keys(a)).toEqual(Object.keys(b));
      for (const name of Object.keys(b)) {
        expectClose(a[name]!.dataSync(), b[name]!.dataSync(), forgetBias === 0 ? 0 : 2e-7);
      }
      disposeTree(back);
    }
    disposeTree(params);
  }));

const attending = encoderDecoder(
  stack([
    conv1d({ inputSize: 3, filters: 4, kernelSize: 2 }),
    layerNorm(),
    bidirectional(layerNormLstm({ inputSize: 4, units: 3 }), layerNormLstm({ inputSize: 4, units: 3 })),
  ]),
  stack([
    attentionWrapper(stack([lstm({ inputSize: 7, units: 5 }), layerNormLstm({ inputSize: 5, units: 4 })]), {
      ...{ memorySize: 6, score: 'additive', units: 2, normalized: true, attentionUnits: 5 },
      inputFeeding: true,
    }),
    dense({ inputSize: 5, units: 2 }),
  ]),
);

it('gives back an encoder–decoder with attention and normalisation, by the scopes that TF1 makes', () =>
  withoutLeak(() => {
    const params = someParams(attending);
    const written = toTensorFlow1(attending, params as never, { forgetBias: 0 });
    const back = fromTensorFlow1(written, attending, { forgetBias: 0 });
    const [a, b] = [flattenParams(back), flattenParams(params)];
    for (const name of Object.keys(b)) expectClose(a[name]!.dataSync(), b[name]!.dataSync(), 0);
    const wrapper = 'decoder/attention_wrapper';
    expect(Object.keys(written)).toEqual(
      expect.arrayContaining([
        ...['conv1d/kernel', 'conv1d/bias', 'LayerNorm/gamma', 'LayerNorm/beta'],
        'bidirectional_rnn/bw/layer_norm_basic_lstm_cell/state/gamma',
        ...['dense/kernel', 'memory_layer/kernel', `${wrapper}/attention_layer/kernel`],
        `${wrapper}/multi_rnn_cell/cell_0/basic_lstm_cell/kernel`,
        `${wrapper}/multi_rnn_cell/cell_1/layer_norm_basic_lstm_cell/forget/beta`,
        ...['query_layer/kernel', 'attention_v', 'attention_g', 'attention_b'].map(
          (name) => `${wrapper}/bahdanau_attention/${name}`,
        ),
      ]),
    );
    expect(written[`${wrapper}/bahdanau_attention/attention_g`]!.shape).toEqual([]);
    disposeTree([params, back]);
  }));

it('names variables by the scopes that TF1 makes', () =>
  withoutLeak(() => {
    const params = model.init(1);
    const scopes = Object.keys(toTensorFlow1(model, params)).map((name) =>
      name.replace(/\/(kernel|bias|w_._diag)$/, ''),
    );
    expect([...new Set(scopes)]).toEqual([
      'embedding',
      'stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/basic_rnn_cell',
      'stack_bidirectional_rnn/cell_0/bidirectional_rnn/bw/gru_cell/gates',
      'stack_bidirectional_rnn/cell_0/bidirectional_rnn/bw/gru_cell/candidate',
      'stack_bidirectional_rnn/cell_1/bidirectional_rnn/fw/basic_rnn_cell',
      'stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell/gates',
      'stack_bidirectional_rnn/cell_1/bidirectional_rnn/bw/gru_cell/candidate',
      'rnn/multi_rnn_cell/cell_0/basic_lstm_cell',
      'rnn/multi_rnn_cell/cell_1/lstm_cell',
      'rnn/multi_rnn_cell/cell_1/lstm_cell/projection',
      'dense',
      'dense_1',
    ]);
    disposeTree(params);
  }));

it('takes the forget bias off when it writes, and adds it when it reads', () =>
  withoutLeak(() => {
    const cell = lstm({ inputSize: 1, units: 2 }); // forget bias 1 from init on
    const params = cell.init(1);
    const arrays = toTensorFlow1(cell, params);
    expect([...arrays['rnn/basic_lstm_cell/bias']!.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const back = fromTensorFlow1(arrays, cell, { forgetBias: 0.5 });
    expect([...back.bias.dataSync()]).toEqual([0, 0, 0.5, 0.5, 0, 0, 0, 0]);
    disposeTree([params, back]);
  }));

it("reads variables' own names, which end in :0, and leaves out an optimizer's where it may", () =>
  withoutLeak(async () => {
    const cell = lstm({ inputSize: 1, units: 2 });
    const params = cell.init(1);
    const named = Object.entries(toTensorFlow1(cell, params)).map(
      ([name, array]) => [`${name}:0`, array] as const,
    );
    const slot = ['rnn/basic_lstm_cell/kernel/Adam:0', named[0]![1]] as const;
    const tensors = new Map([...named, slot]);
    expect(await complaint(() => fromTensorFlow1(tensors, cell))).toContain(
      'got rnn/basic_lstm_cell/kernel/Adam',
    );
    disposeTree([params, fromTensorFlow1(tensors, cell, { strict: false })]);
  }));

const cell = lstm({ inputSize: 1, units: 2 });
const square = lstm({ inputSize: 2, units: 2 });
const lacking: [string, AnyPart, string][] = [
  ['a GRU that resets after', gru({ inputSize: 3, units: 2 }), 'got gru with the variant reset-after'],
  [
    'other gates',
    lstm({ inputSize: 3, units: 2, recurrentActivation: 'hardSigmoid' }),
    'gates other than sigmoids',
  ],
  ['a minimal layer', minLstm({ inputSize: 2, units: 3 }), 'got minLstm with a recurrence'],
  [
    'a score without a memory layer',
    stack([attentionWrapper(square, { memorySize: 2, score: 'scaled' })]),
    "expected attention with a memory layer, as in TensorFlow 1, got attentionWrapper(lstm) with the score 'scaled'",
  ],
  ['a tied embedding', tiedEmbedding(square, { vocabularySize: 4 }), 'a table shared by input and output'],
];
it.each(lacking)('refuses %s', (_name, part, words) =>
  withoutLeak(async () => expect(await complaint(() => toTensorFlow1(part, {}))).toContain(words)),
);

it('refuses names that do not fit the layers', () =>
  withoutLeak(async () => {
    const one = bidirectional(cell, cell);
    expect(await complaint(() => fromTensorFlow1({}, one, { names: ['bidirectional_rnn'] }))).toContain(
      'expected one scope for each of the layers lstm, two for both directions, got ["bidirectional_rnn"]',
    );
  }));
