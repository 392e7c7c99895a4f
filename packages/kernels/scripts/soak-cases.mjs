/**
 * Random jobs for the soak test of the threads. They cover all kernels, with sizes around the thresholds at
 * which the kernels change their method.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  attention,
  attentionSequence,
  convolution,
  createSampler,
  ctcLosses,
  embeddingLookup,
  layerType,
  linear,
  linearRecurrence,
  minimalRecurrence,
  recurrentSequence,
  sequenceStack,
  softmaxCrossEntropy,
  updateParameters,
} from '@unrolled/kernels';

const CELLS = [
  { type: 'lstm', activation: 'tanh' },
  { type: 'gru', variant: 'reset-after', activation: 'tanh' },
  { type: 'gru', variant: 'reset-before', activation: 'tanh' },
  { type: 'simpleRnn', activation: 'tanh' },
  { type: 'simpleRnn', activation: 'relu' },
];

/** A generator of numbers in [0, 1): mulberry32. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function dice(seed) {
  const random = generator(seed);
  const integer = (least, most) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    integer,
    /** Small sizes are as frequent as large ones. */
    size: (most) => Math.max(1, Math.round(most ** random())),
    coin: () => random() < 0.5,
    pick: (list) => list[integer(0, list.length - 1)],
    floats: (shape, scale = 0.5) =>
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (random() * 2 - 1) * scale),
    ids: (count, below) => Int32Array.from({ length: count }, () => integer(0, below - 1)),
  };
}

function layerOf(d, inputSize, units, sampled = false) {
  const cell = d.pick(CELLS);
  const hard = !sampled && cell.type !== 'simpleRnn' && d.random() < 0.2;
  return cell.type === 'simpleRnn'
    ? { ...cell, inputSize, units }
    : { ...cell, inputSize, units, recurrentActivation: hard ? 'hardSigmoid' : 'sigmoid' };
}

/** Recurrent layers, alone or stacked, with gradients of the input, the weights and the states. */
function sequence(d) {
  const stacked = d.random() < 0.3;
  const [batch, time] = [d.size(24), d.size(50)];
  const takesIds = d.random() < 0.3;
  const most = stacked ? 60 : 130;
  let width = d.size(most);
  const layers = Array.from({ length: stacked ? d.integer(2, 3) : 1 }, () => {
    const layer = layerOf(d, width, d.size(most));
    width = layer.units;
    return layer;
  });
  if (stacked && d.coin())
    layers.push({ type: 'linear', inputSize: width, units: d.size(40), activation: 'linear', useBias: true });
  const values = layers.map((layer) => {
    const of = (shapes) => Object.entries(shapes).map(([name, shape]) => [name, shape, d.floats(shape)]);
    const states = layerType(layer).states?.(layer) ?? {};
    const widths = Object.entries(states).map(([name, width]) => [name, [batch, width]]);
    return { params: of(layerType(layer).parameters(layer)), state: of(Object.fromEntries(widths)) };
  });
  const { inputSize } = layers[0];
  const x = takesIds ? d.ids(batch * time, inputSize) : d.floats([batch, time, inputSize], 1);
  const lengths =
    layers.at(-1).type !== 'linear' && d.coin()
      ? Array.from({ length: batch }, () => d.integer(0, time))
      : undefined;
  const reverse = d.coin();
  const words = `${layers.map(({ type, variant, units }) => `${variant ?? type} ${units}`)} over [${batch}, ${time}, ${inputSize}]${takesIds ? ' ids' : ''}${lengths ? ' lengths' : ''}${reverse ? ' reverse' : ''}`;
  const run = () => {
    const input = takesIds
      ? tf.tensor2d(x, [batch, time], 'int32')
      : tf.tensor3d(x, [batch, time, inputSize]);
    const named = values.map(({ params, state }) =>
      [params, state].map((list) => list.map(([name, shape, data]) => [name, tf.tensor(data, shape)])),
    );
    const flat = named.flat(2).map(([, tensor]) => tensor);
    const forward = (given, from) => {
      let next = from;
      const parts = named.map((lists, n) => {
        const [params, state] = lists.map((list) =>
          Object.fromEntries(list.map(([name]) => [name, given[next++]])),
        );
        return { layer: layers[n], params, state };
      });
      const options = { lengths, reverse };
      if (stacked) return sequenceStack(from ? given[0] : input, parts, options);
      const [{ layer, params, state }] = parts;
      return recurrentSequence(from ? given[0] : input, { layer, params, state }, options);
    };
    const plain = tf.tidy(() => forward(flat, 0).output.clone());
    const from = takesIds ? 0 : 1;
    const all = from ? [input, ...flat] : flat;
    const gradients = tf.tidy(() =>
      tf.grads((...given) => tf.sum(tf.square(forward(given, from).output)))(all),
    );
    return taken([plain, ...gradients], all, input);
  };
  return { kind: stacked ? 'stack' : 'sequence', words, run };
}

