import type { OptionKinds } from '@unrolled/errors';
import type { LossHistory, LossPoint } from '../loss-history';
import { checkKind, checkOptions } from '../refuse';
import { type WrittenPlot, writePlot } from './write-plot';

export interface LossCurve {
  readonly title: string;
  /** The unit of the losses, such as `nats per character`. */
  readonly yLabel: string;
  /** Losses to compare with, which are drawn as dashed lines. */
  readonly references?: readonly { readonly name: string; readonly loss: number }[];
}

const HISTORY_KINDS: OptionKinds<Pick<LossHistory, 'train' | 'validation'>> = {
  train: 'function',
  validation: 'function',
};

const REFERENCE_KINDS: OptionKinds<NonNullable<LossCurve['references']>[number]> = {
  name: 'string',
  loss: 'number',
};

const KINDS: OptionKinds<LossCurve> = {
  title: 'string',
  yLabel: 'string',
  references: 'array?',
};

/**
 * Plots the losses of a run as `<base>.svg` and `<base>.png`. Plots nothing for a run without a step.
 *
 * @throws UnrolledError if a path cannot be written
 */
export async function writeLossCurve(
  base: string,
  history: LossHistory,
  options: LossCurve,
): Promise<WrittenPlot> {
  checkKind('writeLossCurve', 'base', base, 'string');
  checkOptions('writeLossCurve', history, HISTORY_KINDS, true);
  checkOptions('writeLossCurve', options, KINDS);
  const { title, yLabel, references = [] } = options;
  for (const one of references) checkOptions('writeLossCurve', one, REFERENCE_KINDS);
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

export interface ScoreCurve {
  readonly title: string;
  /** The name of the score, such as `BLEU`. */
  readonly yLabel: string;
}

const SCORE_KINDS: OptionKinds<ScoreCurve> = { title: 'string', yLabel: 'string' };

/**
 * Plots the scores of a run in the same way. Plots nothing for a run without a score.
 *
 * @throws UnrolledError if a path cannot be written
 */
export async function writeScoreCurve(
  base: string,
  history: LossHistory,
  options: ScoreCurve,
): Promise<WrittenPlot> {
  checkKind('writeScoreCurve', 'base', base, 'string');
  checkOptions<Pick<LossHistory, 'scores'>>('writeScoreCurve', history, { scores: 'function' }, true);
  checkOptions('writeScoreCurve', options, SCORE_KINDS);
  const scores = history.scores();
  if (scores.length === 0) return { files: [], advice: undefined };
  const { title, yLabel } = options;
  const [x, values] = [scores.map(({ step }) => step), scores.map(({ score }) => score)];
  return writePlot(base, { title, xLabel: 'training step', yLabel, series: [{ name: yLabel, x, values }] });
}

function seriesOf(name: string, points: readonly LossPoint[]) {
  return { name, x: points.map(({ step }) => step), values: points.map(({ loss }) => loss) };
}
