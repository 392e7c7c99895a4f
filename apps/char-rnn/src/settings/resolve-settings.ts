import { flagOf } from '@unrolled/app-shared';
import type { Corpus } from '@unrolled/data';
import {
  checkSettings,
  completeSettings,
  type DefaultsOfText,
  defaultsOfText,
  ONE_HOT_LIMIT,
} from '@unrolled/language-model';
import {
  type FoldedSettings,
  foldSettings,
  SCHEDULE_SETTINGS,
  type SettingsLayer,
  type SettingsRelations,
} from '@unrolled/runs';
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

/** The sources of options that are known before the text is read, in layers. */
export interface OptionLayers {
  /**
   * The options of the command line, the config file, the preset, and the checkpoint of a resumed run or an
   * initial model.
   */
  readonly layers: readonly OptionLayer[];
  /** A run's checkpoint has all its options; a model has only those that describe it. */
  readonly checkpoint: 'run' | 'model' | undefined;
}

type Text = Pick<Corpus, 'tokens' | 'symbols' | 'unit'>;

export interface ResolvedSettings {
  readonly settings: RunSettings;
  /** The source of each setting: a layer's name, `quick`, `text` or `default`. */
  readonly sources: Readonly<Record<string, string>>;
  /** The defaults that depend on the text, and the reason, as a sentence. */
  readonly reasons: readonly string[];
}

/** Options that replace options of lower layers. */
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

/** Pairs of options that exclude each other. */
const EXCLUSIVE = [
  ['steps', 'epochs'],
  ['minutes', 'seconds'],
  ['clip', 'clipValue'],
  ['resume', 'initFrom'],
] as const satisfies Relations['exclusive'];

const LIMITS = ['steps', 'epochs', 'minutes', 'seconds'] as const;

/**
 * The combined options of all layers, without defaults.
 *
 * @throws UnrolledError if two options are given of which one replaces the other
 */
export function foldLayers(layers: readonly OptionLayer[]): Partial<TrainOptions> {
  return fold(layers).values;
}

function fold(layers: readonly OptionLayer[]): FoldedSettings<TrainOptions> {
  const folded = foldSettings(layers, { replaces: REPLACES, exclusive: EXCLUSIVE });
  for (const [first, second] of folded.conflicts)
    refuse(flagOf(first), { expected: `${flagOf(first)} or ${flagOf(second)}`, got: 'both' });
  return folded;
}

/**
 * The sizes that decide which backend is used. `--quick` chooses its sizes later, depending on the backend,
 * so only given sizes are known here.
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
 * The settings of a run: the options of all layers, completed by `--quick`'s values and by defaults that
 * depend on the text.
 *
 * @param text the whole text
 * @param backend the backend that trains
 * @throws UnrolledError if the settings contradict each other
 */
export function resolveSettings(
  { layers, checkpoint }: OptionLayers,
  text: Text,
  backend: string,
): ResolvedSettings {
  const asked = foldLayers(layers);
  const quick = isQuick(asked, checkpoint) ? [quickLayer(asked, backend)] : [];
  const { values: options, sources: given } = fold([...layers, ...quick]);
  const settings = completeSettings({ ...RUN_DEFAULTS, ...settingsAmong(options) }, text, flagOf);
  if (checkpoint !== 'run') checkSettings(settings, flagOf);
  const ofText = defaultsOfText(settingsAmong(options), text);
  const sourceOf = (name: string) => {
    if (name === 'embedding' || name in ofText.values) return 'text';
    return (name === 'seconds' && given.minutes) || 'default';
  };
  const sources = Object.keys(settings).map((name) => [
    name,
    given[name as keyof TrainOptions] ?? sourceOf(name),
  ]);
  return {
    settings,
    sources: Object.fromEntries(sources),
    reasons: checkpoint ? [] : reasonsOf(settings, ofText, given.embedding === undefined, text),
  };
}

function isQuick({ quick }: Partial<TrainOptions>, checkpoint: OptionLayers['checkpoint']): boolean {
  return quick === true && checkpoint !== 'run';
}

/** `--quick` limits the time only of a run that has no limit. */
function quickLayer(asked: Partial<TrainOptions>, backend: string): OptionLayer {
  const { seconds, ...others } = quickDefaults(backend);
  const isLimited = LIMITS.some((name) => asked[name] !== undefined);
  return { source: 'quick', values: isLimited ? others : { ...others, seconds } };
}

function reasonsOf(
  { embedding, tied }: RunSettings,
  { values, reason }: DefaultsOfText,
  isEmbeddingOpen: boolean,
  text: Text,
): string[] {
  const words = Object.entries(values).map(([name, value]) => `${flagOf(name).slice(2)} ${value}`);
  return [
    ...(words.length > 0 ? [`defaults for ${reason}: ${words.join(', ')}`] : []),
    ...(isEmbeddingOpen && embedding > 0 && !tied
      ? [`embedding ${embedding}: the default for more than ${ONE_HOT_LIMIT} distinct ${text.unit}s`]
      : []),
  ];
}
