// Valid calls of the packages that compute with tensors: kernels, cells, losses, interop.
import * as tf from '@tensorflow/tfjs-core';
import {
  attend,
  attentionPool1d,
  attentionWrapper,
  bidirectional,
  constant,
  conv1d,
  dense,
  describe as describeModel,
  encoderDecoder,
  flattenParams,
  lstm,
  random,
  stack,
  stepper,
} from '@unrolled/cells';
import { refuser } from '@unrolled/errors';
import { onnxGraph, toKeras, toKerasWeights, toPyTorch, toTensorFlow1 } from '@unrolled/interop';
import { writeKeras } from '@unrolled/interop/keras';
import { createSampler, firstOrderCheckOf } from '@unrolled/kernels';

const ones = (...shape) => tf.ones(shape);
const ids = (...shape) => tf.ones(shape, 'int32');
const initializers = { kernelInitializer: 'glorotNormal', biasInitializer: 'zeros' };
const recurrent = {
  inputSize: 2,
  units: 3,
  inputKind: 'vectors',
  activation: 'tanh',
  recurrentInitializer: 'orthogonal',
  ...initializers,
};
const convolved = { inputSize: 2, filters: 3, activation: 'tanh', useBias: true, ...initializers };
const pooled = { inputSize: 2, size: 2, stride: 2 };
const causal = () => conv1d({ ...convolved, kernelSize: 2, padding: 'causal' });
const cell = () => lstm({ inputSize: 2, units: 3 });
const model = () => stack([lstm({ inputSize: 2, units: 3 }), dense({ inputSize: 3, units: 2 })]);
const fedCell = () => lstm({ inputSize: 6, units: 3 });
const attending = () => attentionWrapper(cell(), { memorySize: 3 });
const translator = () => encoderDecoder(cell(), attending());
const lstmLayer = {
  type: 'lstm',
  inputSize: 2,
  units: 3,
  activation: 'tanh',
  recurrentActivation: 'sigmoid',
  inputKind: 'vectors',
  peepholes: false,
};
const part = () => ({ layer: lstmLayer, params: cell().init(1), state: cell().zeroState(2) });
const gates = (count) => ({
  x: ones(2, 4, 2),
  kernel: ones(2, 3 * count),
  recurrentKernel: ones(3, 3 * count),
  bias: ones(3 * count),
  initialH: ones(2, 3),
});
const sequence = { lengths: [4, 2], reverse: false };
const regression = () => [ones(2, 3), ones(2, 3), { weights: ones(2, 3) }];
const entropy = () => [ones(2, 3, 5), ids(2, 3)];
const minimal = {
  inputSize: 2,
  units: 3,
  inputKind: 'vectors',
  activation: 'positive',
  useBias: true,
  ...initializers,
};
const recurrence = () => ({ initialState: ones(2, 3), ...sequence });
const minGruLayer = {
  type: 'minGru',
  inputSize: 2,
  units: 3,
  activation: 'positive',
  inputKind: 'vectors',
  useBias: true,
};
const draw = () => random(1);
const counted = () => ({ lengths: [3, 1], ignoreId: -1 });
const tf1 = { names: ['rnn/lstm', 'dense'], forgetBias: 1 };

function sampler() {
  const cell = lstm({ inputSize: 5, units: 3 });
  const head = dense({ inputSize: 3, units: 5 });
  const dataOf = (params) =>
    Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.dataSync()]));
  return {
    seed: 1,
    batchSize: 1,
    layers: [
      { layer: { ...lstmLayer, inputSize: 5, inputKind: 'ids' }, params: dataOf(cell.init(1)) },
      {
        layer: { type: 'linear', inputSize: 3, units: 5, activation: 'linear', useBias: true },
        params: dataOf(head.init(2)),
      },
    ],
  };
}

const made = () => createSampler(sampler());
const fed = () => {
  const one = made();
  one.step(1);
  return one;
};
const update = () => {
  const parameter = tf.variable(ones(2, 3));
  const slots = [1, 2].map(() => tf.variable(tf.zeros([2, 3])));
  return [
    {
      kind: 'adam',
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      step: 1,
      clip: { globalNorm: 1 },
    },
    [parameter],
    [ones(2, 3)],
    slots.map((slot) => [slot]),
  ];
};
const onnx = () => {
  const graph = onnxGraph();
  return Object.assign(graph, { x: graph.input('x', ['batch', 'time', 2]) });
};
const layersModel = async () => {
  const { layers, sequential } = await import('@tensorflow/tfjs');
  return sequential({ layers: [layers.lstm({ units: 3, inputShape: [4, 2] })] });
};

