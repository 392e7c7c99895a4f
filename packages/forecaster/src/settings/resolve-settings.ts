import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import {
  EVALUATION_DEFAULTS,
  type EvaluationSettings,
  type ForecasterSettings,
  MODEL_CHOICES,
  MODEL_DEFAULTS,
  type ModelSettings,
  type ResolvedEvaluation,
  type ResolvedSettings,
} from './settings';

/** Model and evaluation settings that are consistent. The transform may still be `auto`. */
export interface CheckedSettings {
  readonly model: ModelSettings & { readonly features: readonly string[] };
  readonly evaluation: EvaluationSettings;
}

/** The kinds of the settings of every fit. */
export const SETTINGS_KINDS: OptionKinds<ForecasterSettings> = {
  cell: "'lstm', 'gru' or 'rnn'?",
  layers: 'number?',
  units: 'number?',
  dropout: 'number?',
  target: 'string?',
  features: 'array?',
  window: 'number?',
  horizon: 'number?',
  strategy: "'direct' or 'recursive'?",
  targetTransform: "'auto', 'price', 'difference' or 'log-return'?",
  scaler: "'standard', 'robust' or 'min-max'?",
  loss: "'squared' or 'quantile'?",
  quantiles: 'array?',
  epochs: 'number?',
  steps: 'number?',
  batchSize: 'number?',
  learningRate: 'number?',
  validation: 'number?',
  patience: 'number?',
  ensemble: 'number?',
  seed: 'number?',
  level: 'number?',
  calibration: 'number?',
  season: 'number?',
  movingAverage: 'number?',
};

/**
 * Completes settings with their defaults. The default of `features` is the target. `quantiles` and `level`
 * determine each other.
 *
 * @throws UnrolledError if a setting is out of its range, or two contradict each other
 */
export function resolveSettings(settings: ForecasterSettings): CheckedSettings {
  checkOptions('settings', settings, SETTINGS_KINDS, true);
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const all = { ...MODEL_DEFAULTS, ...EVALUATION_DEFAULTS, ...given } as ModelSettings & EvaluationSettings;
  checkRanges(all);
  const features = settings.features ?? [all.target];
  for (const name of features) checkKind('settings', 'each of features', name, 'string');
  if (all.strategy === 'recursive') checkRecursive(all, features);
  const { quantiles, level } = quantilesAndLevel(settings, all);
  const { calibration, season, movingAverage } = all;
  const least = leastErrors(level);
  if (calibration !== undefined && calibration < least)
    refuse('calibration', {
      expected: `at least ${least} errors at a level of ${level}`,
      got: String(calibration),
      remedy: 'pass more, or leave it out',
    });
  const { cell, layers, units, dropout, target, window, horizon, strategy, targetTransform, scaler } = all;
  const { loss, epochs, steps, batchSize, learningRate, validation, patience, ensemble, seed } = all;
  const network = { cell, layers, units, dropout };
  const task = { target, features, window, horizon, strategy, targetTransform, scaler, loss, quantiles };
  const training = { epochs, steps, batchSize, learningRate, validation, patience, ensemble, seed };
  return {
    model: { ...network, ...task, ...training },
    evaluation: { level, calibration, season, movingAverage },
  };
}

/**
 * Refuses settings of a plan that are not a result of `resolveSettings` and `planFit`, because one is
 * missing, has the wrong type or is out of its range.
 */
export function checkSettled(
  scope: string,
  settings: ResolvedSettings,
  evaluation: ResolvedEvaluation,
): void {
  const all = { ...settings, ...evaluation };
  checkOptions('settings', all as ForecasterSettings, SETTINGS_KINDS, true);
  const missing = Object.keys({ ...MODEL_DEFAULTS, ...EVALUATION_DEFAULTS }).find(
    (name) => all[name as keyof typeof all] === undefined,
  );
  if (missing !== undefined) {
    refuse(scope, {
      expected: `a plan whose settings have \`${missing}\``,
      got: 'none',
      remedy: 'pass the result of planFit or planBacktest',
    });
  }
  checkRanges(all);
}

