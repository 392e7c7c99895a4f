import {
  type GradConfig,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import { checkTensor } from './checks';
import { requireFirstOrder, requireFusedKernel, runKernel, runOp } from './registry';

/** The source of the queries. */
export interface AttentionSource {
  /** The keys that a query is compared with, [B,S,U]. */
  keys: Tensor3D;
  /** The vectors that are averaged, [B,S,M]. */
  memory: Tensor3D;
  /** [B,S], above 0 where a position is real; the others are not read. */
  valid: Tensor2D;
  /** v [U] of the additive score; without it the score is the product. */
  vector?: Tensor1D | undefined;
}

const KINDS: OptionKinds<AttentionSource> = {
  keys: 'tensor',
  memory: 'tensor',
  valid: 'tensor',
  vector: 'tensor?',
};

/**
 * Attention of queries over a source in one kernel, and one for the gradient: the scores k·q (Luong et al.,
 * 2015), or with a vector v·tanh(k + q) (Bahdanau et al., 2015), their softmax over the positions that are
 * real, and the mean of the memory by these shares. A row without a real position has shares and a context
 * of 0. tanh is computed again for the gradient: nothing of B·T·S·U floats is kept.
 *
 * @param query float32 [B,T,U]
 * @returns context [B,T,M], and the shares [B,T,S]; gradients go to everything but `valid`
 * @throws UnrolledError on a shape or dtype that does not fit, or a backend without the kernel
 */
export function attention(
  query: Tensor3D,
  source: AttentionSource,
): { context: Tensor3D; alignments: Tensor3D } {
  const scope = 'attention';
  checkKind(scope, 'query', query, 'tensor');
  checkOptions(scope, source, KINDS);
  requireFusedKernel(scope);
  requireFirstOrder(scope);
  const { keys, memory, valid, vector } = source;
  checkTensor(scope, 'query', query, 'float32', [null, null, null]);
  const [batch, , size] = query.shape;
  checkTensor(scope, 'keys', keys, 'float32', [batch, null, size]);
  const positions = keys.shape[1];
  checkTensor(scope, 'memory', memory, 'float32', [batch, positions, null]);
  checkTensor(scope, 'valid', valid, 'float32', [batch, positions]);
  if (vector) checkTensor(scope, 'vector', vector, 'float32', [size]);
  const [context, alignments] = vector
    ? runOp<Tensor[]>(ADDITIVE, { query, keys, memory, valid, vector })
    : runOp<Tensor[]>(PRODUCT, { query, keys, memory, valid });
  return { context: context as Tensor3D, alignments: alignments as Tensor3D };
}

/** The gradient of one of the two scores; the additive one has a vector more. */
function gradientOf(kernelName: string, inputsToSave: string[]): GradConfig {
  return {
    kernelName,
    inputsToSave,
    outputsToSave: [false, true],
    gradFunc(dy, saved) {
      const [dContext, dAlignments] = dy as unknown as Tensor[];
      const [query, keys, memory, valid] = saved;
      const vector = inputsToSave.length === 5 ? saved[4] : undefined;
      const inputs = { query, keys, memory, valid, alignments: saved.at(-1), dContext, dAlignments };
      const given = vector ? { ...inputs, vector } : inputs;
      const [dQuery, dKeys, dMemory, dVector] = runKernel<Tensor[]>('AttentionGradient', given);
      return {
        query: () => dQuery!,
        keys: () => dKeys!,
        memory: () => dMemory!,
        valid: () => zerosLike(valid!),
        vector: () => sum(dVector!, 0),
      };
    },
  };
}

const INPUTS = ['query', 'keys', 'memory', 'valid'];
const PRODUCT = /* @__PURE__ */ gradientOf('Attention', INPUTS);
const ADDITIVE = /* @__PURE__ */ gradientOf('AdditiveAttention', [...INPUTS, 'vector']);
