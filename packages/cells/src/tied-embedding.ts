import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkCell, checkSeed } from './checks';
import { type AnyCell, type Cell, type InputKind, inputKindOf, nameOf } from './contract';
import { dense } from './dense';
import { type EmbeddingOptions, embedding } from './embedding';
import { builtIn } from './identity';
import { INITIALIZER } from './initializers';
import { deriveSeed } from './random';
import { checkOptions, refuse } from './refuse';
import { stack } from './stack';
import { tidy } from './tree';
import { unrollPart } from './unroll';

export type TiedEmbeddingOptions = Pick<EmbeddingOptions, 'vocabularySize' | 'initializer'>;

const KINDS: OptionKinds<TiedEmbeddingOptions> = {
  vocabularySize: 'positive integer',
  initializer: INITIALIZER,
};

export type TiedEmbeddingParams<P> = {
  /** E [V, D], one row for each id: the embedding of the id, and the weights of its logit */
  readonly embeddings: Tensor2D;
  /** b [V] */
  readonly bias: Tensor1D;
  readonly body: P;
};

/**
 * A language model whose input and output share one table (Press and Wolf, 2017; Inan et al., 2017):
 *
 *     x = E[id],   h = body(x),   logits = h·Eᵀ + b
 *
 * The gradient of the table is the sum over both uses. Ids [B, T] → logits [B, T, V].
 *
 * @param body a cell, or a stack of cells, from vectors of D to vectors of D
 * @throws UnrolledError if the body's input and output differ in size, or it reads ids
 */
export function tiedEmbedding<P, S>(
  body: Cell<P, S, InputKind>,
  options: TiedEmbeddingOptions,
): Cell<TiedEmbeddingParams<P>, S, 'ids'> {
  checkCell('tiedEmbedding', body);
  checkOptions('tiedEmbedding', options, KINDS);
  const { vocabularySize, initializer } = options;
  const dimension = body.inputSize;
  const name = `tiedEmbedding(${nameOf(body)})`;
  if (dimension !== body.outputSize || inputKindOf(body as AnyCell) === 'ids') {
    refuse(name, {
      expected: 'a body whose input and output are vectors of the same size',
      got: `${inputKindOf(body as AnyCell)} of ${dimension} in, ${body.outputSize} out`,
      remedy: 'set its units, or its projection, to the size of an embedding',
    });
  }
  const table = embedding({ vocabularySize, dimension, initializer });
  const head = dense({ inputSize: dimension, units: vocabularySize });
  const whole = stack([table, body, head]);
  type Params = TiedEmbeddingParams<P>;
  const partsOf = ({ embeddings, bias, body: own }: Params) =>
    [{ embeddings }, own, { kernel: tf.transpose(embeddings), bias }] as never; // kernel: Eᵀ [D, V]

  const cell: Cell<Params, S, 'ids'> = {
    name,
    inputSize: vocabularySize,
    outputSize: vocabularySize,
    inputKind: 'ids',
    carriesState: body.carriesState,
    init(seed) {
      checkSeed(name, seed);
      return {
        ...table.init(deriveSeed(seed, 0)),
        bias: tf.zeros([vocabularySize]),
        body: body.init(deriveSeed(seed, 1)),
      };
    },
    zeroState: (batchSize) => body.zeroState(batchSize),
    step: (params, ids, state, context) =>
      tidy(() => {
        const next = whole.step(partsOf(params), ids, [{}, state, {}] as never, context);
        return { output: next.output, state: (next.state as [unknown, S, unknown])[1] };
      }),
  };
  return builtIn(cell, {
    structure: { type: 'tiedEmbedding', vocabularySize, body: body as AnyCell },
    initialization: { initializer },
    unroll: (params, ids, state, options = {}) =>
      tidy(() => {
        const next = unrollPart(whole, partsOf(params), ids, [{}, state, {}] as never, options);
        return { output: next.output, state: (next.state as unknown as [unknown, S, unknown])[1] };
      }),
  });
}