/** A linear layer, a cross-entropy and an embedding with their gradients. */
function head(d) {
  const [rows, inner, classes, vocabulary] = [d.size(600), d.size(200), 1 + d.size(200), d.size(100)];
  const kernel = d.floats([inner, classes]);
  const bias = d.floats([classes]);
  const table = d.floats([vocabulary, inner]);
  const [ids, labels] = [d.ids(rows, vocabulary), d.ids(rows, classes)];
  const labelSmoothing = d.coin() ? 0.1 : 0;
  const run = () => {
    const all = [
      tf.tensor2d(kernel, [inner, classes]),
      tf.tensor1d(bias),
      tf.tensor2d(table, [vocabulary, inner]),
    ];
    const [idTensor, labelTensor] = [tf.tensor1d(ids, 'int32'), tf.tensor1d(labels, 'int32')];
    const loss = (k, b, e) =>
      tf.sum(
        softmaxCrossEntropy(linear(embeddingLookup(e, idTensor), k, b), labelTensor, { labelSmoothing }),
      );
    const { value, grads } = tf.valueAndGrads(loss)(all);
    return taken([value, ...grads], all, idTensor, labelTensor);
  };
  return {
    kind: 'head',
    words: `[${rows}, ${inner}] · [${inner}, ${classes}], ${vocabulary} embeddings`,
    run,
  };
}

/** Batched products with either operand transposed, and unary and binary functions. */
function products(d) {
  const [batch, rows, inner, columns] = [d.integer(1, 4), d.size(200), d.size(200), d.size(200)];
  const [transposeA, transposeB, broadcast] = [d.coin(), d.coin(), d.coin()];
  const aShape = transposeA ? [batch, inner, rows] : [batch, rows, inner];
  const bShape = [broadcast ? 1 : batch, ...(transposeB ? [columns, inner] : [inner, columns])];
  const [a, b] = [d.floats(aShape), d.floats(bShape)];
  const run = () => {
    const all = [tf.tensor3d(a, aShape), tf.tensor3d(b, bShape)];
    const product = tf.matMul(all[0], all[1], transposeA, transposeB);
    const results = [tf.tanh, tf.sigmoid, tf.exp, tf.softmax].map((f) => f(product));
    return taken([product, ...results, tf.add(product, results[0]), tf.sum(product, -1)], all);
  };
  return {
    kind: 'product',
    words: `${batch} × [${rows}, ${inner}, ${columns}] ${transposeA} ${transposeB}`,
    run,
  };
}

