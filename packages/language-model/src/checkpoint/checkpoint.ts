import { modelFrom, parameterShapes, paramsFrom } from '@unrolled/cells';
import { type Vocabulary, vocabularyFromJSON } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import type { RunConfig } from '@unrolled/runs';
import type { Checkpoint, Json, Snapshot, TensorRecord } from '@unrolled/training';
import type { LanguageModel } from '../architecture/architecture';
import { checkModel, checkWeights } from '../records';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { TrainingSettings } from '../settings/training-settings';
import type { Fingerprint } from '../text/fingerprint';

/** The entries of a checkpoint in addition to the model, its weights and the run's state. */
export interface CheckpointContent {
  readonly vocabulary: Vocabulary;
  /** The original settings of the run. */
  readonly settings: TrainingSettings;
  /** Fingerprint of the training text. */
  readonly text: Fingerprint;
}

const CHECKPOINT_CONFIG_KINDS: OptionKinds<CheckpointContent> = {
  vocabulary: 'object',
  settings: 'object',
  text: 'object',
};

/** A model as described by a checkpoint, after comparison with the checkpoint's tensors. */
export interface SavedModel {
  readonly model: LanguageModel;
  readonly vocabulary: Vocabulary;
  /** Tensors by their names in the file; not yet checked. */
  readonly settings: Readonly<Record<string, Json>>;
  readonly text: Fingerprint;
  readonly snapshot: Snapshot;
}

const PARAMS_OF_KINDS: OptionKinds<Pick<SavedModel, 'model' | 'snapshot'>> = {
  model: 'object',
  snapshot: 'object',
};

/** A trained model, ready for sampling. */
export interface TrainedModel extends SavedModel {
  /** The caller disposes them. */
  readonly params: unknown[];
}

/** The content of a checkpoint as JSON. */
export function checkpointConfig(options: CheckpointContent): RunConfig {
  checkOptions('checkpointConfig', options, CHECKPOINT_CONFIG_KINDS, true);
  const { vocabulary, ...content } = options;
  const json = { kind: 'language-model', ...content, vocabulary: vocabulary.toJSON() };
  return json as unknown as RunConfig;
}

const SAVED_MODEL_KINDS: OptionKinds<Pick<Checkpoint, 'snapshot' | 'config' | 'model'>> = {
  snapshot: 'object',
  config: 'value',
  model: 'object?',
};

/**
 * Reads the model of a checkpoint. Its description is compared with the tensors before memory is allocated.
 *
 * @param scope the name of the checkpoint's option in messages
 * @param place the location of the checkpoint, such as its path
 * @throws UnrolledError if the checkpoint is damaged, or contains another kind of model
 */
export function savedModel(
  scope: string,
  place: string,
  options: Pick<Checkpoint, 'snapshot' | 'config' | 'model'>,
): SavedModel {
  checkKind('savedModel', 'scope', scope, 'string');
  checkKind('savedModel', 'place', place, 'string');
  checkOptions('savedModel', options, SAVED_MODEL_KINDS, true);
  checkWeights('savedModel', options.snapshot);
  const { snapshot, config, model: description } = options;
  const foreign = (got: string, cause?: unknown): never => {
    const remedy = 'pass a file that char-rnn train or trainLanguageModel wrote';
    const expected = `a checkpoint of a language model in ${place}`;
    return refuse(scope, { expected, got, remedy, code: 'format' }, cause);
  };
  const attempt = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      return foreign(`a damaged ${what}`, error);
    }
  };
  const { kind, vocabulary: json, settings, text } = isRecord(config) ? config : {};
  if (kind !== 'language-model') return foreign(`a file of ${kind ?? 'another program'}`);
  const vocabulary = attempt('vocabulary', () => vocabularyFromJSON(json as never));
  const model = attempt('description of the model', () => modelFrom(description)) as LanguageModel;
  const difference = differenceOf(model, snapshot, vocabulary.size);
  if (difference) return foreign(`an architecture that contradicts its description: ${difference}`);
  if (!isRecord(settings) || !isRecord(text)) return foreign('a damaged description of the run');
  return { model, vocabulary, settings, text: text as unknown as Fingerprint, snapshot };
}

/**
 * Creates a model's parameters as new tensors, averaged if the checkpoint has an average. The caller disposes
 * them.
 */
export function paramsOf(options: SavedModel): unknown[] {
  checkOptions('paramsOf', options, PARAMS_OF_KINDS, true);
  checkModel('paramsOf', options.model);
  checkWeights('paramsOf', options.snapshot);
  const {
    model,
    snapshot: { params, averaging },
  } = options;
  return paramsFrom(model, averaging?.params ?? params);
}

function isRecord(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first difference between a model and a file's tensors or vocabulary, in words. */
function differenceOf(
  model: LanguageModel,
  { params, averaging }: Snapshot,
  vocabularySize: number,
): string | undefined {
  const sizes = [model.inputSize, model.outputSize];
  if (sizes.some((size) => size !== vocabularySize))
    return `${sizes.join(' → ')} for ${vocabularySize} tokens`;
  const shapes = parameterShapes(model);
  return (
    shapeDifference(shapes, params) ?? (averaging ? shapeDifference(shapes, averaging.params) : undefined)
  );
}

function shapeDifference(
  shapes: Readonly<Record<string, readonly number[]>>,
  params: TensorRecord,
): string | undefined {
  const words = (shape: readonly number[] | undefined) => (shape ? `[${shape.join(', ')}]` : 'nothing');
  for (const path of new Set([...Object.keys(shapes), ...Object.keys(params)])) {
    const expected = words(Object.hasOwn(shapes, path) ? shapes[path] : undefined);
    const got = words(Object.hasOwn(params, path) ? params[path]!.shape : undefined);
    if (expected !== got) return `${path} should be ${expected} and is ${got}`;
  }
  return undefined;
}
