import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type Vocabulary, vocabularyFromJSON } from '@unrolled/data';
import type { Json, Snapshot, TensorRecord } from '@unrolled/training';
import { loadCheckpoint } from '@unrolled/training/node';
import { refuse } from '../refuse';
import { RUN_FILES } from '../run/run-directory';
import { isRunState, type RunState } from '../run/run-state';
import type { TrainSettings } from '../settings/settings';
import type { Fingerprint } from '../text/fingerprint';
import { type Architecture, buildModel, type CharacterModel, parameterShapes, parametersOf } from './model';

/** What a checkpoint of this app says beside the weights. */
export interface CheckpointConfig {
  readonly app: 'char-rnn';
  readonly architecture: Architecture;
  readonly vocabulary: Json;
  /** Of the saved state, in nats per token; null when it was not measured. */
  readonly validationLoss: number | null;
  /** What the run goes on from. */
  readonly run: RunRecord;
}

/** The part of a run that is neither weights nor the optimizer's, and the options it was begun with. */
export interface RunRecord {
  readonly settings: TrainSettings;
  readonly text: Fingerprint;
  readonly state: RunState;
}

/** A model as a file describes it, held against the file's tensors. */
export interface SavedModel {
  readonly architecture: Architecture;
  readonly vocabulary: Vocabulary;
  readonly snapshot: Snapshot;
}

/** A run as a file describes it. */
export interface SavedRun extends SavedModel {
  /** By the options' names, as they are in the file: to be checked as a config file is. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly text: Fingerprint;
  readonly state: RunState;
}

/** A trained model, ready to write. */
export interface TrainedModel {
  readonly model: CharacterModel;
  /** The caller disposes them. */
  readonly params: unknown[];
  readonly vocabulary: Vocabulary;
  /** Training steps behind it. */
  readonly step: number;
}

/** The part of a run's settings that a model is built from. */
export function architectureOf(settings: Architecture): Architecture {
  const { cell, layers, units, embedding, dropout, variationalDropout, residual, tied } = settings;
  return { cell, layers, units, embedding, dropout, variationalDropout, residual, tied };
}

/** What to save with a run's weights. */
export function checkpointConfig(
  run: RunRecord,
  vocabulary: Vocabulary,
  validationLoss: number | null,
): CheckpointConfig & Json {
  return {
    app: 'char-rnn',
    architecture: architectureOf(run.settings),
    vocabulary: vocabulary.toJSON() as unknown as Json,
    validationLoss,
    run,
  } as CheckpointConfig & Json;
}

/**
 * Reads a model out of a checkpoint file, or the best one of a run directory. What the file says about itself is held against the tensors that are really
 * in it before anything is built.
 *
 * @throws UnrolledError when there is no such file, it is damaged, or it holds another kind of model
 */
export async function loadModel(file: string): Promise<TrainedModel> {
  const { snapshot, architecture, vocabulary } = await readModel('--checkpoint', file);
  return {
    model: buildModel(vocabulary.size, architecture),
    params: tensorsOf(vocabulary.size, architecture, snapshot),
    vocabulary,
    step: snapshot.step,
  };
}

/** A model's parameters, the averaged ones where there are any, as new tensors, which the caller disposes. */
export function tensorsOf(
  vocabularySize: number,
  architecture: Architecture,
  { params, averaging }: Snapshot,
): unknown[] {
  const tensors = Object.entries(averaging?.params ?? params).map(
    ([path, { data, shape }]) => [path, tf.tensor(data, [...shape], 'float32')] as const,
  );
  return parametersOf(vocabularySize, architecture, Object.fromEntries(tensors));
}

/**
 * Reads what a model is, and its numbers, without building it.
 *
 * @param scope the option that names the file
 * @param given a checkpoint, or a run directory, whose best one is taken
 * @throws UnrolledError as {@link loadModel}
 */
export async function readModel(scope: string, given: string): Promise<SavedModel> {
  const status = await stat(given).catch(() => undefined);
  const file = status?.isDirectory() ? path.join(given, RUN_FILES.best) : given;
  const { snapshot, config } = await loadCheckpoint(file);
  return { snapshot, ...checkConfig(scope, file, config, snapshot) };
}

/**
 * Reads a run that can be gone on with.
 *
 * @throws UnrolledError as {@link loadModel}, and when the file does not say how its run went
 */
export async function readRun(scope: string, file: string): Promise<SavedRun> {
  const { snapshot, config } = await loadCheckpoint(file);
  const model = checkConfig(scope, file, config, snapshot);
  const { settings, text, state } = ((config as unknown as CheckpointConfig).run ?? {}) as Partial<RunRecord>;
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isRecord(settings) || !isRecord(text) || !isRunState(state)) {
    return refuseForeign(scope, file, 'a damaged description of the run');
  }
  return { snapshot, ...model, settings: { ...settings }, text: text as Fingerprint, state };
}

function refuseForeign(scope: string, file: string, got: string, cause?: unknown): never {
  refuse(
    scope,
    {
      expected: `a checkpoint of char-rnn in ${file}`,
      got,
      remedy: 'give a file that char-rnn train wrote',
    },
    cause,
  );
}

function checkConfig(scope: string, file: string, config: Json, { params, averaging }: Snapshot) {
  const foreign = (got: string, cause?: unknown) => refuseForeign(scope, file, got, cause);
  const { app, architecture, vocabulary: json } = (config ?? {}) as Partial<CheckpointConfig>;
  if (app !== 'char-rnn') return foreign(`one of ${typeof app === 'string' ? app : 'another program'}`);
  if (!isArchitecture(architecture)) return foreign('a damaged description of the model');
  let vocabulary: Vocabulary;
  try {
    vocabulary = vocabularyFromJSON(json as never);
  } catch (error) {
    return foreign(`a damaged vocabulary`, error);
  }
  const shapes = parameterShapes(vocabulary.size, architecture);
  const difference = differenceOf(shapes, params) ?? (averaging && differenceOf(shapes, averaging.params));
  if (difference) return foreign(`another architecture than it says: ${difference}`);
  return { architecture, vocabulary };
}

function isArchitecture(value: unknown): value is Architecture {
  const { cell, layers, units, embedding, dropout, ...flags } = (value ?? {}) as Record<string, unknown>;
  const isCount = (count: unknown, least: number, most: number) =>
    Number.isSafeInteger(count) && (count as number) >= least && (count as number) <= most;
  return (
    ['lstm', 'gru', 'rnn'].includes(cell as string) &&
    isCount(layers, 1, 1000) &&
    isCount(units, 1, 2 ** 24) &&
    isCount(embedding, 0, 2 ** 24) &&
    typeof dropout === 'number' &&
    dropout >= 0 &&
    dropout < 1 &&
    ['variationalDropout', 'residual', 'tied'].every((flag) => typeof flags[flag] === 'boolean') &&
    (!flags.tied || embedding === units)
  );
}

/** The first parameter in which a file's tensors differ from what they should be, in words. */
function differenceOf(shapes: Map<string, readonly number[]>, params: TensorRecord): string | undefined {
  const words = (shape: readonly number[] | undefined) => (shape ? `[${shape.join(', ')}]` : 'nothing');
  for (const path of new Set([...shapes.keys(), ...Object.keys(params)])) {
    const expected = words(shapes.get(path));
    const got = words(Object.hasOwn(params, path) ? params[path]!.shape : undefined);
    if (expected !== got) return `${path} should be ${expected} and is ${got}`;
  }
  return undefined;
}
