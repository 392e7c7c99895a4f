import { deriveSeed } from '@unrolled/cells';
import type { RowRange } from '@unrolled/forecasting';
import type { TensorRecord } from '@unrolled/training';
import type { Examples } from '../network/batches';
import type { NetworkShape } from '../network/network';
import { type EpochLoss, forecastWith, trainNetwork } from '../network/train-network';
import { refuse } from '../refuse';
import type { Panel } from '../series/panel';
import type { ModelSettings, ResolvedSettings } from '../settings/settings';
import { joined, type Scaling, type TrainingExamples, trainingExamples } from './examples';
import { linearFit } from './linear-fit';

/** A fitted model as plain data. With a series, it is enough for a forecast. */
export interface FittedModel {
  readonly settings: ResolvedSettings;
  readonly shape: NetworkShape;
  /** By the series' names. */
  readonly scaling: Readonly<Record<string, Scaling>>;
  /** The weights of each network of the ensemble. */
  readonly members: readonly TensorRecord[];
}

/** The training history of one network of the ensemble. */
export interface TrainingHistory {
  readonly bestEpoch: number;
  readonly losses: readonly EpochLoss[];
}

export interface FitOptions {
  readonly signal?: AbortSignal;
  readonly onEpoch?: (member: number, loss: EpochLoss) => void;
}

/** Number of steps ahead that the network outputs. */
export function networkSteps({ strategy, horizon }: Pick<ModelSettings, 'strategy' | 'horizon'>): number {
  return strategy === 'direct' ? horizon : 1;
}

/**
 * Fits scalers and networks only to the rows in a range of the time axis.
 *
 * @throws UnrolledError if no series has enough rows there, or a loss is not finite
 */
export async function fitModel(
  panel: Panel,
  range: RowRange,
  settings: ResolvedSettings,
  { signal, onEpoch }: FitOptions = {},
): Promise<{ model: FittedModel; histories: TrainingHistory[] }> {
  const steps = networkSteps(settings);
  const examples = trainingExamples(panel, range, {
    ...settings,
    transform: settings.targetTransform,
    steps,
  });
  if (examples.train.count === 0) refuseTooFew(settings, range);
  const { cell, layers, units, dropout } = settings;
  const quantiles = settings.loss === 'quantile' ? settings.quantiles : undefined;
  const width = quantiles?.length ?? 1;
  const { order, kernel, bias } = linearFit(examples.train, panel.features.length);
  const spread = quantiles && startingQuantiles(examples.train, steps, quantiles);
  const shape: NetworkShape = {
    architecture: { cell, layers, units, dropout },
    window: settings.window,
    inputSize: panel.features.length,
    start: [...repeated(bias, width)].map((constant, output) => constant + (spread?.[output] ?? 0)),
  };
  const members: TensorRecord[] = [];
  const histories: TrainingHistory[] = [];
  for (let member = 0; member < settings.ensemble && !signal?.aborted; member++) {
    const { params, ...history } = await trainNetwork({
      ...{ ...examples, shape, linear: repeated(kernel, width), quantiles, settings, signal },
      seed: deriveSeed(settings.seed, member),
      onEpoch: (loss) => onEpoch?.(member, loss),
    });
    members.push(quantiles || order === 0 ? params : refitted(params, shape, examples, order));
    histories.push(history);
  }
  return { model: { settings, shape, scaling: examples.scaling, members }, histories };
}

/**
 * Fits the linear part once more, to the residuals of the trained network on all examples. These include the
 * validation examples, which training used only to decide when to stop.
 */
function refitted(
  params: TensorRecord,
  shape: NetworkShape,
  { train, validation }: TrainingExamples,
  order: number,
): TensorRecord {
  const all = joined([train, validation]);
  const [outputs] = forecastWith(shape, [params], all.inputs);
  const targets = all.targets.map((target, i) => target - outputs![i]!);
  const { kernel, bias } = linearFit({ ...all, targets }, shape.inputSize, order);
  const plus = (path: string, change: ArrayLike<number>) => {
    const { data, ...rest } = params[path]!;
    return { ...rest, data: (data as Float32Array).map((value, i) => value + change[i]!) };
  };
  return {
    ...params,
    'linear.kernel': plus('linear.kernel', kernel),
    'head.bias': plus('head.bias', bias),
  };
}

/** Repeats each value `times` times: [n, steps] → [n, steps · times]. */
function repeated(values: ArrayLike<number>, times: number): Float32Array {
  return Float32Array.from({ length: values.length * times }, (_, i) => values[Math.floor(i / times)]!);
}

/**
 * [steps · Q], the distance of each quantile of the training changes from their median.
 */
function startingQuantiles(
  { targets, count }: Examples,
  steps: number,
  quantiles: readonly number[],
): number[] {
  return Array.from({ length: steps }, (_, step) => {
    const sorted = targets.filter((_, i) => i % steps === step).sort();
    const at = (share: number) => sorted[Math.min(count - 1, Math.floor(share * count))]!;
    return quantiles.map((quantile) => at(quantile) - at(0.5));
  }).flat();
}

function refuseTooFew({ window, horizon }: ResolvedSettings, { start, end }: RowRange): never {
  refuse('training', {
    expected: `more rows for a \`window\` of ${window} and a \`horizon\` of ${horizon}`,
    got: `${end - start}`,
    remedy: 'pass more rows, or a shorter window or horizon',
  });
}
