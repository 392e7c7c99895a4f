import * as tf from '@tensorflow/tfjs-core';
import { flagOf } from '@unrolled/app-shared';
import { deriveSeed, disposeTree, mapTree, type RecurrentCellName } from '@unrolled/cells';
import { encodeCorpus, type TokenUnit, type Vocabulary } from '@unrolled/data';
import { checkModelMemory, type LanguageModel, languageModel, paramsOf } from '@unrolled/language-model';
import { readModel } from '@unrolled/language-model/node';
import type { TextCorpus } from '../text/corpus';

/** The models to inspect. */
export interface SubjectOptions {
  readonly checkpoint?: readonly string[];
  /** Cell, layers and units of the untrained models. */
  readonly cells?: readonly RecurrentCellName[];
  readonly layers: number;
  readonly units: number;
  readonly embedding: number;
  readonly recurrentGain: number;
  readonly seed: number;
  /** Number of time steps over which a gradient is followed back. */
  readonly distance: number;
}

/** A model to inspect, trained or untrained. */
export interface Subject {
  readonly name: string;
  readonly model: LanguageModel;
  readonly vocabulary: Vocabulary;
  /** New tensors, which the caller disposes. */
  params(): unknown[];
}

/** The models of checkpoints. */
export async function trainedOnes({ checkpoint = [] }: SubjectOptions): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const file of checkpoint) {
    const saved = await readModel('--checkpoint', file);
    const { model, vocabulary, settings } = saved;
    subjects.push({
      name: `${settings.cell}, ${file}`,
      model,
      vocabulary,
      params: () => paramsOf(saved),
    });
  }
  return subjects;
}

/** Models of the same size with different cells. Without a checkpoint all three cells. */
export async function freshOnes(
  options: SubjectOptions,
  textOf: (unit: TokenUnit) => Promise<TextCorpus>,
): Promise<Subject[]> {
  const { checkpoint, cells = checkpoint ? [] : ['rnn', 'lstm', 'gru'] } = options;
  if (cells.length === 0) return [];
  const text = await textOf('character');
  const { vocabulary } = encodeCorpus(text, text.tokens.length);
  const { layers, units, embedding, recurrentGain, seed, distance } = options;
  const rest = { dropout: 0, variationalDropout: false, residual: false, tied: false };
  return (cells as readonly RecurrentCellName[]).map((cell) => {
    const sizes = { vocabularySize: vocabulary.size, batchSize: 1, sequenceLength: distance };
    checkModelMemory({ cell, layers, units, embedding, tied: false, ...sizes }, flagOf);
    const model = languageModel(vocabulary.size, { cell, layers, units, embedding, ...rest });
    const params = () => scaled(model.init(deriveSeed(seed, 0)), recurrentGain);
    return { name: `${cell}, untrained`, model, vocabulary, params };
  });
}

/** Multiplies the recurrent weights. A factor above 1 makes gradients explode, below 1 vanish. */
function scaled(params: unknown[], gain: number): unknown[] {
  const result = mapTree(params, (tensor, name) =>
    name.endsWith('recurrentKernel') ? tf.mul(tensor, gain) : tf.clone(tensor),
  );
  disposeTree(params);
  return result;
}
