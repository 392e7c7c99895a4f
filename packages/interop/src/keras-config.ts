/** Writes a model as the `config.json` of a `.keras` file: a Sequential of the parts that Keras also has. */
import type { ActivationData, AnyPart, ChannelStructure, RecurrentLayer } from '@unrolled/cells';
import { nameOf, structureFor } from './model';
import { refuse } from './refuse';

type Json = Readonly<Record<string, unknown>>;

/** The configuration for Keras 3. Parts that act only in training (dropout) are omitted. */
export function kerasConfig(scope: string, model: AnyPart): Json {
  const shape = (size: number, kind: AnyPart['inputKind']) =>
    ({ ids: [null, null], vectors: [null, null, size], pictures: [null, null, null, size] })[
      kind as 'vectors'
    ] ?? [null, null, size];
  const isIds = model.inputKind === 'ids';
  const input = {
    batch_shape: shape(model.inputSize, model.inputKind),
    dtype: isIds ? 'int32' : 'float32',
    name: 'input_layer',
  };
  const { parts, last } = sequence(scope, model);
  const onlyDenseFollows = (index: number) =>
    parts.slice(index + 1).every((part) => structureFor(scope, part).type === 'linear');
  const layers = parts.map((part, index) => {
    const { className, config } = layerOf(scope, part, !(last && onlyDenseFollows(index)));
    return {
      ...object(className, config),
      build_config: { input_shape: shape(part.inputSize, part.inputKind) },
    };
  });
  const config = { name: 'sequential', trainable: true, layers: [object('InputLayer', input), ...layers] };
  return {
    ...object('Sequential', config, 'keras'),
    build_config: { input_shape: shape(model.inputSize, model.inputKind) },
  };
}

const object = (className: string, config: Json, module = 'keras.layers'): Json => ({
  module,
  class_name: className,
  config,
  registered_name: null,
});

/** The parts in order, and whether only the output of the last step is used. */
function sequence(scope: string, part: AnyPart): { parts: AnyPart[]; last: boolean } {
  const structure = structureFor(scope, part);
  switch (structure.type) {
    case 'stack': {
      const inner = structure.parts.map((one) => sequence(scope, one));
      return { parts: inner.flatMap(({ parts }) => parts), last: inner.some(({ last }) => last) };
    }
    case 'lastOutput':
      return { parts: sequence(scope, structure.part).parts, last: true };
    case 'dropoutWrapper':
      return sequence(scope, structure.part);
    case 'dropout':
      return { parts: [], last: false };
    case 'residual':
    case 'tiedEmbedding':
    case 'attentionWrapper':
    case 'encoderDecoder':
      return refuse(scope, {
        expected: 'parts that follow one another, as in a Sequential',
        got: nameOf(part),
        remedy: 'build this model in Keras, and load the file of writeKerasWeights into it',
      });
    default:
      return { parts: [part], last: false };
  }
}

function layerOf(scope: string, part: AnyPart, sequences: boolean): { className: string; config: Json } {
  const structure = structureFor(scope, part);
  switch (structure.type) {
    case 'embedding':
      return { className: 'Embedding', config: { input_dim: part.inputSize, output_dim: part.outputSize } };
    case 'linear': {
      const { units, useBias, activation } = structure;
      return {
        className: 'Dense',
        config: { units, use_bias: useBias, activation: named(scope, activation) },
      };
    }
    case 'bidirectional': {
      if (!sequences) refuseLastOfBoth(scope, part);
      const [layer, backward] = [structure.forward, structure.backward].map((one) =>
        layerOf(scope, one, true),
      );
      return {
        className: 'Bidirectional',
        config: {
          merge_mode: 'concat',
          layer: object(layer!.className, layer!.config),
          backward_layer: object(backward!.className, { ...backward!.config, go_backwards: true }),
        },
      };
    }
    case 'dropoutWrapper':
      return layerOf(scope, structure.part, sequences);
    case 'simpleRnn':
    case 'lstm':
    case 'gru':
      if (part.inputKind === 'ids') refuseOneHot(scope, part);
      return recurrentLayer(scope, structure, sequences);
    case 'conv1d':
    case 'conv2d':
    case 'pool1d':
    case 'pool2d':
    case 'globalPool':
    case 'layerNorm':
      return channelLayer(scope, part, structure);
    default:
      return refuse(scope, {
        expected: 'only parts that Keras has as layers',
        got: nameOf(part),
        remedy: 'build this model in Keras, and load the file of writeKerasWeights into it',
      });
  }
}

