import { createProgress, createReporter, openRun, quietTensorflow } from '@unrolled/app-shared';
import { describe, disposeTree } from '@unrolled/cells';
import { vocabularyFromJSON } from '@unrolled/data';
import { selectBackend } from '@unrolled/kernels/node';
import { learningRateOf, type RunConfig, runTraining } from '@unrolled/runs';
import { interruptSignal, jsonLinesLog, writeLossCurve } from '@unrolled/runs/node';
import { adam } from '@unrolled/training';
import { batchesOf } from './batches';
import { type Batch, lossOf, network, type Params, probabilitiesOf } from './network';
import { readTask } from './read-task';
import { measure, table, validationWords } from './report';
import { openNetwork, refuse, type TrainOptions } from './runs';
import { embeddingsOf, startOf } from './start';
import { idsOf, learnWords } from './words';

/** `sentiment train`. @param given the names of the options on the command line */
export async function train(options: TrainOptions, given: readonly string[]): Promise<void> {
  await quietTensorflow();
  const opened = await openRun(refuse, options, given);
  await trainIn(opened, options).finally(() => opened.directory.close());
}

async function trainIn({ directory, saved }: Awaited<ReturnType<typeof openRun>>, options: TrainOptions) {
  const { run, resume: _, minutes = 0, seconds = 0, steps, threads, json, ...own } = options;
  const reporter = createReporter({ json });
  const settings = (saved?.config.settings as typeof own | undefined) ?? own;
  const { units, words, hide, labelSmoothing, weightDecay, learningRate, seed } = settings;

  const task = await readTask(settings, reporter.line);
  const vocabulary = saved
    ? vocabularyFromJSON(saved.config.vocabulary as never)
    : learnWords(task.train.map(({ text }) => text));
  const batches = batchesOf(task.train, vocabulary, settings);
  const validation = task.validation.map(({ text }) => idsOf(vocabulary, text, words));
  const model = network({ vocabularySize: vocabulary.size, units });

  const embeddings = saved ? undefined : await embeddingsOf(settings, vocabulary);
  const { name, reason } = await selectBackend('auto', { units, threads });
  reporter.line(`backend ${name}: ${reason}`);
  reporter.line(`${task.name}: ${task.train.length} texts, ${vocabulary.size} words and pairs`);
  const progress = createProgress({ reporter, total: steps ?? 1, initial: saved?.snapshot.step });
  const outcome = await runTraining<Params, Batch>({
    params: () => startOf(model, { seed, embeddings }),
    ...{ batches, seed, signal: interruptSignal(), resume: saved },
    ...{ steps, seconds: 60 * minutes + seconds || (steps ? undefined : 1200) },
    lossOf: (params, batch, _state, context) => ({
      loss: lossOf(model, params, batch, { context, hide, labelSmoothing }),
    }),
    countOf: ({ texts }) => texts.lengths.reduce((sum, length) => sum + length, 0),
    validation: { batches: [...batchesOf(task.validation, vocabulary, settings)(1)] },
    score: {
      ...{ name: 'accuracy', better: 'higher' },
      of: (params) => measure(task.validation, probabilitiesOf(model, params, validation)).accuracy,
    },
    learningRate: learningRateOf({ learningRate, schedule: 'cosine', warmUp: 50 }, batches.batchesPerEpoch),
    ...{ optimizer: adam({ weightDecay }), clip: { globalNorm: 1 }, averaging: { decay: 0.99 } },
    advice: 'reduce --learning-rate',
    ...{ store: directory.store, checkpointEvery: 500, logEvery: 50, model: describe(model) },
    log: jsonLinesLog(directory.file('log.jsonl'), { warn: reporter.warn }),
    config: { settings, vocabulary: vocabulary.toJSON() } as unknown as RunConfig,
    listener: {
      stepped: ({ expectedSteps, ...step }) => progress.update({ ...step, total: expectedSteps }),
      validated: (result) => reporter.line(validationWords(result, batches.batchesPerEpoch)),
    },
  }).finally(progress.stop);

  await writeLossCurve(directory.file('loss'), outcome.history, {
    title: task.name,
    yLabel: 'nats per text',
  });
  if (outcome.interrupted) reporter.line(`continue: sentiment train --resume --run ${run}`);
  const best = await openNetwork(run);
  const measures = measure(task.validation, probabilitiesOf(best.model, best.params, validation));
  disposeTree(best.params);
  reporter.line(`${outcome.steps} steps; the best network on the validation set:`);
  reporter.line(table({ [`step ${best.steps}`]: measures }));
  reporter.result({ accuracy: measures.accuracy, steps: outcome.steps });
}
