import * as tf from '@tensorflow/tfjs-core';
import { type Vocabulary, vocabularyFromJSON } from '@unrolled/data';
import type { Json, Snapshot, TensorRecord } from '@unrolled/training';
import { loadCheckpoint } from '@unrolled/training/node';
import { type Architecture, buildModel, type CharacterModel, parameterShapes, parametersOf } from './model';
import { refuse } from './refuse';

/** What a checkpoint of this app says beside the weights: all that sampling needs. */
export interface CheckpointConfig {
  readonly app: 'char-rnn';
  readonly architecture: Architecture;
  readonly vocabulary: Json;
  /** Of the saved state, in nats per character; null when it was not measured. */
  readonly validationLoss: number | null;
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

/** What to save with a model's weights. */
export function checkpointConfig(
  architecture: Architecture,
  vocabulary: Vocabulary,
  validationLoss: number | null,
): Json {
  const { cell, layers, units, embedding, dropout } = architecture;
  return {
    app: 'char-rnn',
    architecture: { cell, layers, units, embedding, dropout },
    vocabulary: vocabulary.toJSON() as unknown as Json,
    validationLoss,
  };
}

/**
 * Reads a model out of a checkpoint file. What the file says about itself is held against the tensors that are really
 * in it before anything is built.
 *
 * @throws UnrolledError when there is no such file, it is damaged, or it holds another kind of model
 */
export async function loadModel(file: string): Promise<TrainedModel> {
  const { snapshot, config } = await loadCheckpoint(file);
  const { architecture, vocabulary } = checkConfig(file, config, snapshot);
  const tensors = Object.fromEntries(
    Object.entries(snapshot.params).map(([path, { data, shape }]) => [
      path,
      tf.tensor(data, [...shape], 'float32'),
    ]),
  );
  return {
    model: buildModel(vocabulary.size, architecture),
    params: parametersOf(tensors),
    vocabulary,
    step: snapshot.step,
  };
}

function checkConfig(file: string, config: Json, { params }: Snapshot) {
  const foreign = (got: string, cause?: unknown): never =>
    refuse(
      '--checkpoint',
      {
        expected: `a checkpoint of char-rnn in ${file}`,
        got,
        remedy: 'give a file that char-rnn train wrote',
      },
      cause,
    );
  const { app, architecture, vocabulary: json } = (config ?? {}) as Partial<CheckpointConfig>;
  if (app !== 'char-rnn') return foreign(`one of ${typeof app === 'string' ? app : 'another program'}`);
  if (!isArchitecture(architecture)) return foreign('a damaged description of the model');
  let vocabulary: Vocabulary;
  try {
    vocabulary = vocabularyFromJSON(json as never);
  } catch (error) {
    return foreign(`a damaged vocabulary`, error);
  }
  const difference = differenceOf(parameterShapes(vocabulary.size, architecture), params);
  if (difference) return foreign(`another architecture than it says: ${difference}`);
  return { architecture, vocabulary };
}

function isArchitecture(value: unknown): value is Architecture {
  const { cell, layers, units, embedding, dropout } = (value ?? {}) as Record<string, unknown>;
  const isCount = (count: unknown, least: number, most: number) =>
    Number.isSafeInteger(count) && (count as number) >= least && (count as number) <= most;
  return (
    ['lstm', 'gru', 'rnn'].includes(cell as string) &&
    isCount(layers, 1, 1000) &&
    isCount(units, 1, 2 ** 24) &&
    isCount(embedding, 0, 2 ** 24) &&
    typeof dropout === 'number' &&
    dropout >= 0 &&
    dropout < 1
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
