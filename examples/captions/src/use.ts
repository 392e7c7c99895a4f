import path from 'node:path';
import { checkWritable, createReporter, quietTensorflow, type Reporter } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { type Captioning, captioning, languagesOf, ownDrawings, someDrawings } from '@unrolled/example-data';
import { selectBackend } from '@unrolled/kernels/node';
import { atomicWriteFile } from '@unrolled/runs/node';
import { caption, PIXELS } from './network';
import { captionsPage, saidName } from './page';
import { measure, type Said } from './report';
import { openCaptioner, refuse, type ShowOptions, type UseOptions } from './runs';

/** `captions show`: names drawings, and writes a page of them that shows the attention of the decoder. */
export async function show(files: readonly string[], options: ShowOptions) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { run, beam, count, page = path.join(run, 'captions.html') } = options;
  const captioner = await openCaptioner(run);
  const { names, settings, params } = captioner;
  const languages = options.languages ? languagesOf(options.languages, names.languages) : names.languages;
  await checkWritable(refuse, '--page', page);
  const onFetch = reporter.line;
  const drawings = files.length
    ? await ownDrawings(files, PIXELS, { onFetch })
    : someDrawings(await captioning(settings.unseen, PIXELS, { onFetch }), count);
  await selectBackend('auto', { units: settings.units });
  const pictures = drawings.map(({ picture }) => picture);
  const found = languages.map((language) => caption(captioner, pictures, language, beam));
  disposeTree(params);
  const cards = drawings.map((drawing, at) => ({
    ...drawing,
    said: languages.map((language, place) => saidName(names.side, language, found[place]![at]!)),
  }));
  for (const { title, said } of cards) reporter.line(`${title}  ${said.map(({ name }) => name).join(' · ')}`);
  await atomicWriteFile(page, captionsPage(cards, settings.unseen, files.length > 0));
  reporter.line(`page with the attention: ${page}`);
  const captions = cards.map(({ title, said }) => {
    return { drawing: title, names: Object.fromEntries(said.map(({ language, name }) => [language, name])) };
  });
  reporter.result({ captions });
}

/**
 * `captions score`: names the unseen drawings by beam search, compares with the nearest drawing's name, and
 * lists some wrong names.
 */
export async function score(options: UseOptions & { errors: number }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { params, settings } = await openCaptioner(options.run);
  disposeTree(params);
  const task = await captioning(settings.unseen, PIXELS, { onFetch: reporter.line });
  await selectBackend('auto', { units: settings.units });
  await measured(options.run, task, options.beam, reporter, options.errors);
}

/** Names the unseen drawings in each language, and prints the number of right names. */
export async function measured(run: string, task: Captioning, beam: number, reporter: Reporter, errors = 0) {
  const captioner = await openCaptioner(run);
  const { names, settings, params } = captioner;
  const textsIn = (language: (typeof names.languages)[number]) =>
    caption(captioner, task.unseen, language, beam).map(({ ids }) => names.side.decode(ids));
  const said: Said = Object.fromEntries(names.languages.map((language) => [language, textsIn(language)]));
  disposeTree(params);
  const { result, lines } = measure(task, said);
  const how = beam === 1 ? 'greedily' : `by a beam of ${beam}`;
  reporter.line(`${task.emoji.length} drawings of ${settings.unseen}, named ${how}`);
  for (const line of lines) reporter.line(line);
  const language = names.languages[0]!;
  const wrong = task.emoji.flatMap((one, at) =>
    said[language]![at] === one.names[language] ? [] : [`  ${one.names[language]}: ${said[language]![at]}`],
  );
  for (const line of wrong.slice(0, errors)) reporter.line(line);
  reporter.result(result);
}
