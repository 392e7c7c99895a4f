import type { Tensor } from '@tensorflow/tfjs-core';
import {
  type AnyCell,
  type Cell,
  dense,
  dropout as dropoutPart,
  embedding as embeddingPart,
  gru,
  lstm,
  simpleRnn,
  stack,
} from '@unrolled/cells';

export type CellKind = 'lstm' | 'gru' | 'rnn';

/** What the network looks like; with the vocabulary it is all that sampling needs to build it again. */
export interface Architecture {
  readonly cell: CellKind;
  /** Recurrent layers, one over the other. */
  readonly layers: number;
  /** H of each layer. */
  readonly units: number;
  /** The length of a character's embedding; 0 reads ids as one-hot vectors. */
  readonly embedding: number;
  /** The share of units dropped above each recurrent layer while training. */
  readonly dropout: number;
}

/** Reads ids [B, T] and gives logits [B, T, V]. Parameters and states are lists, one entry a part. */
export type CharacterModel = Cell<unknown[], unknown[], 'ids'>;

const makers = { rnn: simpleRnn, lstm, gru };

/** ids → (embedding) → recurrent layers, each followed by dropout where asked → dense: one logit a character. */
export function buildModel(vocabularySize: number, architecture: Architecture): CharacterModel {
  const { cell, layers, units, embedding, dropout } = architecture;
  const parts: AnyCell[] = [];
  if (embedding > 0) parts.push(embeddingPart({ vocabularySize, dimension: embedding }));
  for (let layer = 0; layer < layers; layer++) {
    parts.push(
      parts.length === 0
        ? makers[cell]({ inputSize: vocabularySize, units, inputKind: 'ids' })
        : makers[cell]({ inputSize: layer === 0 ? embedding : units, units }),
    );
    if (dropout > 0) parts.push(dropoutPart({ size: units, rate: dropout }));
  }
  parts.push(dense({ inputSize: units, units: vocabularySize }));
  return stack(parts as [AnyCell, ...AnyCell[]]) as unknown as CharacterModel;
}

const gates = { rnn: 1, lstm: 4, gru: 3 };

/**
 * The shape of every parameter by its path, known without making any: what a checkpoint is held against before memory
 * is taken for what it says.
 */
export function parameterShapes(
  vocabularySize: number,
  architecture: Architecture,
): Map<string, readonly number[]> {
  const { cell, layers, units, embedding, dropout } = architecture;
  const shapes = new Map<string, readonly number[]>();
  let part = 0;
  if (embedding > 0) shapes.set(`${part++}.embeddings`, [vocabularySize, embedding]);
  for (let layer = 0; layer < layers; layer++) {
    const inputSize = layer > 0 ? units : embedding || vocabularySize;
    const width = gates[cell] * units;
    shapes.set(`${part}.kernel`, [inputSize, width]);
    shapes.set(`${part}.recurrentKernel`, [units, width]);
    shapes.set(`${part}.bias`, [width]);
    if (cell === 'gru') shapes.set(`${part}.recurrentBias`, [width]);
    part += dropout > 0 ? 2 : 1;
  }
  shapes.set(`${part}.kernel`, [units, vocabularySize]);
  shapes.set(`${part}.bias`, [vocabularySize]);
  return shapes;
}

/** Parameters in the form that the model takes, from tensors by path; a part without parameters gets an empty record. */
export function parametersOf(tensors: Readonly<Record<string, Tensor>>): unknown[] {
  const paths = Object.keys(tensors).map((path) => path.split('.') as [string, string]);
  const parts = 1 + Math.max(...paths.map(([part]) => Number(part)));
  const params = Array.from({ length: parts }, (): Record<string, Tensor> => ({}));
  for (const [part, name] of paths) params[Number(part)]![name] = tensors[`${part}.${name}`]!;
  return params;
}
