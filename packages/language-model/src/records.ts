/** The option tables of records that this package reads. */
import type { TokenSource, Vocabulary } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import type { Snapshot, TensorData } from '@unrolled/training';
import type { LanguageModel } from './architecture/architecture';
import { checkKind, checkOptions } from './refuse';

const VOCABULARY_KINDS: OptionKinds<Omit<Vocabulary, 'endOfSequenceId'>> = {
  size: 'positive integer',
  unknownId: 'integer of at least 0?',
  unit: "'character', 'byte', 'word' or 'subword'",
  tokens: 'array',
  has: 'function',
  id: 'function',
  token: 'function',
  encode: 'function',
  decode: 'function',
  split: 'function',
  decoder: 'function',
  toJSON: 'function',
};

const SOURCE_KINDS: OptionKinds<TokenSource> = { length: 'integer of at least 0', read: 'function' };

/** Refuses a value that is not a vocabulary. */
export function checkVocabulary(scope: string, vocabulary: Vocabulary): void {
  checkOptions(scope, vocabulary, VOCABULARY_KINDS, true);
}

/** Refuses a value that is not a source of tokens. */
export function checkSource(scope: string, tokens: TokenSource): void {
  checkOptions(scope, tokens, SOURCE_KINDS, true);
}

const MODEL_KINDS: OptionKinds<LanguageModel> = {
  name: 'string?',
  inputSize: 'positive integer',
  outputSize: 'positive integer',
  inputKind: "'ids' or 'vectors'?",
  carriesState: 'boolean?',
  outputShape: 'function?',
  init: 'function',
  zeroState: 'function',
  step: 'function',
  unroll: 'function?',
};

/** Refuses a value that is not a model. */
export function checkModel(scope: string, model: LanguageModel): void {
  checkOptions(scope, model, MODEL_KINDS, true);
}

const TENSOR_KINDS: OptionKinds<TensorData> = { shape: 'array', data: 'Float32Array or Int32Array' };

/** Refuses a snapshot without weights. */
export function checkWeights(scope: string, snapshot: Pick<Snapshot, 'params' | 'averaging'>): void {
  const { params, averaging } = snapshot;
  for (const [what, record] of [
    ['params', params] as const,
    ...(averaging ? [['averaging.params', averaging.params] as const] : []),
  ]) {
    checkKind(scope, `snapshot.${what}`, record, 'object');
    for (const data of Object.values(record)) checkOptions(scope, data, TENSOR_KINDS, true);
  }
}
