import path from 'node:path';
import { checkWritable, createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { nearestTargets } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { atomicWriteFile } from '@unrolled/runs/node';
import { translate } from './network';
import { alignmentPicture } from './pictures';
import { readTask, refuse } from './read-task';
import { measure, percent, resultOf, table } from './report';
import { openTranslator, type SayOptions, type UseOptions } from './runs';

/** `translation say`: the likeliest translations, and a picture of where the network looked. */
export async function say(texts: readonly string[], options: SayOptions) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { run, best, beam, picture = path.join(run, 'alignment.svg') } = options;
  const translator = await openTranslator(run);
  const { source, target, params } = translator;
  await checkWritable(refuse, '--picture', picture);
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
    return { source: source.tokens(source.encode(text)), target: target.tokens(ids), shares: outputs };
  });
  await atomicWriteFile(picture, alignmentPicture(panels));
  reporter.line(`where it looked: ${picture}`);
  reporter.result({ texts: said });
}

/** `translation score`: the test part, greedily and by a beam, beside two baselines; and some errors. */
export async function score(options: UseOptions & { errors: number }) {
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
  const baselines = {
    'nearest source': measured(nearestTargets(task.train, sources)),
    'copied source': measured(sources),
  };
  reporter.line(`${task.name}: ${sources.length} of the test part, network of step ${steps}`);
  reporter.line(table({ ...rows, ...baselines }));
  const wrong = task.test.flatMap(({ source, targets }, index) =>
    targets.includes(beam[index]!) ? [] : [`  ${source}: ${beam[index]!}, not ${targets.join(' or ')}`],
  );
  for (const line of wrong.slice(0, options.errors)) reporter.line(line);
  reporter.result(resultOf(rows[`beam ${options.beam}`]!, steps));
}
