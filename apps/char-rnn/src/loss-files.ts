import { atomicWriteFile } from '@unrolled/app-shared';
import type { LossHistory, LossPoint } from './loss-history';
import type { RunDirectory } from './run-directory';

/**
 * Writes the losses of a run as `losses.csv`, and as a curve `loss.svg` and `loss.png` with the bigram model's loss
 * beside them.
 *
 * @returns the paths, and a line of advice where something is missing
 */
export async function writeLossFiles(
  run: RunDirectory,
  history: LossHistory,
  bigramLoss: number,
): Promise<{ files: string[]; advice: string | undefined }> {
  const train = history.train();
  if (train.length === 0) return { files: [], advice: undefined };
  await atomicWriteFile(run.file('losses'), csvOf(history));
  const { writePlot } = await import('@unrolled/app-shared/plots');
  const ends = [train[0]!.step, train.at(-1)!.step];
  const { files, advice } = await writePlot(run.file('curve'), {
    title: 'Loss of the character model',
    xLabel: 'training step',
    yLabel: 'nats per character',
    series: [
      seriesOf('training', train),
      ...(history.validation().length > 0 ? [seriesOf('validation', history.validation())] : []),
      { name: 'bigram model, validation', x: ends, values: [bigramLoss, bigramLoss], dashed: true },
    ],
  });
  return { files: [run.file('losses'), ...files], advice };
}

function seriesOf(name: string, points: readonly LossPoint[]) {
  return { name, x: points.map(({ step }) => step), values: points.map(({ loss }) => loss) };
}

/** One line a step that has a loss; training losses are means since the line before. */
function csvOf(history: LossHistory): string {
  const rows = new Map<number, [train: string, validation: string]>();
  for (const { step, loss } of history.train()) rows.set(step, [loss.toFixed(6), '']);
  for (const { step, loss } of history.validation())
    rows.set(step, [rows.get(step)?.[0] ?? '', loss.toFixed(6)]);
  const lines = [...rows].sort(([a], [b]) => a - b).map(([step, losses]) => [step, ...losses].join(','));
  return `${['step,train_loss,validation_loss', ...lines].join('\n')}\n`;
}
