import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { scalerFromJSON } from '@unrolled/data';
import { selectBackend } from '@unrolled/kernels/node';
import { confusionMatrix } from '@unrolled/metrics';
import { loadModelFile, saveModel } from '@unrolled/training/node';
import { guess, type Listener, learn, type Settings } from './network';
import { type Options, readTask, refuse } from './read-task';
import { mean, percent, rightOf, spread } from './report';

export interface TrainOptions extends Options, Settings {
  readonly networks: number;
  readonly seed: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly steps?: number;
}

/** `vowels train`: several networks with different seeds, each in a file. */
export async function train(options: TrainOptions): Promise<void> {
  const {
    run,
    networks,
    minutes = 0,
    seconds = 0,
    steps: most = Infinity,
    seed: first,
    ...settings
  } = options;
  await quietTensorflow();
  const reporter = createReporter(options);
  if (existsSync(run) && (await filesOf(run)).length > 0)
    refuse('--run', {
      expected: 'a directory without networks',
      got: run,
      remedy: 'choose another directory',
    });
  const data = await readTask(options, reporter.line);
  // Products are so small that threads would mostly wait.
  await selectBackend('auto', { units: settings.units, threads: 1 });
  const end = performance.now() + 1000 * (60 * minutes + seconds || Infinity);
  const found: number[] = [];
  let taken = 0;
  for (let seed = first; seed < first + networks; seed++) {
    const { steps, ...listener } = await learn(
      data.train,
      { ...settings, seed },
      ({ step }) => step < most && performance.now() < end,
    );
    taken += steps;
    found.push(rightOf(data.train, guess(listener, data.train)));
    await mkdir(run, { recursive: true });
    const { model, params, scaler } = listener;
    await saveModel(path.join(run, `seed-${seed}.safetensors`), {
      model,
      params,
      details: { scaler: scaler.toJSON() as never, steps },
    });
    disposeTree(params);
    reporter.line(
      `seed ${seed}: ${steps} steps, ${percent(found.at(-1)!)} of the ${data.train.length} training utterances`,
    );
    if (performance.now() >= end) break;
  }
  reporter.result({ accuracy: mean(found), steps: taken });
}

const filesOf = async (run: string) => {
  const names = existsSync(run) ? await readdir(run) : [];
  return names.filter((name) => name.endsWith('.safetensors')).sort();
};

/**
 * `vowels score`: every network of a run on the test set, with mean, standard deviation and the confusions.
 */
export async function score(options: Options): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(options);
  const names = await filesOf(options.run);
  const remedy = 'set --run to another directory, or train networks: vowels train';
  if (names.length === 0) refuse('--run', { expected: `networks in ${options.run}`, got: 'none', remedy });
  const { test } = await readTask(options, reporter.line);
  await selectBackend('auto', { batchSize: test.length, threads: 1 });
  const truth = test.map(({ speaker }) => speaker);
  const found: number[] = [];
  const pairs: [number, number][] = [];
  let taken = 0;
  for (const name of names) {
    const { model, params, details } = await loadModelFile(path.join(options.run, name));
    const { scaler, steps } = Object(details) as {
      scaler?: Parameters<typeof scalerFromJSON>[0];
      steps?: number;
    };
    if (!scaler || !steps)
      return refuse('--run', { expected: `a network of this program in ${name}`, got: 'another', remedy });
    const listener = { model, params, scaler: scalerFromJSON(scaler) } as unknown as Listener;
    const guesses = guess(listener, test);
    disposeTree(params);
    for (const [at, speaker] of truth.entries()) pairs.push([speaker, guesses[at]!]);
    found.push(rightOf(test, guesses));
    taken += steps;
    reporter.line(`${name}: ${percent(found.at(-1)!)}`);
  }
  const words =
    names.length > 1 ? ` ± ${percent(spread(found))} (standard deviation of ${names.length} seeds)` : '';
  reporter.line(`${test.length} utterances of the test set: ${percent(mean(found))}${words}`);
  const matrix = confusionMatrix(
    pairs.map(([speaker]) => speaker),
    pairs.map(([, guessed]) => guessed),
  );
  reporter.line('true speakers (rows) and predicted speakers (columns):');
  for (const [row, counts] of matrix.counts.entries())
    reporter.line(
      `  ${Number(matrix.labels[row]) + 1}:${Array.from(counts, (count) => String(count || '·').padStart(5)).join('')}`,
    );
  reporter.result({ accuracy: mean(found), steps: taken });
}
