import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerData } from '@unrolled/kernels';
import type { AnyPart } from './contract';
import { structureOf } from './identity';
import { hasChannels } from './structure';

/** A layer with its parameters. */
export interface ModelLayer {
  readonly layer: LayerData;
  // biome-ignore lint/suspicious/noExplicitAny: the record of tensors that the layer's type names.
  readonly params: any;
}

/**
 * The layers of a model that, outside training, runs them in sequence. Undefined for other models: those with
 * a residual or bidirectional part, `lastOutput`, attention, a convolution, pooling or normalisation, or a
 * user-defined part. Outside training dropout has no effect. The head of a tied embedding is a linear layer
 * whose kernel is a new tensor, so call this inside a tidy.
 */
// biome-ignore lint/suspicious/noExplicitAny: the tree that belongs to the part.
export function layersOf(part: AnyPart, params: any): readonly ModelLayer[] | undefined {
  const structure = structureOf(part);
  if (structure === undefined || hasChannels(structure)) return undefined;
  switch (structure.type) {
    case 'residual':
    case 'lastOutput':
    case 'bidirectional':
    case 'attentionWrapper':
    case 'encoderDecoder':
      return undefined;
    case 'dropout':
      return [];
    case 'dropoutWrapper':
      return layersOf(structure.part, params);
    case 'stack': {
      const layers = structure.parts.map((inner, index) => layersOf(inner, params[index]));
      return layers.every((own) => own !== undefined) ? layers.flat() : undefined;
    }
    case 'tiedEmbedding': {
      const { vocabularySize, body } = structure;
      const { embeddings, bias } = params;
      const layers = layersOf(body, params.body);
      const dimension = body.inputSize;
      const table = { type: 'embedding', inputSize: vocabularySize, units: dimension } as const;
      const head = { type: 'linear', inputSize: dimension, units: vocabularySize } as const;
      return (
        layers && [
          { layer: table, params: { embeddings } },
          ...layers,
          {
            layer: { ...head, activation: 'linear', useBias: true },
            params: { kernel: tf.transpose(embeddings as Tensor2D), bias },
          },
        ]
      );
    }
    default:
      return [{ layer: structure, params }];
  }
}
