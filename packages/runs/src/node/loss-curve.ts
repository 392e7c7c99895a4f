import type { LossHistory, LossPoint } from '../loss-history';
import { type WrittenPlot, writePlot } from './write-plot';

export interface LossCurve {
  readonly title: string;
  /** Such as `nats per character`. */
  readonly yLabel: string;
  /** Losses to compare with, drawn as dashed lines. */
  readonly references?: readonly { readonly name: string; readonly loss: number }[];
}

/**
 * Draws the losses of a run as `<base>.svg` and `<base>.png`; nothing for a run without a step.
 *
 * @throws UnrolledError when a path cannot be written
 */
export async function writeLossCurve(
  base: string,
  history: LossHistory,
  { title, yLabel, references = [] }: LossCurve,
): Promise<WrittenPlot> {
  const train = history.train();
  const validation = history.validation();
  if (train.length === 0) return { files: [], advice: undefined };
  const ends = [train[0]!.step, train.at(-1)!.step];
  return writePlot(base, {
    ...{ title, xLabel: 'training step', yLabel },
    series: [
      seriesOf('training', train),
      ...(validation.length > 0 ? [seriesOf('validation', validation)] : []),
      ...references.map(({ name, loss }) => ({ name, x: ends, values: [loss, loss], dashed: true })),
    ],
  });
}

function seriesOf(name: string, points: readonly LossPoint[]) {
  return { name, x: points.map(({ step }) => step), values: points.map(({ loss }) => loss) };
}
