import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { AttentionArguments } from '../../generated/abi';
import type { KernelHost } from './host';
import { type Inputs, kernel } from './kernel';

/** tanh and its derivative take about as long as this many multiply-adds. */
const TANH_WORK = 16;

interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly positions: number;
  readonly keySize: number;
  readonly memorySize: number;
}

/** Number of multiply-adds of one pass. */
export function attentionWork(
  { batch, time, positions, keySize, memorySize }: Sizes,
  additive: boolean,
): number {
  return batch * time * positions * (keySize * (additive ? TANH_WORK : 1) + memorySize);
}

function sizesOf({ query, keys, memory }: Inputs): Sizes {
  const [batch, time, keySize] = query!.shape as [number, number, number];
  return { batch, time, positions: keys!.shape[1]!, keySize, memorySize: memory!.shape[2]! };
}

/** Scratch bytes per thread of the backward pass. */
export const attentionScratchBytes = (positions: number) => Math.ceil(positions / 16) * 64;

function commonArguments(backend: KernelHost, inputs: Inputs, what: string) {
  const { query, keys, memory, valid, vector } = inputs;
  return {
    ...AttentionArguments.blank,
    ...sizesOf(inputs),
    additive: vector !== undefined,
    adds: false,
    query: backend.address(query!, what),
    keys: backend.address(keys!, what),
    memory: backend.address(memory!, what),
    valid: backend.address(valid!, what),
    vector: vector && backend.address(vector, what),
  };
}

/** The context [B,T,M] and the attention weights [B,T,S]. */
export function attentionForward(backend: KernelHost, inputs: Inputs): TensorInfo[] {
  const { engine } = backend;
  const sizes = sizesOf(inputs);
  const { batch, time, positions, memorySize } = sizes;
  const what = 'the output of attention';
  return backend.making((make) => {
    const context = make([batch, time, memorySize], what);
    const alignments = make([batch, time, positions], what);
    const common = commonArguments(backend, inputs, what);
    engine.write(AttentionArguments, { ...common, context: context.address, alignments: alignments.address });
    engine.run('attention', engine.threadsFor(attentionWork(sizes, common.additive)));
    return [context, alignments];
  });
}

/**
 * The gradients of query, keys, memory and, for the additive score, of the vector as one row per batch row
 * [B,U].
 */
export function attentionGradient(backend: KernelHost, inputs: Inputs): TensorInfo[] {
  const { engine } = backend;
  const { query, keys, memory, vector, alignments, dContext, dAlignments } = inputs;
  const sizes = sizesOf(inputs);
  const what = 'the gradient of attention';
  const threads = engine.threadsFor(2 * attentionWork(sizes, vector !== undefined));
  const scratchBytes = attentionScratchBytes(sizes.positions);
  return backend.making((make) => {
    const made = [query!, keys!, memory!].map(({ shape }) => make(shape, what));
    if (vector) made.push(make([sizes.batch, sizes.keySize], what));
    const [dQuery, dKeys, dMemory, dVector] = made;
    engine.write(AttentionArguments, {
      ...commonArguments(backend, inputs, what),
      alignments: backend.address(alignments!, what),
      dContext: backend.address(dContext!, what),
      dAlignments: dAlignments && backend.address(dAlignments, what),
      dQuery: dQuery!.address,
      dKeys: dKeys!.address,
      dMemory: dMemory!.address,
      dVector: dVector?.address,
      scratch: engine.temporary(scratchBytes * threads, what),
      scratchBytes,
    });
    engine.run('attentionGradient', threads);
    return made;
  });
}

/** The kernels of `attention`. */
export function attentionKernels(): KernelConfig[] {
  return [
    kernel('Attention', attentionForward),
    kernel('AdditiveAttention', attentionForward),
    kernel('AttentionGradient', attentionGradient),
  ];
}