const COUNTS = [
  ...(['layers', 'units', 'window', 'horizon', 'epochs', 'batchSize', 'patience', 'ensemble'] as const),
  'movingAverage' as const,
];

/**
 * Maximum horizon in rows. A file could have any number, and a recursive forecast runs a step for each row.
 */
const LONGEST_HORIZON = 10_000;

function checkRanges(all: ModelSettings & EvaluationSettings): void {
  for (const name of COUNTS) check.count('settings', name, all[name]);
  for (const name of ['steps', 'calibration', 'season'] as const)
    if (all[name] !== undefined) check.count('settings', name, all[name]);
  for (const [name, choices] of Object.entries(MODEL_CHOICES))
    check.choice('settings', name, all[name as keyof typeof MODEL_CHOICES], choices);
  for (const name of ['dropout', 'validation'] as const)
    check.number('settings', name, all[name], all[name] >= 0 && all[name] < 1, 'in [0, 1)');
  const { horizon, learningRate, level } = all;
  check.number(
    'settings',
    'horizon',
    horizon,
    horizon <= LONGEST_HORIZON,
    `of at most ${LONGEST_HORIZON} rows`,
  );
  check.number('settings', 'learningRate', learningRate, learningRate > 0, 'above 0');
  check.number('settings', 'level', level, level > 0 && level < 1, 'in (0, 1)');
}

function checkRecursive({ target, loss, horizon }: ModelSettings, features: readonly string[]): void {
  if (features.length > 1 || features[0]!.toLowerCase() !== target.toLowerCase()) {
    refuse('strategy', {
      expected: 'recursive with only the target as feature, because the other features have no forecast',
      got: `\`features\` ${features.join(',')}`,
      remedy: 'leave `features` out, or choose `strategy` direct',
    });
  }
  if (loss === 'quantile' && horizon > 1) {
    refuse('strategy', {
      expected: 'recursive with `loss` squared, because quantiles of steps are not quantiles of a path',
      got: '`loss` quantile',
      remedy: 'choose `strategy` direct',
    });
  }
}

/** The outermost quantiles are the ends of the intervals. Each of the two settings determines the other. */
function quantilesAndLevel(
  given: ForecasterSettings,
  { loss, level }: ModelSettings & EvaluationSettings,
): { quantiles: readonly number[]; level: number } {
  const { quantiles } = given;
  if (quantiles !== undefined && loss !== 'quantile')
    refuse('quantiles', {
      expected: '`loss` quantile with this setting',
      got: `\`loss\` ${loss}`,
      remedy: 'leave it out, or choose `loss` quantile',
    });
  if (quantiles === undefined)
    return { quantiles: [rounded((1 - level) / 2), 0.5, rounded((1 + level) / 2)], level };
  const isSound =
    quantiles.length >= 3 &&
    quantiles.includes(0.5) &&
    quantiles.every((share, at) => share > (quantiles[at - 1] ?? 0) && share < 1);
  if (!isSound)
    refuse('quantiles', {
      expected: 'at least three ascending shares in (0, 1), 0.5 among them',
      got: `[${quantiles.join(', ')}]`,
      remedy: 'pass for example [0.05, 0.5, 0.95]',
    });
  const held = rounded(quantiles.at(-1)! - quantiles[0]!);
  if (given.level !== undefined && held !== given.level) {
    refuse('level', {
      expected: `${held}, the share between the outermost of \`quantiles\``,
      got: String(given.level),
      remedy: 'leave one of the two out',
    });
  }
  return { quantiles, level: held };
}

/** The smallest number n of errors whose largest is a bound at this level: ⌈(n + 1)·level⌉ ≤ n. */
export function leastErrors(level: number): number {
  return Math.ceil(level / (1 - level) - 1e-9);
}

/** Removes rounding errors: in floating point, 0.95 − 0.05 is not exactly 0.9. */
function rounded(share: number): number {
  return Number(share.toFixed(9));
}
