import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { writeSafetensorsFile } from '@unrolled/safetensors/node';
import type { Utterance } from './features';
import { readTask } from './read-task';
import { openRecogniser } from './runs';

const PARTS = ['train', 'validation', 'test'] as const;

/**
 * `speech features`: writes the training data of a run for other programs: the frames of each recording,
 * [T, 40], as `test.0`, and under `speech` the labels and the texts of each part.
 */
export async function writeFeatures(file: string, options: { run: string; json?: boolean }) {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { settings, alphabet, params } = await openRecogniser(options.run);
  disposeTree(params);
  const task = await readTask(settings, reporter.line, alphabet);
  const named = (part: (typeof PARTS)[number]) =>
    task[part].map(({ frames: { values, count, size } }, index) => {
      return [`${part}.${index}`, { dtype: 'F32', shape: [count, size], data: values }] as const;
    });
  const textsOf = (list: readonly Utterance[]) => list.map(({ text }) => text);
  const texts = Object.fromEntries(PARTS.map((part) => [part, textsOf(task[part])]));
  const tensors = Object.fromEntries(PARTS.flatMap(named));
  await writeSafetensorsFile(file, tensors, { speech: JSON.stringify({ ...alphabet, texts }) });
  reporter.line(`${Object.keys(tensors).length} recordings: ${file}`);
  reporter.result({ file, recordings: Object.keys(tensors).length });
}
