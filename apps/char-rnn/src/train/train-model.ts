import { disposeTree } from '@unrolled/cells';
import { contiguousBatches } from '@unrolled/data';
import { adam, type Optimizer, type OptimizerName, train } from '@unrolled/training';
import { lossOf, tokensIn } from '../model/evaluation';
import type { RunOptions, RunOutcome } from '../run/run-contract';
import type { TrainSettings } from '../settings/settings';
import { learningRateOf } from './learning-rate';
import { createTimetable, stepLimit } from './timetable';
import { initialState, Trainer } from './trainer';

/**
 * Trains a model on one text, with the recurrent state carried from batch to batch, validating on the text's end with
 * a state of its own. States are saved only while losses are finite; the first one before the first step. A run that
 * goes on from a saved state is, unless time limits it, the one that never stopped, to the last bit.
 *
 * @returns when the timetable or patience ends it, or `signal` stopped it after a step
 * @throws UnrolledError when a loss is not finite, naming the checkpoint that is kept
 */
export async function trainModel(options: RunOptions): Promise<RunOutcome> {
  const { model, settings, dataset, resume } = options;
  const initial = options.params ?? model.init(settings.seed);
  const common = {
    params: initial,
    lossOf: lossOf(model),
    batches: contiguousBatches(dataset.train, {
      batchSize: dataset.batchSize,
      sequenceLength: settings.sequenceLength,
    }),
    countOf: tokensIn,
    carry: { model, batchSize: dataset.batchSize },
    optimizer: optimizerOf(settings),
    clip: clipOf(settings),
    averaging: settings.averaging > 0 ? { decay: settings.averaging } : undefined,
    seed: settings.seed,
  };
  try {
    const rate = learningRateOf(settings, common.batches.length);
    const state = resume?.state ?? initialState(rate);
    const timetable = createTimetable(settings, stepLimit(settings, common.batches.length), {
      step: resume?.snapshot.step ?? 0,
      elapsedSeconds: state.elapsedSeconds,
    });
    let saved = resume && { snapshot: resume.snapshot, file: resume.file };
    if (!saved) {
      // The state before training, for a run that is stopped before its first step.
      const unbegun = train({ ...common, learningRate: 0, steps: 1, signal: AbortSignal.abort() });
      for await (const _ of unbegun);
      disposeTree([unbegun.params, unbegun.averages ?? []]);
      const snapshot = unbegun.snapshot();
      const file = await options.listener.save({ snapshot, state, validationLoss: null, isBest: false });
      saved = { snapshot, file };
    }
    const trainer = new Trainer({ ...options, timetable, rate, state, saved });
    const run = train({
      ...common,
      learningRate: (step) => trainer.learningRate(step),
      steps: Number.POSITIVE_INFINITY,
      signal: options.signal,
      resume: resume?.snapshot,
    });
    try {
      return await trainer.follow(run);
    } finally {
      disposeTree([run.params, run.averages ?? []]);
    }
  } finally {
    if (!options.params) disposeTree(initial);
  }
}

function optimizerOf({ optimizer, beta2, weightDecay }: TrainSettings): Optimizer | OptimizerName {
  return optimizer === 'adam' ? adam({ beta2, weightDecay }) : optimizer;
}

function clipOf({ clip = 0, clipValue }: TrainSettings) {
  if (clipValue !== undefined) return { value: clipValue };
  return clip > 0 ? { globalNorm: clip } : undefined;
}
