import { createProgress, createReporter, openRun, quietTensorflow } from '@unrolled/app-shared';
import { describe, disposeTree } from '@unrolled/cells';
import { type PairBatch, pairBatches } from '@unrolled/data';
import { learnSide, type Sourced, sideFrom } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { learningRateOf, type RunConfig, runTraining } from '@unrolled/runs';
import { interruptSignal, jsonLinesLog, writeLossCurve } from '@unrolled/runs/node';
import { lossOf, marksOf, network, type Params, translate } from './network';
import { inWordsOf, readTask, refuse } from './read-task';
import { errorOf, measure, resultOf, table, validationWords } from './report';
import { openTranslator, type TrainOptions } from './runs';

/** `translation train`. @param given the names of the options on the command line */
export async function train(options: TrainOptions, given: readonly string[]): Promise<void> {
  await quietTensorflow();
  const opened = await openRun(refuse, options, given);
  await trainIn(opened, options).finally(() => opened.directory.close());
}

async function trainIn({ directory, saved }: Awaited<ReturnType<typeof openRun>>, options: TrainOptions) {
  const { run, resume: _, minutes = 0, seconds = 0, steps, json, ...own } = options;
  const reporter = createReporter({ json });
  const settings = (saved?.config.settings as typeof own | undefined) ?? own;
  const { units, batchTokens: maxTokens, learningRate, seed } = settings;

  const task = await readTask(settings, reporter.line);
  const pairs = pairsOf(task.train);
  const sideOf = (name: 'source' | 'target') => {
    const learned = () => pairs.map((pair) => pair[name]);
    return saved ? sideFrom(saved.config[name]) : learnSide(task.units[name], learned());
  };
  const [source, target] = [sideOf('source'), sideOf('target')];
  const ids = ({ source: read, target: said }: Pair) => ({
    source: source.encode(read),
    target: target.encode(said),
  });
  const rules = { maxTokens, maximumLength: Math.max(1, maxTokens >> 2), seed, ...marksOf(target) };
  const batched = async () => pairBatches(pairs.map(ids), rules);
  const batches = await batched().catch(inWordsOf('--batch-tokens', () => 'increase it'));
  const model = network(source, target, units);
  const translated = (params: Params, examples: readonly Sourced[]) => {
    const sources = examples.map((example) => example.source);
    return translate({ model, params, source, target }, sources, 1).map(([best]) => target.decode(best!.ids));
  };
  // At most 2,000, evenly spread over the part: translating all of it each time would take as long as a short
  // run.
  const every = Math.ceil(task.validation.length / 2000);
  const some = task.validation.filter((_, index) => index % every === 0);

  const { name, reason } = await selectBackend('auto', { units });
  reporter.line(`backend ${name}: ${reason}`);
  reporter.line(
    `${task.name}: ${pairs.length} pairs, ${batches.leftOut} of them too long for --batch-tokens`,
  );
  const progress = createProgress({ reporter, total: steps ?? 1, initial: saved?.snapshot.step });
  const outcome = await runTraining<Params, PairBatch>({
    ...{ params: () => model.init(seed), batches, seed, signal: interruptSignal(), resume: saved },
    ...{ steps, seconds: 60 * minutes + seconds || (steps ? undefined : 2400) },
    lossOf: lossOf(model),
    countOf: ({ target }) => target.lengths.reduce((sum, length) => sum + length, 0),
    validation: { batches: pairBatches(pairsOf(task.validation).map(ids), rules) },
    score: { name: 'errors', better: 'lower', of: (params) => errorOf(task, some, translated(params, some)) },
    learningRate: learningRateOf({ learningRate, schedule: 'cosine', warmUp: 200 }, batches.batchesPerEpoch),
    ...{ clip: { globalNorm: 1 }, averaging: { decay: 0.999 }, advice: 'reduce --learning-rate' },
    ...{ store: directory.store, checkpointEvery: 500, logEvery: 50, model: describe(model) },
    log: jsonLinesLog(directory.file('log.jsonl'), { warn: reporter.warn }),
    config: { settings, source: source.json, target: target.json } as unknown as RunConfig,
    listener: {
      stepped: ({ expectedSteps, ...step }) => progress.update({ ...step, total: expectedSteps }),
      validated: (result) => reporter.line(validationWords(result, batches.batchesPerEpoch)),
    },
  }).finally(progress.stop);

  const curve = { title: task.name, yLabel: 'nats per token' };
  await writeLossCurve(directory.file('loss'), outcome.history, curve);
  if (outcome.interrupted) reporter.line(`continue: translation train --resume --run ${run}`);
  const best = await openTranslator(run);
  const measures = measure(task, task.validation, translated(best.params, task.validation));
  disposeTree(best.params);
  reporter.line(`${outcome.steps} steps; the best network on the validation set:`);
  reporter.line(table({ [`step ${best.steps}, greedy`]: measures }));
  reporter.result(resultOf(measures, outcome.steps));
}

type Pair = { readonly source: string; readonly target: string };

const pairsOf = (examples: readonly Sourced[]): Pair[] =>
  examples.flatMap(({ source, targets }) => targets.map((target) => ({ source, target })));