/** A convolution with a bias and its gradients, and pooling of its output. */
function pictures(d) {
  const [batch, height, width, channels, outputs] = [
    d.size(4),
    d.size(30),
    d.size(30),
    d.size(60),
    d.size(90),
  ];
  const window = [d.integer(1, Math.min(4, height)), d.integer(1, Math.min(4, width))];
  const options = {
    strides: [d.integer(1, 3), d.integer(1, 3)],
    dilations: [d.integer(1, 2), d.integer(1, 2)],
    padding: d.coin()
      ? 'same'
      : [
          [d.integer(2, 4), 1],
          [d.integer(2, 4), 1],
        ],
  };
  const shapes = [[batch, height, width, channels], [...window, channels, outputs], [outputs]];
  const given = shapes.map((shape) => d.floats(shape));
  const [size, step, pad] = [d.integer(1, 3), d.integer(1, 3), 'same'];
  const run = () => {
    const all = given.map((values, n) => tf.tensor(values, shapes[n]));
    const pooled = (...inputs) => {
      const y = convolution(...inputs, options);
      return [tf.maxPool(y, size, step, pad), tf.avgPool(y, size, step, pad)];
    };
    const loss = (...inputs) => tf.add(...pooled(...inputs).map((y) => tf.sum(tf.square(y))));
    const results = tf.tidy(() => [convolution(...all, options), ...pooled(...all), ...tf.grads(loss)(all)]);
    return taken(results, all);
  };
  const words = `[${shapes[0]}] · [${shapes[1]}] ${JSON.stringify({ ...options, size, step })}`;
  return { kind: 'pictures', words, run };
}

/** The linear recurrence from coefficients, or from a minimal layer's gates, with all gradients. */
function recurrence(d) {
  const [batch, time, units] = [d.size(24), d.size(60), d.size(600)];
  const type = d.pick(['coefficients', 'minGru', 'minLstm']);
  const activation = d.pick(['positive', 'linear']);
  const columns = { coefficients: 1, minGru: 2, minLstm: 3 }[type] * units;
  const given = [
    d.floats([batch, time, columns], 1),
    d.floats([batch, units]),
    d.floats([batch, time, units]),
  ];
  const lengths = d.coin() ? Array.from({ length: batch }, () => d.integer(0, time)) : undefined;
  const reverse = d.coin();
  const run = () => {
    const [a, initialState, b] = given.map((values, n) =>
      tf.tensor(
        values,
        [
          [batch, time, columns],
          [batch, units],
          [batch, time, units],
        ][n],
      ),
    );
    const forward = (x, h, y) => {
      const options = { initialState: h, lengths, reverse };
      if (type === 'coefficients') return linearRecurrence(x, y, options);
      return minimalRecurrence(x, { type, units, activation }, options);
    };
    const { output, state } = forward(a, initialState, b);
    const loss = (...all) => tf.sum(tf.square(forward(...all, b).output));
    const gradients = tf.tidy(() =>
      tf.grads(loss)(type === 'coefficients' ? [a, initialState, b] : [a, initialState]),
    );
    return taken([output, state, ...gradients], [a, initialState, b]);
  };
  const words = `${type} ${units} over [${batch}, ${time}]${lengths ? ' lengths' : ''}${reverse ? ' reverse' : ''}`;
  return { kind: 'recurrence', words, run };
}

/**
 * Attention of queries over a source, alone or step by step inside a recurrent layer with input feeding, with
 * all gradients.
 */
