import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { EmbeddingArguments } from '../../generated/abi';
import type { IdRows, KernelHost } from './host';
import { kernel } from './kernel';

/** @param rows ids past these rows' lengths are read as 0 */
export function lookup(
  backend: KernelHost,
  embeddings: TensorInfo,
  ids: TensorInfo,
  rows?: IdRows,
): TensorInfo {
  const [vocabulary, dimension] = embeddings.shape as [number, number];
  const { engine } = backend;
  return backend.making((make) => {
    const output = make([...ids.shape, dimension], 'the output of embeddingLookup');
    const count = util.sizeFromShape(ids.shape);
    engine.write(EmbeddingArguments, {
      count,
      vocabulary,
      dimension,
      embeddings: backend.address(embeddings, 'the embeddings'),
      ids: backend.ids(ids, vocabulary, 'embeddingLookup', rows),
      output: output.address,
    });
    engine.run('embedding', engine.threadsFor(count * dimension));
    return output;
  });
}

export function lookupGradient(
  backend: KernelHost,
  dOutput: TensorInfo,
  ids: TensorInfo,
  vocabulary: number,
  rows?: IdRows,
): TensorInfo {
  const dimension = dOutput.shape[dOutput.shape.length - 1]!;
  const { engine } = backend;
  return backend.making((make) => {
    const dEmbeddings = make([vocabulary, dimension], 'the gradient of embeddingLookup');
    const count = util.sizeFromShape(ids.shape);
    engine.write(EmbeddingArguments, {
      count,
      vocabulary,
      dimension,
      embeddings: dEmbeddings.address,
      output: backend.address(dOutput, "embeddingLookup's gradient"),
      ids: backend.ids(ids, vocabulary, 'embeddingLookup', rows),
    });
    engine.run('embeddingGradient', engine.threadsFor(count * dimension));
    return dEmbeddings;
  });
}

/** The kernels of `embeddingLookup`. */
export function embeddingKernels(): KernelConfig[] {
  return [
    kernel('EmbeddingLookup', (backend, { embeddings, ids }) => lookup(backend, embeddings!, ids!)),
    kernel<{ vocabularySize: number }>(
      'EmbeddingLookupGradient',
      (backend, { dOutput, ids }, { vocabularySize }) =>
        lookupGradient(backend, dOutput!, ids!, vocabularySize),
    ),
  ];
}
