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

/** The source sequence that the queries attend to. */
export interface AttentionSource {
  /** The keys, [B,S,U]; each query is compared with them. */
  keys: Tensor3D;
  /** The values, [B,S,M]; the context is their weighted mean. */
  memory: Tensor3D;
  /** Shape [B,S]. Positions with a value above 0 are valid; the others are not read. */
  valid: Tensor2D;
  /** v [U] of the additive score. If it is missing, the score is the dot product. */
  vector?: Tensor1D | undefined;
}

const KINDS: OptionKinds<AttentionSource> = {
  keys: 'tensor',
  memory: 'tensor',
  valid: 'tensor',
  vector: 'tensor?',
};

/**
 * Attention of queries over a source in one kernel; the gradient is also one kernel. The scores are k·q
 * (Luong et al., 2015), or with `vector` v·tanh(k + q) (Bahdanau et al., 2015). Their softmax over the valid
 * positions gives the attention weights, and the context is the weighted mean of the memory. A row without a
 * valid position has weights and a context of 0. The gradient computes tanh again, so no array of B·T·S·U
 * floats is stored.
 *
 * @param query float32 [B,T,U]
 * @returns context [B,T,M] and the attention weights [B,T,S]; all tensors except `valid` have gradients
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

/** The gradient for one of the two scores; the additive score has one more input, `vector`. */
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
