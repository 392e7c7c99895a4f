import type { LossHistory, LossPoint } from './loss-history';
import type { RunDirectory } from './run-directory';

/**
 * Draws the losses of a run as `loss.svg` and `loss.png`, with the bigram model's loss beside them.
 *
 * @returns the paths, and a line of advice where something is missing
 */
export async function writeLossFiles(
  run: RunDirectory,
  history: LossHistory,
  { bigramLoss, unit }: { readonly bigramLoss: number; readonly unit: string },
): Promise<{ files: string[]; advice: string | undefined }> {
  const train = history.train();
  if (train.length === 0) return { files: [], advice: undefined };
  const { writePlot } = await import('@unrolled/app-shared/plots');
  const ends = [train[0]!.step, train.at(-1)!.step];
  return writePlot(run.file('curve'), {
    title: 'Loss of the character model',
    xLabel: 'training step',
    yLabel: `nats per ${unit}`,
    series: [
      seriesOf('training', train),
      ...(history.validation().length > 0 ? [seriesOf('validation', history.validation())] : []),
      { name: 'bigram model, validation', x: ends, values: [bigramLoss, bigramLoss], dashed: true },
    ],
  });
}

function seriesOf(name: string, points: readonly LossPoint[]) {
  return { name, x: points.map(({ step }) => step), values: points.map(({ loss }) => loss) };
}
