import * as tf from '@tensorflow/tfjs-core';
import { disposeTree, unroll } from '@unrolled/cells';
import { createVocabulary, slidingWindows, stitchWindows } from '@unrolled/data';
import { sequenceLoss } from '@unrolled/losses';
import {
  checkTrainingMemory,
  modelLoss,
  type OptimizerName,
  recurrentSize,
  tokenBatch,
  train,
} from '@unrolled/training';
import { buildModel, type ModelOptions } from './model';
import { refuse } from './refuse';

export interface LearnOptions extends Omit<ModelOptions, 'units'> {
  /** The text to learn, with at least two distinct characters. */
  text: string;
  /** Number of units; default the number of distinct characters. */
  units?: number;
  /** Characters in one window; default the whole text except its last character. */
  window?: number;
  /** Number of updates. Each uses all windows as one batch. */
  steps: number;
  /** Default 'adam'. */
  optimizer?: OptimizerName;
  learningRate: number;
  seed: number;
  /** Stops training after the current step. */
  signal?: AbortSignal;
}

/** One update: the network's prediction before it, and its loss. */
export interface LearnStep {
  /** Counted from 0, as in the lab. */
  step: number;
  /** Mean cross entropy in nats per character. */
  loss: number;
  /** The network's prediction of the text from its second character on, joined from the windows. */
  prediction: string;
}

/** The lab's example: a network learns to predict the next character at each character. */
export interface Lesson {
  /** The text from its second character on. */
  target: string;
  distinctCharacters: number;
  windows: number;
  steps: AsyncIterable<LearnStep>;
}

/** All windows are one batch. */
function checkMemory(
  characters: number,
  length: number,
  vocabularySize: number,
  options: LearnOptions,
): void {
  const { cell, layers, head, units = vocabularySize } = options;
  const steps = Math.max(0, characters - length) * length;
  const recurrent = recurrentSize({ cell, layers, units, inputSize: vocabularySize, steps });
  const dense = head === 'dense' ? (units + 1) * vocabularySize : 0;
  const activations = recurrent.activations + 2 * steps * vocabularySize;
  const size = { parameters: recurrent.parameters + dense, activations };
  checkTrainingMemory('hihello', size, 'reduce --units, --layers or --window, or use a shorter text');
}

/**
 * Trains a network on one text, with all windows as one batch, and yields its prediction at every step.
 *
 * @throws UnrolledError if the text is shorter than one window, or has one distinct character
 */
export function learn(options: LearnOptions): Lesson {
  const { text, steps, optimizer = 'adam', learningRate, seed, signal } = options;
  const characters = Array.from(text);
  const vocabulary = createVocabulary(text);
  if (vocabulary.size < 2) {
    refuse('--text', {
      expected: 'at least two distinct characters',
      got: characters.length === 0 ? 'an empty text' : `'${characters[0]}' alone`,
      remedy: 'use a text with at least two different characters',
    });
  }
  const length = options.window ?? characters.length - 1;
  checkMemory(characters.length, length, vocabulary.size, options);
  const windows = slidingWindows(vocabulary.encode(text), { length });
  const model = buildModel(vocabulary.size, { ...options, units: options.units ?? vocabulary.size });
  return {
    target: characters.slice(1).join(''),
    distinctCharacters: vocabulary.size,
    windows: windows.count,
    steps: lessonSteps(),
  };

  async function* lessonSteps(): AsyncGenerator<LearnStep> {
    const all = tokenBatch({ ...windows, batchSize: windows.count, steps: length });
    const run = train({
      params: () => model.init(seed),
      batches: [all],
      lossOf: modelLoss(model, sequenceLoss),
      optimizer,
      learningRate,
      steps,
      seed,
      signal,
    });
    const predict = (): string => {
      const ids = tf.tidy(() =>
        tf.argMax(unroll(model, run.params, all.inputs).output, 2).dataSync<'int32'>(),
      );
      return vocabulary.decode(stitchWindows(ids, { length }));
    };
    try {
      let prediction = predict();
      for await (const { step, loss } of run) {
        yield { step: step - 1, loss, prediction };
        prediction = predict();
      }
    } finally {
      disposeTree([all, run.params]);
    }
  }
}
