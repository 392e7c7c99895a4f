import path from 'node:path';
import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { atomicWriteFile } from '@unrolled/runs/node';
import { decisionOf } from './decision';
import { probabilitiesOf } from './network';
import { decisionPicture, decisionWords } from './pictures';
import { readTask } from './read-task';
import { byLexicon, type Measures, measure, percent, table } from './report';
import { openNetwork, refuse, type UseOptions } from './runs';
import { idsOf, wordsOf } from './words';

/**
 * `sentiment say`: prints the probability that each text is positive and the words that determine it, and
 * writes a page of them.
 */
export async function say(texts: readonly string[], options: UseOptions & { picture?: string }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const silent = texts.find((text) => wordsOf(text).length === 0);
  if (silent !== undefined) {
    const got = `no word in '${silent.slice(0, 40)}'`;
    refuse('say', { expected: 'a word in each text', got, remedy: 'remove that text' });
  }
  const { run, picture = path.join(run, 'words.html') } = options;
  const { model, params, vocabulary, settings } = await openNetwork(run);
  await selectBackend('auto', { batchSize: 1 });
  const said = texts.map((text) => {
    const words = wordsOf(text).slice(-settings.words);
    const { positive, shares, attributions } = decisionOf(
      model,
      params,
      idsOf(vocabulary, text, settings.words),
    );
    return {
      text,
      positive,
      words: words.map((word, at) => ({ word, share: shares[at]!, attribution: attributions[at]! })),
    };
  });
  disposeTree(params);
  for (const one of said) reporter.line(`${percent(one.positive)} positive  ${decisionWords(one.words)}`);
  await atomicWriteFile(picture, decisionPicture(said));
  reporter.line(`page of the words: ${picture}`);
  reporter.result({ texts: said });
}

/**
 * `sentiment score`: scores the test set and baselines without training, and lists some wrong predictions.
 */
export async function score(options: UseOptions & { errors: number }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { model, params, vocabulary, settings, steps } = await openNetwork(options.run);
  const task = await readTask(settings, reporter.line);
  await selectBackend('auto', { units: settings.units });
  const ids = task.test.map(({ text }) => idsOf(vocabulary, text, settings.words));
  const positive = probabilitiesOf(model, params, ids);
  disposeTree(params);
  const measures = measure(task.test, positive);
  const share = task.train.filter(({ isPositive }) => isPositive).length / task.train.length;
  reporter.line(`${task.name}: ${task.test.length} texts of the test set, network of step ${steps}`);
  const always = measure(
    task.test,
    task.test.map(() => share),
  );
  // VADER's lexicon is English.
  const rows: Record<string, Measures> = settings.table
    ? {}
    : { 'sum of VADER’s lexicon': await byLexicon(task.test, reporter.line) };
  reporter.line(table({ 'the network': measures, ...rows, 'always the more frequent label': always }));
  const wrong = task.test.flatMap(({ text, isPositive }, at) =>
    positive[at]! > 0.5 === isPositive
      ? []
      : [
          `  ${percent(positive[at]!)} positive, but labelled ${isPositive ? 'positive' : 'negative'}: ${text.slice(0, 300)}`,
        ],
  );
  for (const line of wrong.slice(0, options.errors)) reporter.line(line);
  reporter.result({ accuracy: measures.accuracy, steps });
}
