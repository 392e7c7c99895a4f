import { createReporter, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { guess, learn, type Settings } from './network';
import { type Options, readTask } from './read-task';
import { mean, percent, rightOf, spread } from './report';

/**
 * `vowels choose`: chooses settings by cross-validation of the training set, in five folds with equally many
 * utterances of each speaker.
 */
export async function choose(options: Options & { seed: number }): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(options);
  const { train: all } = await readTask(options, reporter.line);
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
  // Of equal results, the smallest network is first.
  const best = rows.reduce((one, other) => (other.accuracy > one.accuracy ? other : one));
  reporter.line(`the best: ${JSON.stringify(best.settings)}`);
  reporter.result({ ...best });
}
