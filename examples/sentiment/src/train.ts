import { createProgress, createReporter, openRun, quietTensorflow } from '@unrolled/app-shared';
import { describe, disposeTree } from '@unrolled/cells';
import { padSequences, shuffledBatches, vocabularyFromJSON } from '@unrolled/data';
import { readEmbeddings } from '@unrolled/data/node';
import type { Opinion } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { learningRateOf, type RunConfig, runTraining } from '@unrolled/runs';
import { interruptSignal, jsonLinesLog, writeLossCurve } from '@unrolled/runs/node';
import { type Batch, gladness, lossOf, network, type Params } from './network';
import { readTask } from './read-task';
import { measure, table, validationWords } from './report';
import { openNetwork, refuse, refuseEmbeddings, type TrainOptions } from './runs';
import { startOf } from './start';
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
  const { dimension, units, words, hide, labelSmoothing, batchSize, learningRate, seed } = settings;

  const task = await readTask(settings, reporter.line);
  const vocabulary = saved
    ? vocabularyFromJSON(saved.config.vocabulary as never)
    : learnWords(task.train.map(({ text }) => text));
  const read = (opinions: readonly Opinion[]) =>
    opinions.map(({ text, isGlad }) => ({ ids: idsOf(vocabulary, text, words), label: Number(isGlad) }));
  const batched = (opinions: readonly Opinion[]) =>
    shuffledBatches(read(opinions), {
      ...{ batchSize, seed, bucketBy: ({ ids }) => ids.length },
      collate: (rows): Batch => ({
        texts: padSequences(rows.map(({ ids }) => ids)),
        labels: rows.map(({ label }) => label),
      }),
    });
  const batches = batched(task.train);
  const validation = read(task.validation).map(({ ids }) => ids);
  const model = network({ vocabularySize: vocabulary.size, dimension, units });

  const embeddings =
    settings.embeddings && !saved
      ? await readEmbeddings(settings.embeddings, vocabulary, { dimension, seed }).catch(refuseEmbeddings)
      : undefined;
  const { name, reason } = await selectBackend('auto', { units, threads });
  reporter.line(`backend ${name}: ${reason}`);
  reporter.line(`${task.name}: ${task.train.length} texts, ${vocabulary.size} words`);
  const progress = createProgress({ reporter, total: steps ?? 1, initial: saved?.snapshot.step });
  const outcome = await runTraining<Params, Batch>({
    ...{
      params: () => startOf(model, { seed, embeddings }),
      batches,
      seed,
      signal: interruptSignal(),
      resume: saved,
    },
    ...{ steps, seconds: 60 * minutes + seconds || (steps ? undefined : 1200) },
    lossOf: (params, batch, _state, context) => ({
      loss: lossOf(model, params, batch, { context, hide, labelSmoothing }),
    }),
    countOf: ({ texts }) => texts.lengths.reduce((sum, length) => sum + length, 0),
    validation: { batches: [...batched(task.validation)(1)] },
    score: {
      ...{ name: 'accuracy', better: 'higher' },
      of: (params) => measure(task.validation, gladness(model, params, validation)).accuracy,
    },
    learningRate: learningRateOf({ learningRate, schedule: 'cosine', warmUp: 50 }, batches.batchesPerEpoch),
    ...{ clip: { globalNorm: 1 }, averaging: { decay: 0.99 }, advice: 'lower --learning-rate' },
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
  if (outcome.interrupted) reporter.line(`go on: sentiment train --resume --run ${run}`);
  const best = await openNetwork(run);
  const measures = measure(task.validation, gladness(best.model, best.params, validation));
  disposeTree(best.params);
  reporter.line(`${outcome.steps} steps; the best network on the validation part:`);
  reporter.line(table({ [`step ${best.steps}`]: measures }));
  reporter.result({ accuracy: measures.accuracy, steps: outcome.steps });
}
