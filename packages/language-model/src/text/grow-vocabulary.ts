import { disposeTree, flattenParams, paramsFrom } from '@unrolled/cells';
import { type Vocabulary, vocabularyFromJSON } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import type { Snapshot, TensorRecord } from '@unrolled/training';
import { type Architecture, languageModel } from '../architecture/architecture';
import type { SavedModel } from '../checkpoint/checkpoint';
import { checkVocabulary, checkWeights } from '../records';
import { checkKind, checkOptions, refuse } from '../refuse';

/** Adds tokens at the end of a model's vocabulary. Existing ids do not change. */
export function grownVocabulary(vocabulary: Vocabulary, symbols: readonly string[]): Vocabulary {
  checkVocabulary('grownVocabulary', vocabulary);
  checkKind('grownVocabulary', 'symbols', symbols, 'array');
  const json = vocabulary.toJSON();
  const added = symbols.filter((symbol) => !vocabulary.has(symbol));
  return vocabularyFromJSON({ ...json, tokens: [...json.tokens, ...added] });
}

const KINDS: OptionKinds<Pick<SavedModel, 'snapshot'>> = {
  snapshot: 'object',
};

/**
 * Extends a model's parameters for a larger vocabulary. Learned values keep their positions; rows and columns
 * of new tokens are initialised as in a new model. The result is new tensors, which the caller disposes.
 *
 * @param architecture of the model
 * @param vocabularySize the size of the result of {@link grownVocabulary}
 */
export function grownParams(
  options: Pick<SavedModel, 'snapshot'>,
  architecture: Architecture,
  vocabularySize: number,
  seed: number,
): unknown[] {
  checkOptions('grownParams', options, KINDS, true);
  checkWeights('grownParams', options.snapshot);
  checkKind('grownParams', 'vocabularySize', vocabularySize, 'positive integer');
  checkKind('grownParams', 'seed', seed, 'number');
  const {
    snapshot: { params, averaging },
  } = options;
  const learned: Snapshot['params'] = averaging?.params ?? params;
  const model = languageModel(vocabularySize, architecture);
  const fresh = model.init(seed);
  try {
    const values: Record<string, TensorRecord[string]> = {};
    for (const [path, tensor] of Object.entries(flattenParams(fresh))) {
      const data = tensor.dataSync<'float32'>().slice();
      layInto(data, tensor.shape, learned[path]);
      values[path] = { ...learned[path]!, shape: tensor.shape, data };
    }
    return paramsFrom(model, values);
  } finally {
    disposeTree(fresh);
  }
}

/** Copies a vector or matrix into the first rows and columns of a larger one. */
function layInto(
  target: Float32Array,
  shape: readonly number[],
  learned: TensorRecord[string] | undefined,
): void {
  if (learned?.shape.length !== shape.length || learned.shape.some((size, axis) => size > shape[axis]!)) {
    refuse('grownParams', {
      expected: `learned weights of at most [${shape.join(', ')}]`,
      got: learned ? `[${learned.shape.join(', ')}]` : 'no weights of this name',
      remedy: 'pass the architecture of the model, and a vocabulary that is at least as large as its own',
      code: 'shape',
    });
  }
  const { shape: own, data } = learned;
  const [width, ownWidth] = [shape.at(-1) ?? 1, own.at(-1) ?? 1];
  const values = data as Float32Array;
  for (let row = 0; row * ownWidth < values.length; row++)
    target.set(values.subarray(row * ownWidth, (row + 1) * ownWidth), row * width);
}
