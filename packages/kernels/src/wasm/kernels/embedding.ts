import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { EmbeddingArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { temporaryIds } from './ids';
import { kernel } from './kernel';

function lookup(backend: UnrolledBackend, embeddings: TensorInfo, ids: TensorInfo): TensorInfo {
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
      ids: temporaryIds(backend, ids, vocabulary, 'embeddingLookup'),
      output: output.address,
    });
    engine.run('embedding', engine.threadsFor(count * dimension));
    return output;
  });
}

function gradient(
  backend: UnrolledBackend,
  dOutput: TensorInfo,
  ids: TensorInfo,
  vocabulary: number,
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
      ids: temporaryIds(backend, ids, vocabulary, 'embeddingLookup'),
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
      (backend, { dOutput, ids }, { vocabularySize }) => gradient(backend, dOutput!, ids!, vocabularySize),
    ),
  ];
}
