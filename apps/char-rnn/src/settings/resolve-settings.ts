import { flagOf } from '@unrolled/app-shared';
import type { Corpus } from '@unrolled/data';
import { checkSettings, completeSettings, defaultsOfText, ONE_HOT_LIMIT } from '@unrolled/language-model';
import { foldSettings, SCHEDULE_SETTINGS, type SettingsLayer, type SettingsRelations } from '@unrolled/runs';
import { refuse } from '../refuse';
import {
  quickDefaults,
  RUN_DEFAULTS,
  type RunSettings,
  settingsAmong,
  type TrainOptions,
} from './run-settings';

export type OptionLayer = SettingsLayer<TrainOptions>;
type Relations = SettingsRelations<TrainOptions>;

/** The layers of options that are known before the text is read. */
export interface OptionLayers {
  /** From the command line, the config file, the preset, and the checkpoint of a resumed run or of a model. */
  readonly layers: readonly OptionLayer[];
  /** A run's checkpoint holds all its options; a model's those that describe it. */
  readonly checkpoint: 'run' | 'model' | undefined;
}

type Text = Pick<Corpus, 'tokens' | 'symbols' | 'unit'>;

export interface ResolvedSettings {
  readonly settings: RunSettings;
  /** Which defaults the text gave, and why, in words. */
  readonly reasons: readonly string[];
}

/** Options that make others, from layers further down, say nothing any more. */
const REPLACES = {
  steps: ['epochs'],
  epochs: ['steps'],
  minutes: ['seconds'],
  seconds: ['minutes'],
  clip: ['clipValue'],
  clipValue: ['clip'],
  tied: ['embedding'],
  optimizer: ['beta2', 'weightDecay'],
  schedule: [...new Set(Object.values(SCHEDULE_SETTINGS).flat())],
} as const satisfies Relations['replaces'];

/** Pairs that say the same thing in two ways. */
const EXCLUSIVE = [
  ['steps', 'epochs'],
  ['minutes', 'seconds'],
  ['clip', 'clipValue'],
  ['resume', 'initFrom'],
] as const satisfies Relations['exclusive'];

const LIMITS = ['steps', 'epochs', 'minutes', 'seconds'] as const;

/**
 * The options that layers say together, without defaults.
 *
 * @throws UnrolledError when two options are given of which one takes the other's place
 */
export function foldLayers(layers: readonly OptionLayer[]): Partial<TrainOptions> {
  const { values, conflicts } = foldSettings(layers, { replaces: REPLACES, exclusive: EXCLUSIVE });
  for (const [first, second] of conflicts)
    refuse(flagOf(first), { expected: `${flagOf(first)} or ${flagOf(second)}`, got: 'both' });
  return values;
}

/**
 * The sizes that the engine is chosen by. `--quick` decides its own after that, by the engine: only those given beside it
 * are known.
 */
export function engineSizes(
  { layers, checkpoint }: OptionLayers,
  text: Text,
): { readonly units?: number | undefined; readonly batchSize?: number | undefined } {
  const asked = foldLayers(layers);
  const sizes = isQuick(asked, checkpoint) ? asked : completeSettings(settingsAmong(asked), text, flagOf);
  return { units: sizes.units, batchSize: sizes.batchSize };
}

/**
 * The settings of a run: the layers' options, and for what they leave open, `--quick`'s and the text's defaults.
 *
 * @param text the whole text
 * @param backend the engine that trains
 * @throws UnrolledError when they contradict each other
 */
export function resolveSettings(
  { layers, checkpoint }: OptionLayers,
  text: Text,
  backend: string,
): ResolvedSettings {
  const asked = foldLayers(layers);
  const quick = isQuick(asked, checkpoint) ? [quickLayer(asked, backend)] : [];
  const given = { ...RUN_DEFAULTS, ...settingsAmong(foldLayers([...layers, ...quick])) };
  const settings = completeSettings(given, text, flagOf);
  if (checkpoint !== 'run') checkSettings(settings, flagOf);
  return { settings, reasons: checkpoint ? [] : reasonsOf(given, settings, text) };
}

function isQuick({ quick }: Partial<TrainOptions>, checkpoint: OptionLayers['checkpoint']): boolean {
  return quick === true && checkpoint !== 'run';
}

/** `--quick`'s limit in time is for a run without a limit. */
function quickLayer(asked: Partial<TrainOptions>, backend: string): OptionLayer {
  const { seconds, ...others } = quickDefaults(backend);
  const isLimited = LIMITS.some((name) => asked[name] !== undefined);
  return { source: 'quick', values: isLimited ? others : { ...others, seconds } };
}

function reasonsOf(given: Partial<RunSettings>, settings: RunSettings, text: Text): string[] {
  const { values, reason } = defaultsOfText(given, text);
  const words = Object.entries(values).map(([name, value]) => `${flagOf(name).slice(2)} ${value}`);
  const { embedding, tied } = settings;
  const isEmbeddingOpen = given.embedding === undefined && embedding > 0 && !tied;
  return [
    ...(words.length > 0 ? [`defaults for ${reason}: ${words.join(', ')}`] : []),
    ...(isEmbeddingOpen
      ? [`embedding ${embedding}: the default for more than ${ONE_HOT_LIMIT} distinct ${text.unit}s`]
      : []),
  ];
}