export const tensorCalls = {
  'cells:onFallback': () => [() => {}],
  'cells:alignmentPaths': () => [attending()],
  'cells:attend': () => [
    attending(),
    attending().init(1),
    ones(2, 4, 3),
    { lengths: [4, 2], state: cell().zeroState(2) },
  ],
  'cells:attentionWrapper': () => [
    lstm({ inputSize: 4, units: 3 }),
    {
      ...{ memorySize: 3, score: 'additive', units: 2, normalized: true },
      ...{ attentionUnits: 2, activation: 'tanh', inputFeeding: true },
    },
  ],
  'cells:constantStatePaths': () => [attending()],
  'cells:encode': () => [
    translator(),
    translator().init(1),
    ones(2, 4, 2),
    { lengths: [4, 2], context: { training: false } },
  ],
  'cells:encoderDecoder': () => [cell(), attending(), { bridge: 'copy' }],
  'cells:unrollWithAlignments': () => [
    attending(),
    attending().init(1),
    ones(2, 4, 2),
    {
      initialState: attend(attending(), attending().init(1), ones(2, 5, 3)),
      lengths: [4, 2],
      reverse: false,
      context: { training: false },
    },
  ],
  'cells:bidirectional': () => [cell(), cell()],
  'cells:attentionPool1d().unroll': [
    () => bidirectional(cell(), cell()),
    (both) => [
      both.init(1),
      ones(2, 4, 2),
      both.zeroState(2),
      { lengths: [4, 2], reverse: false, fused: true },
    ],
  ],
  'cells:attentionWrapper().unroll': [
    () => bidirectional(cell(), cell()),
    (both) => [
      both.init(1),
      ones(2, 4, 2),
      both.zeroState(2),
      { lengths: [4, 2], reverse: false, fused: true },
    ],
  ],
  'cells:attentionWrapper().init': [cell, () => [1]],
  'cells:attentionWrapper().zeroState': [cell, () => [2]],
  'cells:attentionWrapper().outputShape': [() => bidirectional(causal(), causal()), () => [[2, 4, 2]]],
  'cells:splitDirections': () => [ones(2, 4, 6), 3],
  'cells:isCell': () => [cell()],
  'cells:conv1d': () => [{ ...convolved, kernelSize: 2, stride: 1, dilation: 1, padding: 'same' }],
  'cells:conv2d': () => [{ ...convolved, kernelSize: 2, stride: 1, dilation: 1, padding: 'same' }],
  'cells:maxPool1d': () => [pooled],
  'cells:averagePool1d': () => [pooled],
  'cells:maxPool2d': () => [{ ...pooled, padding: 'same' }],
  'cells:averagePool2d': () => [{ ...pooled, padding: 'same' }],
  'cells:globalMaxPool1d': () => [{ inputSize: 2 }],
  'cells:globalAveragePool1d': () => [{ inputSize: 2 }],
  'cells:globalMaxPool2d': () => [{ inputSize: 2 }],
  'cells:globalAveragePool2d': () => [{ inputSize: 2 }],
  'cells:attentionPool1d': () => [{ inputSize: 2, units: 3 }],
  'cells:poolingShares': () => [
    attentionPool1d({ inputSize: 2, units: 3 }),
    attentionPool1d({ inputSize: 2, units: 3 }).init(1),
    ones(2, 4, 2),
    { lengths: [4, 2] },
  ],
  'cells:flatten': () => [{ height: 2, width: 3, inputSize: 2 }],
  'cells:pixelSteps': () => [{ inputSize: 2 }],
  'cells:layerNorm': () => [{ inputSize: 2, epsilon: 1e-5 }],
  'cells:layerNormLstm': () => [
    {
      ...{ inputSize: 2, units: 3, inputKind: 'vectors', activation: 'tanh', forgetBias: 1 },
      ...{ recurrentDropout: 0.1, epsilon: 1e-12 },
      ...{ kernelInitializer: 'glorotNormal', recurrentInitializer: 'orthogonal' },
    },
  ],
  'cells:dense': () => [{ inputSize: 2, units: 3, activation: 'tanh', useBias: true, ...initializers }],
  'cells:attentionWrapper().step': [
    cell,
    (one) => [one.init(1), ones(2, 2), one.zeroState(2), { training: false, time: 0 }],
  ],
  'cells:describe': () => [cell()],
  'cells:dropout': () => [{ size: 3, rate: 0.5, variational: true }],
  'cells:dropoutWrapper': () => [cell(), { input: 0.1, state: 0.2, output: 0.3, variational: true }],
  'cells:embedding': () => [{ vocabularySize: 5, dimension: 3, initializer: 'glorotUniform' }],
  'cells:gru': () => [{ ...recurrent, variant: 'reset-before', recurrentActivation: 'sigmoid' }],
  'cells:structureOf': () => [cell()],
  'cells:constant': () => [1],
  'cells:constant()': [() => constant(1), () => [[2, 3], draw()]],
  'cells:glorotNormal': () => [[2, 3], draw()],
  'cells:glorotUniform': () => [[2, 3], draw()],
  'cells:heNormal': () => [[2, 3], draw()],
  'cells:normal': () => [1],
  'cells:orthogonal': () => [[2, 3], draw()],
  'cells:uniform': () => [1],
  'cells:lastOutput': () => [cell()],
  'cells:lstm': () => [
    {
      ...recurrent,
      recurrentActivation: 'sigmoid',
      forgetBias: 1,
      peepholes: true,
      cellClip: 3,
      projection: 2,
      projectionClip: 3,
    },
  ],
  'cells:isManyToOne': () => [cell()],
  'cells:linearCell': () => [
    {
      ...{ inputSize: 2, units: 3 },
      init: () => ({ w: tf.ones([2, 3]) }),
      coefficients: ({ w }, x) => ({ a: tf.sigmoid(tf.matMul(x, w)), b: tf.matMul(x, w) }),
    },
  ],
  'cells:linearRecurrence': () => [ones(2, 4, 3), ones(2, 4, 3), recurrence()],
  'cells:maskIds': () => [ids(2, 4), [4, 2]],
  'cells:maskSequence': () => [ones(2, 4, 3), [4, 2]],
  'cells:minGru': () => [minimal],
  'cells:minLstm': () => [minimal],
  'cells:positive': () => [ones(2, 3)],
  'cells:modelFrom': () => [describeModel(cell())],
  'cells:parameterShapes': () => [cell()],
  'cells:paramsFrom': () => [
    cell(),
    cell().init(1) &&
      Object.fromEntries(
        Object.entries(flattenParams(cell().init(1))).map(([path, tensor]) => [
          path,
          { shape: tensor.shape, data: tensor.dataSync() },
        ]),
      ),
  ],
  'cells:deriveSeed': () => [1, 2],
  'cells:random': () => [1],
  'cells:randomFromState': () => [random(1).state()],
  'cells:recurrentCells.lstm': () => [recurrent],
  'cells:recurrentCells.gru': () => [recurrent],
  'cells:recurrentCells.rnn': () => [recurrent],
  'cells:residual': () => [lstm({ inputSize: 3, units: 3 })],
  'cells:simpleRnn': () => [recurrent],
  'cells:stack': () => [[cell(), dense({ inputSize: 3, units: 2 })]],
  'cells:stepper': () => [cell(), cell().init(1), { batchSize: 2, state: cell().zeroState(2) }],
  'cells:stepper().step': [() => stepper(cell(), cell().init(1)), () => [Float32Array.of(1, 2)]],
  'cells:stepper().gather': [() => stepper(cell(), cell().init(1), { batchSize: 2 }), () => [[1, 0]]],
  'cells:tiedEmbedding': () => [lstm({ inputSize: 3, units: 3 }), { vocabularySize: 5 }],
  'cells:disposeTree': () => [[ones(2), { a: ones(3) }]],
  'cells:flattenParams': () => [[ones(2), { a: ones(3) }]],
  'cells:mapTree': () => [[ones(2), { a: ones(3) }], (tensor) => tensor, ''],
  'cells:tensorsOf': () => [[ones(2), { a: ones(3) }]],
  'cells:unflattenParams': () => [[ones(2)], { 0: ones(2) }],
  'cells:unroll': () => [
    cell(),
    cell().init(1),
    ones(2, 4, 2),
    {
      initialState: cell().zeroState(2),
      lengths: [4, 2],
      reverse: false,
      fused: true,
      context: { training: false },
    },
  ],
  'cells:unrollSteps': () => [
    cell(),
    cell().init(1),
    ones(2, 4, 2),
    cell().zeroState(2),
    { lengths: [4, 2], reverse: false, fused: true, context: { training: false } },
  ],
  'cells/testing:contractChecks': () => [cell(), { tolerance: 1e-4 }],

  'losses:accuracy': () => [...entropy(), counted()],
  'losses:crossEntropy': () => [
    ...entropy(),
    { ...counted(), reduction: 'mean', classWeights: [1, 1, 1, 1, 1], labelSmoothing: 0.1 },
  ],
  'losses:binaryCrossEntropy': () => [
    ones(2, 3),
    ones(2, 3),
    { reduction: 'mean', weights: ones(3), lengths: [3, 1], positiveWeights: [1, 1, 2], labelSmoothing: 0.1 },
  ],
  'losses:focalLoss': () => [
    ones(2, 3),
    ones(2, 3),
    { reduction: 'mean', weights: ones(3), lengths: [3, 1], gamma: 2, alpha: 0.25, labelSmoothing: 0.1 },
  ],
  'losses:ctcLoss': () => [
    ones(2, 4, 3),
    [[1, 2], [2]],
    { inputLengths: [4, 3], targetLengths: [2, 1], blank: 0, zeroInfinity: true, reduction: 'sum' },
  ],
  'losses:bitsPerCharacter': () => [1],
  'losses:perplexity': () => [1],
  'losses:meanAbsoluteError': regression,
  'losses:meanSquaredError': regression,
  'losses:rootMeanSquaredError': regression,
  'losses:sumOfSquares': regression,
  'losses:likelihoodParameters': () => ['gaussian'],
  'losses:likelihoodLoss': () => [
    ones(2, 3, 3),
    ones(2, 3),
    { distribution: 'negativeBinomial', zeroInflated: true, weights: ones(2, 3) },
  ],
  'losses:quantileLoss': () => [ones(2, 3, 2), ones(2, 3), [0.1, 0.9], { weights: ones(2, 3) }],
  'losses:sequenceLogProbability': () => [...entropy(), { lengths: [3, 1] }],
  'losses:sequenceLoss': () => [
    ...entropy(),
    { lengths: [3, 1], averageAcrossTimesteps: true, averageAcrossBatch: true, labelSmoothing: 0.1 },
  ],
  'losses:sequenceLossPerStep': () => [...entropy(), { weights: ones(2, 3) }],

  'kernels:attention': () => [
    ones(2, 4, 3),
    { keys: ones(2, 5, 3), memory: ones(2, 5, 6), valid: ones(2, 5), vector: ones(3) },
  ],
  'kernels:attentionSequence': () => [
    ones(2, 4, 2),
    { layer: { ...lstmLayer, inputSize: 6 }, params: fedCell().init(1), state: fedCell().zeroState(2) },
    {
      ...{ keys: ones(2, 5, 7), memory: ones(2, 5, 6), valid: ones(2, 5), vector: ones(7) },
      ...{ queryKernel: ones(3, 7), attentionKernel: ones(9, 4), attention: ones(2, 4) },
      ...{ alignments: ones(2, 5), squashes: true },
    },
    sequence,
  ],
  'kernels:ctcLosses': () => [
    ones(2, 4, 3),
    { targets: [[1, 2], [2]], inputLengths: [4, 3], blank: 0, zeroInfinity: true },
  ],
  'kernels:isMinimal': () => [minGruLayer],
  'kernels:minimalRecurrence': () => [ones(2, 4, 6), minGruLayer, recurrence()],
  'kernels:isRecurrent': () => [lstmLayer],
  'kernels:convolution': () => [
    ones(2, 4, 4, 2),
    ones(2, 2, 2, 3),
    ones(3),
    { strides: 1, dilations: 1, padding: 'same' },
  ],
  'kernels:embeddingLookup': () => [ones(5, 3), ids(2, 4)],
  'kernels:gruSequence': () => [
    gates(3),
    { ...sequence, variant: 'reset-before', recurrentActivation: 'sigmoid' },
  ],
  'kernels:lastStep': () => [ones(2, 4, 3), [4, 2]],
  'kernels:linear': () => [ones(2, 3), ones(3, 4), ones(4)],
  'kernels:lstmSequence': () => [
    { ...gates(4), initialC: ones(2, 3) },
    { ...sequence, recurrentActivation: 'sigmoid' },
  ],
  'kernels:maskSequence': () => [ones(2, 4, 3), [4, 2]],
  'kernels:recurrentSequence': () => [ones(2, 4, 2), part(), sequence],
  'kernels:firstOrderCheckOf': () => [refuser('kernels')],
  'kernels:firstOrderCheckOf()': [() => firstOrderCheckOf(refuser('kernels')), () => ['test']],
  'kernels:hasFusedKernel': () => ['linear'],
  'kernels:canStack': () => [[lstmLayer], sequence],
  'kernels:sequenceStack': () => [ones(2, 4, 2), [part()], sequence],
  'kernels:simpleRnnSequence': () => [gates(1), sequence],
  'kernels:meanSoftmaxCrossEntropy': () => [ones(3, 5), ids(3)],
  'kernels:softmaxCrossEntropy': () => [ones(3, 5), ids(3), { labelSmoothing: 0 }],
  'kernels:updateParameters': update,
  'kernels:registerUnrolledBackend': () => [{ threads: 1, binary: 'plain' }],
  'kernels:useUnrolledBackend': () => [{ threads: 1, binary: 'plain' }],
  'kernels:createSampler': () => [sampler()],
  'kernels:createSampler().sample': [fed, () => [2, { temperature: 1, topK: 2, prime: [1] }]],
  'kernels:createSampler().step': [made, () => [[1]]],
  'kernels:createSampler().reset': [made, () => [made().state()]],
  'kernels:createSampler().gather': [fed, () => [[0]]],
  'kernels:canSample': () => [sampler().layers.map(({ layer }) => layer)],
  'kernels/tf-layers:accelerate': async () => [await layersModel()],
  'kernels/node:selectBackend': () => ['unrolled', { units: 8, batchSize: 2, threads: 1, binary: 'plain' }],

  'interop:fromKeras': () => [
    toKeras(model(), model().init(1)),
    model(),
    { strict: true, names: ['layers/lstm', 'layers/dense'] },
  ],
  'interop:toKeras': () => [model(), model().init(1), { bias: true, names: ['layers/lstm', 'layers/dense'] }],
  'interop:fromKerasWeights': () => [toKerasWeights(model(), model().init(1)), model()],
  'interop:toKerasWeights': () => [model(), model().init(1)],
  'interop:onnxGraph': () => [{ metadata: { a: 1 } }],
  'interop:onnxGraph().input': [onnx, () => ['y', ['batch', 3]]],
  'interop:onnxGraph().part': [onnx, (graph) => ['one', cell(), cell().init(1), graph.x]],
  'interop:onnxGraph().constant': [onnx, () => ['c', Float32Array.of(1, 2), [2]]],
  'interop:onnxGraph().integers': [onnx, () => [1, 2]],
  'interop:onnxGraph().operator': [onnx, (graph) => ['Softmax', [graph.x], { axis: 1 }]],
  'interop:onnxGraph().output': [onnx, (graph) => ['y', graph.x, ['batch', 'time', 2]]],
  'interop:toOnnx': () => [
    model(),
    model().init(1),
    { lengths: true, state: true, idType: 'int32', metadata: { a: 1 } },
  ],
  'interop:toOnnxEncoder': () => [
    translator(),
    translator().init(1),
    { lengths: true, idType: 'int32', metadata: { a: 1 } },
  ],
  'interop:fromPyTorch': () => [
    toPyTorch(model(), model().init(1)),
    model(),
    { strict: true, names: ['lstm', 'linear'] },
  ],
  'interop:toPyTorch': () => [model(), model().init(1), { bias: true, names: ['lstm', 'linear'] }],
  'interop:fromTensorFlow1': () => [
    toTensorFlow1(model(), model().init(1), tf1),
    model(),
    { strict: true, ...tf1 },
  ],
  'interop:toTensorFlow1': () => [model(), model().init(1), tf1],
  'interop/keras:readKeras': async () => [await writeKeras(model(), model().init(1))],
  'interop/keras:writeKerasWeights': () => [toKeras(model(), model().init(1))],
  'interop/keras:writeKeras': () => [model(), model().init(1)],
};
