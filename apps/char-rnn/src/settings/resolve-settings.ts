import { flagOf } from '@unrolled/app-shared';
import type { Corpus } from '@unrolled/data';
import { largestVocabulary } from '@unrolled/language-model';
import {
  checkSettings,
  defaultEmbedding,
  ONE_HOT_LIMIT,
  SCHEDULE_OPTIONS,
  textDefaults,
} from '@unrolled/language-model/settings';
import { refuse } from '../refuse';
import { type FoldedSettings, foldSettings, type SettingsLayer, type SettingsRelations } from './fold';
import { quickDefaults, RUN_DEFAULTS, type RunSettings, settingsOf, type TrainOptions } from './run-settings';

export type OptionLayer = SettingsLayer<TrainOptions>;

/** The layers of options that are known before the text is read, and the run they continue. */
export interface OptionLayers {
  /** From the command line, the config file, the preset, and the checkpoint of a resumed or begun run. */
  readonly layers: readonly OptionLayer[];
  /** A run's checkpoint holds all its options; a model's those that describe it. */
  readonly checkpoint: 'run' | 'model' | undefined;
}

/** The facts that options without a value depend on. */
export interface Facts {
  /** The whole text. */
  readonly corpus: Pick<Corpus, 'tokens' | 'symbols' | 'unit'>;
  /** The engine that trains; undefined while it is not chosen: the values that depend on it stay open then. */
  readonly backend: string | undefined;
}

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
  schedule: [...new Set(Object.values(SCHEDULE_OPTIONS).flat())],
} as const satisfies SettingsRelations<TrainOptions>['replaces'];

/** Pairs that say the same thing in two ways. */
const EXCLUSIVE = [
  ['steps', 'epochs'],
  ['minutes', 'seconds'],
  ['clip', 'clipValue'],
  ['resume', 'initFrom'],
] as const satisfies SettingsRelations<TrainOptions>['exclusive'];

const DEFAULTS = { ...RUN_DEFAULTS, backend: 'auto' } as const;
const LIMITS = ['steps', 'epochs', 'minutes', 'seconds'] as const;

/**
 * The options that layers say together, without defaults.
 *
 * @throws UnrolledError when a user gives two options of which one takes the other's place
 */
export function foldLayers(layers: readonly OptionLayer[]): Partial<TrainOptions> {
  const { values, conflicts } = foldSettings(layers, { replaces: REPLACES, exclusive: EXCLUSIVE });
  for (const [first, second] of conflicts)
    refuse(flagOf(first), { expected: `${flagOf(first)} or ${flagOf(second)}`, got: 'both' });
  return values;
}

/**
 * The options of a run: those of the layers, and for what they leave open, `--quick`'s and the text's defaults. `--quick`'s
 * depend on the engine: while that is not chosen, they and all below them stay open.
 */
export function resolveOptions(
  given: OptionLayers,
  { corpus, backend }: Facts,
): FoldedSettings<TrainOptions> {
  const layers = [...given.layers];
  const fold = () => foldSettings(layers, { replaces: REPLACES, defaults: DEFAULTS });
  if (fold().values.quick && given.checkpoint !== 'run') {
    if (backend === undefined) return fold();
    layers.push({ source: 'quick', values: quickValues(layers, backend) });
  }
  layers.push({ source: 'text', values: textValues(fold().values, corpus) });
  const resolved = fold();
  if (resolved.sources.embedding !== undefined) return resolved;
  layers.push({ source: 'text', values: { embedding: embeddingOf(resolved.values, corpus) } });
  return fold();
}

/**
 * The settings of a run on an engine.
 *
 * @throws UnrolledError when they contradict each other
 */
export function resolveSettings(
  given: OptionLayers,
  facts: Facts & { readonly backend: string },
): ResolvedSettings {
  const { values: options, sources } = resolveOptions(given, facts);
  const settings = settingsOf(options, sources);
  if (given.checkpoint !== 'run') checkSettings(settings, flagOf);
  const { defaults, reason } = defaultsOf(options, facts.corpus);
  const ofText = Object.keys(defaults).filter((name) => sources[name as keyof TrainOptions] === 'text');
  const words = ofText.map((name) => `${flagOf(name).slice(2)} ${options[name as keyof TrainOptions]}`);
  const { embedding, tied } = settings;
  const { unit } = facts.corpus;
  return {
    settings,
    reasons: [
      ...(words.length > 0 && !given.checkpoint ? [`defaults for ${reason}: ${words.join(', ')}`] : []),
      ...(sources.embedding === 'text' && embedding > 0 && !tied
        ? [`embedding ${embedding}: the default for more than ${ONE_HOT_LIMIT} distinct ${unit}s`]
        : []),
    ],
  };
}

/** `--quick`'s limit in time is for a run without a limit. */
function quickValues(layers: readonly OptionLayer[], backend: string): Partial<RunSettings> {
  const asked = foldLayers(layers);
  const { seconds, ...others } = quickDefaults(backend);
  return LIMITS.some((name) => name in asked) ? others : { ...others, seconds };
}

/** A run that time limits has no number of epochs. */
function textValues(options: Partial<TrainOptions>, corpus: Facts['corpus']): Partial<RunSettings> {
  const { epochs, ...others } = defaultsOf(options, corpus).defaults;
  const isTimed = options.minutes !== undefined || options.seconds !== undefined;
  return isTimed ? others : { ...others, epochs };
}

function defaultsOf({ validation, test }: Partial<TrainOptions>, { tokens }: Facts['corpus']) {
  return textDefaults(Math.round(tokens.length * (1 - validation! - test!)));
}

/** A tied embedding is as long as a layer is wide. */
function embeddingOf(options: Partial<TrainOptions>, corpus: Facts['corpus']): number {
  const { tied, units } = options;
  return tied ? units! : defaultEmbedding(largestVocabulary(corpus, options, flagOf), units!);
}