function attending(d) {
  const [batch, time, positions, width, units] = [d.size(20), d.size(9), d.size(30), d.size(90), d.size(90)];
  const isFed = d.coin();
  const additive = d.coin();
  const size = additive || !isFed ? d.size(90) : units;
  const vector = isFed && d.coin() ? d.size(60) : undefined;
  const squashes = d.coin();
  const cell = d.pick(CELLS);
  const given = {
    keys: [batch, positions, size],
    memory: [batch, positions, width],
    ...(additive && { vector: [size] }),
    ...(isFed && additive && { queryKernel: [units, size] }),
    ...(vector && { attentionKernel: [units + width, vector] }),
  };
  const inputs = d.size(40);
  const fed = vector ?? width;
  const gates = cell.type === 'simpleRnn' ? {} : { recurrentActivation: 'sigmoid' };
  const layer = { ...cell, ...gates, inputSize: inputs + fed, units };
  if (isFed) {
    Object.assign(given, { x: [batch, time, inputs], attention: [batch, fed] });
    Object.assign(given, layerType(layer).parameters(layer));
    for (const [name, of] of Object.entries(layerType(layer).states(layer))) given[name] = [batch, of];
  } else given.query = [batch, time, size];
  const arrays = Object.values(given).map((shape) => d.floats(shape));
  const valid = d.floats([batch, positions]).map((value) => value + 0.2);
  const lengths = isFed && d.coin() ? Array.from({ length: batch }, () => d.integer(0, time)) : undefined;
  const reverse = isFed && d.coin();
  const names = Object.keys(given);
  const run = () => {
    const all = names.map((name, n) => tf.tensor(arrays[n], given[name]));
    const mask = tf.tensor2d(valid, [batch, positions]);
    const forward = (...tensors) => {
      const of = Object.fromEntries(names.map((name, n) => [name, tensors[n]]));
      const { keys, memory, vector: weights, queryKernel, attentionKernel, query } = of;
      const source = { keys, memory, valid: mask, vector: weights };
      if (!isFed) return Object.values(attention(query, source));
      const alignments = tf.zeros([batch, positions]);
      const more = { queryKernel, attentionKernel, attention: of.attention, alignments, squashes };
      const part = { layer, params: of, state: of };
      const next = attentionSequence(of.x, part, { ...source, ...more }, { lengths, reverse });
      return [next.output, next.attention, next.alignments, ...Object.values(next.state)];
    };
    const results = tf.tidy(() => forward(...all));
    const loss = (...tensors) => tf.addN(forward(...tensors).map((tensor) => tf.sum(tf.square(tensor))));
    const gradients = tf.tidy(() => tf.grads(loss)(all));
    return taken([...results, ...gradients], all, mask);
  };
  const words = `${isFed ? `fed ${cell.variant ?? cell.type} ${units}` : 'queries'}${additive ? ' additive' : ''} over [${batch}, ${time}, ${positions}]${vector ? ` vector ${vector}` : ''}${lengths ? ' lengths' : ''}${reverse ? ' reverse' : ''}`;
  return { kind: 'attention', words, run };
}

/** Several updates of several parameters. */
function update(d) {
  const shapes = Array.from({ length: d.integer(1, 5) }, () => [d.size(300), d.size(300)]);
  const kind = d.pick(['adam', 'rmsprop', 'sgd']);
  const momentum = kind !== 'adam' && d.coin() ? 0.9 : 0;
  const slots = kind === 'adam' ? 2 : kind === 'rmsprop' ? (momentum ? 2 : 1) : momentum ? 1 : 0;
  const [start, gradients] = [shapes.map((s) => d.floats(s)), shapes.map((s) => d.floats(s, 2))];
  const clip = d.coin() ? { globalNorm: 5 } : { value: 0.7 };
  const own = {
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    rmsprop: { decay: 0.9, epsilon: 1e-8, momentum },
    sgd: { momentum },
  };
  const rule = { kind, learningRate: 0.01, clip, ...own[kind] };
  const run = () => {
    const variables = shapes.map((shape, n) => tf.tidy(() => tf.variable(tf.tensor(start[n], shape))));
    const kept = Array.from({ length: slots }, () =>
      shapes.map((shape) => tf.tidy(() => tf.variable(tf.zeros(shape)))),
    );
    const given = shapes.map((shape, n) => tf.tensor(gradients[n], shape));
    for (let step = 1; step <= 3; step++)
      updateParameters(kind === 'adam' ? { ...rule, step } : rule, variables, given, kept);
    return taken([...variables, ...kept.flat()], given);
  };
  return { kind: 'update', words: `${kind} of ${shapes.map((shape) => `[${shape}]`)}`, run };
}

/** A sampler of one to three layers: draws, several rows, single steps. */
function sampler(d) {
  const size = 2 + d.size(120);
  const embedded = d.random() < 0.3;
  let width = embedded ? d.size(80) : size;
  const batchSize = d.random() < 0.3 ? d.integer(2, 9) : 1;
  const layers = embedded ? [{ type: 'embedding', inputSize: size, units: width }] : [];
  for (let n = d.integer(1, 3); n > 0; n--) {
    const layer = layerOf(d, width, d.integer(40, 260), true);
    width = layer.units;
    layers.push(layer);
  }
  return sampling(d, layers, size, batchSize);
}

