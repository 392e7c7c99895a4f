import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { decode } from './alphabet';
import { hearFiles, STEP } from './features';
import { searchOf } from './language-model';
import { recognise, type Search } from './network';
import { readTask } from './read-task';
import { measure, mostFrequent, percent, table } from './report';
import { openRecogniser, type UseOptions } from './runs';

/** `speech say`: the most likely texts of files, with their probabilities and the time of each label. */
export async function say(files: readonly string[], options: UseOptions & { best: number }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const trained = await openRecogniser(options.run);
  const heard = await hearFiles(files, trained.rate);
  const search = await searchOf(trained, options, options.best);
  await selectBackend('auto', { batchSize: 1 });
  const found = recognise(
    trained,
    heard.map(({ frames }) => frames),
    search,
  );
  disposeTree([trained.params, search.languageModel?.params ?? []]);
  const said = files.map((file, index) => ({
    file,
    texts: found[index]!.map(({ labels, logProbability, starts, ends }) => ({
      ...{ text: decode(trained.alphabet, labels), logProbability },
      times: starts.map((start, label) => [start * STEP, ends[label]! * STEP]),
    })),
  }));
  for (const { file, texts } of said) {
    reporter.line(file);
    for (const { text, logProbability } of texts)
      reporter.line(`${percent(Math.exp(logProbability)).padStart(10)}  ${text}`);
  }
  reporter.result({ files: said });
}

/**
 * `speech score`: scores the test set, greedily, by beam search and with a language model, and two baselines
 * that do not use the sound.
 */
export async function score(options: UseOptions & { errors: number }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const trained = await openRecogniser(options.run);
  const { alphabet, settings, steps } = trained;
  const task = await readTask(settings, reporter.line, alphabet);
  const search = await searchOf(trained, options);
  await selectBackend('auto', { units: settings.units });
  const [references, frames] = [task.test.map(({ text }) => text), task.test.map((one) => one.frames)];
  const by = (how: Search) => recognise(trained, frames, how).map(([best]) => decode(alphabet, best!.labels));
  const measured = (said: readonly string[]) => measure(alphabet.unit, references, said);
  const plain = by({ width: options.beam });
  const said = search.languageModel ? by(search) : plain;
  const usual = mostFrequent(task.train.map(({ text }) => text));
  const rows = {
    'most likely at each step': measured(by({ width: 1 })),
    [`beam ${options.beam}`]: measured(plain),
    ...(search.languageModel && { [`beam ${options.beam}, language model`]: measured(said) }),
    'says nothing': measured(references.map(() => '')),
    'the most frequent text': measured(references.map(() => usual)),
  };
  disposeTree([trained.params, search.languageModel?.params ?? []]);
  reporter.line(`${task.name}: ${references.length} recordings of the test set, network of step ${steps}`);
  reporter.line(table(rows));
  const wrong = said.flatMap((text, at) =>
    text === references[at] ? [] : [`  ${text}, not ${references[at]}`],
  );
  for (const line of wrong.slice(0, options.errors)) reporter.line(line);
  reporter.result({ ...measured(said), steps });
}
