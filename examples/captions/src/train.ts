import { createProgress, createReporter, openRun, quietTensorflow } from '@unrolled/app-shared';
import { captioning, languagesOf, learnNames, sideFrom, tokensOf } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { learningRateOf, type RunConfig, runTraining } from '@unrolled/runs';
import { interruptSignal, jsonLinesLog } from '@unrolled/runs/node';
import { type CaptionBatch, captionBatches } from './batches';
import { lossOf, network, type Params, PIXELS } from './network';
import { refuse, type TrainOptions } from './runs';
import { measured } from './use';

/** `captions train`. @param given the names of the options on the command line */
export async function train(options: TrainOptions, given: readonly string[]): Promise<void> {
  languagesOf(options.languages);
  await quietTensorflow();
  const opened = await openRun(refuse, options, given);
  await trainIn(opened, options).finally(() => opened.directory.close());
}

async function trainIn({ directory, saved }: Awaited<ReturnType<typeof openRun>>, options: TrainOptions) {
  const { run, resume: _, minutes = 0, seconds = 0, steps, json, ...own } = options;
  const reporter = createReporter({ json });
  const settings = (saved?.config.settings as typeof own | undefined) ?? own;
  const { batchTokens, learningRate, seed, unseen, units } = settings;

  const task = await captioning(unseen, PIXELS, { onFetch: reporter.line });
  const languages = languagesOf(settings.languages);
  const names = saved ? { side: sideFrom(saved.config.side), languages } : learnNames(task.emoji, languages);
  const batches = captionBatches(task, names, batchTokens, seed);
  const kinds = task.emoji.length;
  const model = network({ tokens: tokensOf(names), kinds }, settings);

  const { name, reason } = await selectBackend('auto', { units });
  reporter.line(`backend ${name}: ${reason}`);
  reporter.line(
    `${task.emoji.length} emoji in ${languages.length} languages; the drawings by ${unseen} are not used for training`,
  );
  const progress = createProgress({ reporter, total: steps ?? 1, initial: saved?.snapshot.step });
  const outcome = await runTraining<Params, CaptionBatch>({
    ...{ params: () => model.init(seed), batches, seed, signal: interruptSignal(), resume: saved },
    ...{ steps, seconds: 60 * minutes + seconds || (steps ? undefined : 1500) },
    lossOf: (params, batch, _state, context) => ({ loss: lossOf(model, params, batch, context) }),
    countOf: ({ names: { lengths } }) => lengths.reduce((sum, length) => sum + length, 0),
    learningRate: learningRateOf(
      { learningRate, schedule: 'cosine', warmUp: Math.min(200, Math.ceil((steps ?? 2000) / 10)) },
      batches.batchesPerEpoch,
    ),
    ...{ clip: { globalNorm: 1 }, averaging: { decay: 0.999 }, advice: 'reduce --learning-rate' },
    ...{ store: directory.store, checkpointEvery: 500, logEvery: 50 },
    log: jsonLinesLog(directory.file('log.jsonl'), { warn: reporter.warn }),
    config: { settings, side: names.side.json, languages, kinds } as unknown as RunConfig,
    listener: {
      stepped: ({ expectedSteps, ...step }) => progress.update({ ...step, total: expectedSteps }),
    },
  }).finally(progress.stop);

  const epochs = (outcome.steps / batches.batchesPerEpoch).toFixed(1);
  reporter.line(`${outcome.steps} steps, ${epochs} epochs`);
  if (outcome.interrupted) reporter.line(`continue: captions train --resume --run ${run}`);
  await measured(run, task, 1, reporter);
}
