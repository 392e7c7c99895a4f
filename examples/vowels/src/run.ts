import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { scalerFromJSON } from '@unrolled/data';
import { type Refuse, refuser } from '@unrolled/errors';
import { readVowels, type Utterance, vowels } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { accuracy, confusionMatrix } from '@unrolled/metrics';
import { loadModelFile, saveModel } from '@unrolled/training/node';
import { guess, type Listener, learn, type Settings } from './network';

const refuse: Refuse = refuser('vowels');

/** Where networks are kept, and the data: fetched, or files of the same form. */
export interface Options {
  readonly run: string;
  readonly files?: readonly string[];
  readonly json?: boolean;
}

export interface TrainOptions extends Options, Settings {
  readonly networks: number;
  readonly seed: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly steps?: number;
}

async function read({ files }: Options, onFetch: (line: string) => void) {
  if (files === undefined) return vowels({ onFetch });
  if (files.length !== 2)
    refuse('--files', {
      expected: 'two files, to train and to test',
      got: String(files.length),
      remedy: 'name both',
    });
  const [train, test] = await Promise.all(files.map(async (file) => readVowels(await contentOf(file), file)));
  return { train: train!, test: test! };
}

const contentOf = (file: string) =>
  readFile(file, 'utf8').catch((error: Error) =>
    refuse(
      '--files',
      { expected: `a file ${file}`, got: error.message, remedy: 'name one that can be read', code: 'file' },
      error,
    ),
  );

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1),
  );
};
const rightOf = (utterances: readonly Utterance[], guesses: readonly number[]) =>
  accuracy(
    utterances.map(({ speaker }) => speaker),
    guesses,
  );

/** `vowels train`: some networks that differ by their seeds, each in a file. */
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
    refuse('--run', { expected: 'a directory without networks', got: run, remedy: 'name another' });
  const data = await read(options, reporter.line);
  // Small products: threads would wait for one another.
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
      `seed ${seed}: ${steps} steps, ${percent(found.at(-1)!)} of the ${data.train.length} that it learned`,
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
 * `vowels score`: every network of a run on the test part, the mean and standard deviation, and the
 * confusions.
 */
export async function score(options: Options): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(options);
  const names = await filesOf(options.run);
  const remedy = 'name another, or train some: vowels train';
  if (names.length === 0) refuse('--run', { expected: `networks in ${options.run}`, got: 'none', remedy });
  const { test } = await read(options, reporter.line);
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
  reporter.line(`${test.length} of the test part: ${percent(mean(found))}${words}`);
  const matrix = confusionMatrix(
    pairs.map(([speaker]) => speaker),
    pairs.map(([, guessed]) => guessed),
  );
  reporter.line('who spoke (rows) was taken for whom (columns):');
  for (const [row, counts] of matrix.counts.entries())
    reporter.line(
      `  ${Number(matrix.labels[row]) + 1}:${Array.from(counts, (count) => String(count || '·').padStart(5)).join('')}`,
    );
  reporter.result({ accuracy: mean(found), steps: taken });
}

/**
 * `vowels choose`: settings by cross-validation of the training part, in five folds that have of each speaker
 * as many.
 */
export async function choose(options: Options & { seed: number }): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { train: all } = await read(options, reporter.line);
  await selectBackend('auto', { units: 64, threads: 1 });
  const folds = 5;
  const rows: { settings: Settings; accuracy: number }[] = [];
  for (const units of [32, 64]) {
    for (const dropout of [0.2, 0.5]) {
      for (const epochs of [30, 60]) {
        const settings = { units, dropout, epochs };
        const found: number[] = [];
        for (let fold = 0; fold < folds; fold++) {
          const part = (isHeld: boolean) => all.filter((_, at) => (at % folds === fold) === isHeld);
          const listener = await learn(part(false), { ...settings, seed: options.seed + fold });
          found.push(rightOf(part(true), guess(listener, part(true))));
          disposeTree(listener.params);
        }
        rows.push({ settings, accuracy: mean(found) });
        reporter.line(
          `units ${units}, dropout ${dropout}, epochs ${epochs}: ${percent(mean(found))} ± ${percent(spread(found))}`,
        );
      }
    }
  }
  // Of equals the first is the smallest.
  const best = rows.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
  reporter.line(`the best: ${JSON.stringify(best.settings)}`);
  reporter.result({ ...best });
}