/** Recurrent layers and a linear layer on top. They draw ids or, with several rows, are fed given ids. */
function sampling(d, recurrent, size, batchSize) {
  const { units: inputSize } = recurrent.at(-1);
  const layers = [
    ...recurrent,
    { type: 'linear', inputSize, units: size, activation: 'linear', useBias: true },
  ];
  const weights = layers.map((layer) => ({
    layer,
    params: Object.fromEntries(
      Object.entries(layerType(layer).parameters(layer)).map(([name, shape]) => [name, d.floats(shape, 0.4)]),
    ),
  }));
  const [prime, topK, seed] = [d.ids(batchSize * d.integer(1, 9), size), d.pick([0, 3]), d.integer(1, 1e9)];
  const rows = Array.from({ length: 4 }, () => d.ids(batchSize, size));
  const run = () => {
    const made = createSampler({ layers: weights, seed, batchSize });
    try {
      const states = () => made.state().flatMap(({ h, c }) => (c ? [h, c] : [h]));
      if (batchSize > 1) return [...rows.map((row) => made.step(row)), ...states()];
      const drawn = [made.sample(30, { prime }), made.sample(20, { topK, temperature: 0.7 })];
      return [...drawn, made.logits(), ...states()];
    } finally {
      made.dispose();
    }
  };
  const words = `${layers.map(({ type, variant, units }) => `${variant ?? type} ${units}`)}, ${size} ids, ${batchSize} rows`;
  return { kind: 'sampler', words, run };
}

/** Samplers of every cell with one, two and three layers, each large enough for four threads. */
export function samplerGrid(seed) {
  const d = dice(seed);
  return CELLS.flatMap((cell) =>
    [1, 2, 3].map((count) => {
      const units = cell.type === 'simpleRnn' ? 330 : 170;
      const layers = Array.from({ length: count }, (_, n) => ({
        ...cell,
        ...(cell.type !== 'simpleRnn' && { recurrentActivation: 'sigmoid' }),
        inputSize: n > 0 ? units : 11,
        units,
      }));
      return sampling(d, layers, 11, 1);
    }),
  );
}

/** The values of `results`; disposes of the results and of the tensors that they were computed from. */
function taken(results, ...others) {
  const values = results.map((tensor) => tensor.dataSync());
  tf.dispose([results, ...others]);
  return values;
}

/** The CTC loss of rows of various lengths, with its gradient. */
function labelling(d) {
  const [batch, time, classes] = [d.size(40), d.size(80), d.size(60) + 1];
  const blank = d.integer(0, classes - 1);
  const scale = d.pick([1, 10, 1e4]);
  const logits = d.floats([batch, time, classes]).map((value) => value * scale);
  const lengths = Array.from({ length: batch }, () => d.integer(0, time));
  const targets = lengths.map((length) =>
    Array.from({ length: d.integer(0, length) }, () => (blank + d.integer(1, classes - 1)) % classes),
  );
  const zeroInfinity = d.coin();
  const run = () => {
    const x = tf.tensor(logits, [batch, time, classes]);
    const losses = (y) => ctcLosses(y, { targets, inputLengths: lengths, blank, zeroInfinity });
    const results = tf.tidy(() => [losses(x), tf.grad((y) => tf.sum(losses(y)))(x)]);
    return taken(results, x);
  };
  return { kind: 'ctc', words: `${classes} classes over [${batch}, ${time}], ${scale}`, run };
}

const KINDS = [
  ...[sequence, sequence, sequence, sampler, sampler, head, products, update, recurrence],
  ...[attending, pictures, labelling],
];

/** Case `number` of a seed: its kind, its description, and a function that runs it and returns arrays. */
export function randomCase(seed, number) {
  const d = dice((Math.imul(seed, 0x9e3779b1) + Math.imul(number, 0x85ebca6b)) >>> 0);
  return d.pick(KINDS)(d);
}
