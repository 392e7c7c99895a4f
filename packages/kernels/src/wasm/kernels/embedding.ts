import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { EmbeddingArguments } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { temporaryIds } from './ids';

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

export const embeddingKernels: readonly KernelConfig[] = [
  {
    kernelName: 'EmbeddingLookup',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend }) => lookup(backend as UnrolledBackend, inputs.embeddings!, inputs.ids!),
  },
  {
    kernelName: 'EmbeddingLookupGradient',
    backendName: 'unrolled',
    kernelFunc: ({ inputs, backend, attrs }) =>
      gradient(backend as UnrolledBackend, inputs.dOutput!, inputs.ids!, attrs!.vocabularySize as number),
  },
];
