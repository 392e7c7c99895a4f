import path from 'node:path';
import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { atomicWriteFile } from '@unrolled/runs/node';
import { decode } from './alphabet';
import { hearFiles, type Utterance } from './features';
import { ctcPicture } from './pictures';
import { posteriorsOf } from './posteriors';
import { readTask } from './read-task';
import { refuse } from './refuse';
import { openRecogniser } from './runs';

/** `speech show`: the probabilities of labels over the sound, as one picture. */
export async function show(file: string | undefined, options: ShowOptions) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { run, picture = path.join(run, 'ctc.svg') } = options;
  if (!picture.toLowerCase().endsWith('.svg')) {
    const remedy = 'use the extension .svg, which browsers display';
    refuse('--picture', { expected: 'a path that ends in .svg', got: picture, remedy });
  }
  const trained = await openRecogniser(run);
  const {
    name,
    frames,
    text: known,
  } = file
    ? (await hearFiles([file], trained.rate))[0]!
    : ofMiddleLength((await readTask(trained.settings, reporter.line, trained.alphabet)).test);
  await selectBackend('auto', { batchSize: 1 });
  const posteriors = posteriorsOf(trained, frames, options.text ?? (known || undefined));
  disposeTree(trained.params);
  await atomicWriteFile(
    picture,
    ctcPicture({ title: name, frames, alphabet: trained.alphabet, ...posteriors }),
  );
  reporter.line(`${name}: ${decode(trained.alphabet, posteriors.said.labels)}`);
  reporter.line(`the probabilities of its labels: ${picture}`);
  reporter.result({ file: name, text: decode(trained.alphabet, posteriors.said.labels), picture });
}

type ShowOptions = { run: string; text?: string; picture?: string; json?: boolean };

/** The recording whose length is nearest to two and a half seconds. */
const ofMiddleLength = (list: readonly Utterance[]) =>
  list.reduce((best, one) =>
    Math.abs(one.frames.count - 250) < Math.abs(best.frames.count - 250) ? one : best,
  );