/** A convolution, pooling or normalisation. */
function channelLayer(
  scope: string,
  part: AnyPart,
  structure: ChannelStructure,
): { className: string; config: Json } {
  switch (structure.type) {
    case 'conv1d':
    case 'conv2d': {
      const { filters, kernelSize, stride, dilation, padding, activation, useBias } = structure;
      if (typeof padding !== 'string') refuseZeros(scope, part);
      const own = { filters, kernel_size: kernelSize, strides: stride, dilation_rate: dilation, padding };
      return {
        className: structure.type === 'conv1d' ? 'Conv1D' : 'Conv2D',
        config: { ...own, activation: named(scope, activation), use_bias: useBias },
      };
    }
    case 'pool1d':
    case 'pool2d': {
      const { kind, size, stride } = structure;
      const padding = structure.type === 'pool2d' ? structure.padding : 'valid';
      const className = `${kind === 'max' ? 'Max' : 'Average'}Pooling${structure.type === 'pool1d' ? 1 : 2}D`;
      return { className, config: { pool_size: size, strides: stride, padding } };
    }
    case 'globalPool': {
      const kind = structure.kind === 'max' ? 'Max' : 'Average';
      return { className: `Global${kind}Pooling${structure.of === 'vectors' ? 1 : 2}D`, config: {} };
    }
    default:
      return {
        className: 'LayerNormalization',
        config: structure.type === 'layerNorm' ? { epsilon: structure.epsilon } : {},
      };
  }
}

function refuseZeros(scope: string, part: AnyPart): never {
  refuse(scope, {
    expected: "a padding that Keras has: 'valid', 'same' or 'causal'",
    got: `${nameOf(part)} with explicit numbers of zeros`,
    remedy:
      'build this model in Keras with a ZeroPadding layer before it, and load the file of writeKerasWeights',
  });
}

function recurrentLayer(scope: string, layer: RecurrentLayer, sequences: boolean) {
  const { type, units, activation } = layer;
  const gates = 'recurrentActivation' in layer ? layer.recurrentActivation : undefined;
  return {
    className: { simpleRnn: 'SimpleRNN', lstm: 'LSTM', gru: 'GRU' }[type],
    config: {
      units,
      activation: named(scope, activation),
      ...(gates !== undefined && { recurrent_activation: named(scope, gates) }),
      ...(type === 'gru' && { reset_after: layer.variant === 'reset-after' }),
      return_sequences: sequences,
    },
  };
}

/**
 * Keras's name of an activation. The hard_sigmoid of Keras 3 has another slope than ours, which is that of
 * tf.layers and Keras 2.
 */
function named(scope: string, activation: ActivationData): string {
  if (activation !== 'custom' && activation !== 'hardSigmoid') return activation;
  return refuse(scope, {
    expected: 'activations that Keras 3 knows by name',
    got: activation === 'custom' ? 'a function as activation' : activation,
    remedy: 'build this model in Keras, and load the file of writeKerasWeights into it',
  });
}

function refuseOneHot(scope: string, part: AnyPart): never {
  refuse(scope, {
    expected: 'an embedding as the first part that reads ids',
    got: `${nameOf(part)}, which reads ids as one-hot vectors`,
    remedy: 'build this model in Keras on one-hot vectors, and load the file of writeKerasWeights into it',
  });
}

function refuseLastOfBoth(scope: string, part: AnyPart): never {
  refuse(scope, {
    expected: 'a unidirectional last recurrent part under lastOutput',
    got: nameOf(part),
    remedy: "use one direction there: Keras would return the backward cell's output at the first step",
  });
}
