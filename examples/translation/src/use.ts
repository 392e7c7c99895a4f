import path from 'node:path';
import { checkWritable, createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { nearestTargets } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { atomicWriteFile } from '@unrolled/runs/node';
import { MOST_TOKENS, translate } from './network';
import { alignmentPicture } from './pictures';
import { readTask, refuse } from './read-task';
import { measure, percent, resultOf, table } from './report';
import { openTranslator, type SayOptions, type UseOptions } from './runs';

/** `translation say`: the most likely translations, and a picture of the attention. */
export async function say(texts: readonly string[], options: SayOptions) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { run, best, beam, picture = path.join(run, 'alignment.svg') } = options;
  const translator = await openTranslator(run);
  const { source, target, params } = translator;
  await checkWritable(refuse, '--picture', picture);
  const long = texts.filter((text) => source.encode(text).length > MOST_TOKENS).length;
  if (long > 0) reporter.warn(`only the first ${MOST_TOKENS} tokens are read of ${long} texts`);
  await selectBackend('auto', { batchSize: 1 });
  const found = translate(translator, texts, Math.max(best, beam), best);
  disposeTree(params);
  const said = texts.map((text, index) => ({
    source: text,
    translations: found[index]!.map(({ ids, logProbability }) => ({
      target: target.decode(ids),
      logProbability,
    })),
  }));
  for (const { source, translations } of said) {
    reporter.line(source);
    for (const { target, logProbability } of translations)
      reporter.line(`${percent(Math.exp(logProbability)).padStart(10)}  ${target}`);
  }
  const panels = texts.map((text, index) => {
    const { ids, outputs = [] } = found[index]![0]!;
    const read = source.encode(text).subarray(0, MOST_TOKENS);
    return { source: source.tokens(read), target: target.tokens(ids), shares: outputs };
  });
  await atomicWriteFile(picture, alignmentPicture(panels));
  reporter.line(`picture of the attention: ${picture}`);
  reporter.result({ texts: said });
}

/**
 * `translation score`: scores the test set greedily and by beam search, and two baselines, and lists some
 * wrong translations.
 */
export async function score(options: UseOptions & { errors: number; translations?: string }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const translator = await openTranslator(options.run);
  const { settings, target, steps } = translator;
  const task = await readTask(settings, reporter.line);
  await selectBackend('auto', { units: settings.units });
  const sources = task.test.map(({ source }) => source);
  const by = (width: number) =>
    translate(translator, sources, width).map(([best]) => target.decode(best!.ids));
  const [greedy, beam] = [by(1), by(options.beam)];
  disposeTree(translator.params);
  const measured = (said: readonly string[]) => measure(task, task.test, said);
  const rows = { greedy: measured(greedy), [`beam ${options.beam}`]: measured(beam) };
  const nearest = nearestTargets(task.train, sources);
  const baselines = { 'nearest source': measured(nearest), 'copied source': measured(sources) };
  reporter.line(`${task.name}: ${sources.length} sources of the test set, network of step ${steps}`);
  reporter.line(table({ ...rows, ...baselines }));
  const wrong = task.test.flatMap(({ source, targets }, index) =>
    targets.includes(beam[index]!) ? [] : [`  ${source}: ${beam[index]!}, not ${targets.join(' or ')}`],
  );
  for (const line of wrong.slice(0, options.errors)) reporter.line(line);
  if (options.translations) {
    const lines = task.test.map((example, index) =>
      JSON.stringify({ ...example, greedy: greedy[index], beam: beam[index], nearest: nearest[index] }),
    );
    await atomicWriteFile(options.translations, `${lines.join('\n')}\n`);
  }
  reporter.result(resultOf(rows[`beam ${options.beam}`]!, steps));
}
