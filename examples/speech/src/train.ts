import { createProgress, createReporter, openRun, quietTensorflow } from '@unrolled/app-shared';
import { describe, disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { learningRateOf, type RunConfig, runTraining } from '@unrolled/runs';
import * as runs from '@unrolled/runs/node';
import { type Alphabet, decode } from './alphabet';
import { type Batch, batchesOf } from './batches';
import type { Utterance } from './features';
import { lossOf, network, type Params, recognise } from './network';
import { readTask } from './read-task';
import { refuse } from './refuse';
import { errorOf, measure, table, validationWords } from './report';
import { openRecogniser, type TrainOptions } from './runs';

/** `speech train`. @param given the names of the options on the command line */
export async function train(options: TrainOptions, given: readonly string[]): Promise<void> {
  await quietTensorflow();
  const opened = await openRun(refuse, options, given);
  await trainIn(opened, options).finally(() => opened.directory.close());
}

async function trainIn({ directory, saved }: Awaited<ReturnType<typeof openRun>>, options: TrainOptions) {
  const { run, resume: _, minutes = 0, seconds = 0, steps, json, ...own } = options;
  const reporter = createReporter({ json });
  const settings = (saved?.config.settings as typeof own | undefined) ?? own;
  const { units, batchSize, learningRate, seed } = settings;

  const known = saved?.config.alphabet as Alphabet | undefined;
  const task = await readTask(settings, reporter.line, known);
  const { alphabet, rate } = task;
  const model = network(alphabet.labels.length, units);
  const batches = batchesOf(task.train, alphabet, batchSize, seed);
  const measured = (params: Params, part: readonly Utterance[]) => {
    const found = recognise(
      { model, params, alphabet },
      part.map(({ frames }) => frames),
      { width: 1 },
    );
    return measure(
      alphabet.unit,
      part.map(({ text }) => text),
      found.map(([best]) => decode(alphabet, best!.labels)),
    );
  };
  const { name, reason } = await selectBackend('auto', { units });
  const length = task.train.reduce((sum, { frames }) => sum + frames.count, 0) / 6000;
  reporter.line(`backend ${name}: ${reason}`);
  reporter.line(`${task.name}: ${task.train.length} recordings for training, ${length.toFixed(1)} minutes`);
  // The training text of a language model, for --language-model.
  const texts = task.train.map(({ text }) => `${text}\n`).join('');
  await runs.atomicWriteFile(directory.file('texts.txt'), texts);
  const progress = createProgress({ reporter, total: steps ?? 1, initial: saved?.snapshot.step });
  const outcome = await runTraining<Params, Batch>({
    ...{ params: () => model.init(seed), batches, seed, signal: runs.interruptSignal(), resume: saved },
    ...{ steps, seconds: 60 * minutes + seconds || (steps ? undefined : 1200) },
    lossOf: (params, batch, _state, context) => ({ loss: lossOf(model, params, batch, context) }),
    countOf: ({ targets }) => targets.reduce((sum, labels) => sum + labels.length, 0),
    validation: { batches: batchesOf(task.validation, alphabet, batchSize) },
    score: { name: 'errors', better: 'lower', of: (params) => errorOf(measured(params, task.validation)) },
    learningRate: learningRateOf({ learningRate, schedule: 'cosine', warmUp: 100 }, batches.batchesPerEpoch),
    ...{ clip: { globalNorm: 1 }, averaging: { decay: 0.998 }, advice: 'reduce --learning-rate' },
    ...{ store: directory.store, checkpointEvery: 500, logEvery: 50, model: describe(model) },
    log: runs.jsonLinesLog(directory.file('log.jsonl'), { warn: reporter.warn }),
    config: { settings, alphabet, rate } as unknown as RunConfig,
    listener: {
      stepped: ({ expectedSteps, ...step }) => progress.update({ ...step, total: expectedSteps }),
      validated: (result) => reporter.line(validationWords(result, batches.batchesPerEpoch)),
    },
  }).finally(progress.stop);

  const curve = { title: task.name, yLabel: 'nats per label' };
  await runs.writeLossCurve(directory.file('loss'), outcome.history, curve);
  if (outcome.interrupted) reporter.line(`continue: speech train --resume --run ${run}`);
  const best = await openRecogniser(run);
  const measures = measured(best.params, task.validation);
  disposeTree(best.params);
  reporter.line(`${outcome.steps} steps; the best network on the validation set:`);
  reporter.line(table({ [`step ${best.steps}`]: measures }));
  reporter.result({ ...measures, steps: outcome.steps });
}
