import type { Corpus } from '@unrolled/data';
import type { Command } from 'commander';
import { architectureOf, readModel, type SavedModel } from '../model/checkpoint';
import { refuse } from '../refuse';
import { openResumed, type Resumed } from '../run/resume';
import { largestVocabulary } from '../text/dataset';
import { checkExclusive, checkSettings } from './check-settings';
import { readConfig } from './config-file';
import { type CorpusDefaults, corpusDefaults, defaultEmbedding, ONE_HOT_LIMIT } from './corpus-defaults';
import { PRESETS } from './presets';
import { DEFAULTS, quickDefaults, type TrainSettings } from './settings';
import { flagOf, isGiven, layUnder, sourceOf, type TrainOptions } from './train-options';

/** What a run begins with, as far as that can be known before the text is read. */
export interface Beginning {
  readonly files: readonly string[];
  readonly resumed: Resumed | undefined;
  readonly initFrom: SavedModel | undefined;
}

/**
 * Reads the files that options come from, and lays them under the command line: a config file, a preset, and the run that
 * is resumed or the model that is begun with.
 *
 * @throws UnrolledError when a file is missing or damaged, or options contradict each other
 */
export async function openBeginning(command: Command, given: readonly string[]): Promise<Beginning> {
  const wasGiven = (name: string) => isGiven(command, name);
  checkExclusive(wasGiven);
  const { config: file } = command.opts<TrainOptions>();
  const config = file === undefined ? undefined : await readConfig(command, file);
  if (config) {
    checkExclusive((name) => name in config.values);
    layUnder(command, config.values, 'config');
  }
  const { preset } = command.opts<TrainOptions>();
  if (preset !== undefined) layUnder(command, PRESETS[preset]!.settings, 'preset');
  checkExclusive(wasGiven);
  const { resume, initFrom } = command.opts<TrainOptions>();
  const resumed = resume === undefined ? undefined : await openResumed(command, resume);
  return {
    files: given.length > 0 ? given : (config?.files ?? resumed?.files ?? []),
    resumed,
    initFrom: initFrom === undefined ? undefined : await openModel(command, initFrom),
  };
}

/** The model whose weights a run begins with; it gives the options that describe it. */
async function openModel(command: Command, file: string): Promise<SavedModel> {
  const model = await readModel('--init-from', file);
  const description = { ...architectureOf(model.architecture), unit: model.vocabulary.unit };
  for (const [name, expected] of Object.entries(description)) {
    const value = command.getOptionValue(name);
    // What is dropped while training is no part of the weights.
    const isFree = name === 'dropout' || name === 'variationalDropout';
    if (isFree || !isGiven(command, name) || value === expected) continue;
    refuse(flagOf(name), {
      expected: `${expected}, as in ${file}`,
      got: String(value),
      remedy: 'leave the options of the model out: --init-from gives them',
    });
  }
  layUnder(command, description, 'checkpoint');
  return model;
}

export interface ResolvedSettings {
  readonly settings: TrainSettings;
  /** Which defaults the text gave, and why, in words. */
  readonly reasons: readonly string[];
}

/**
 * The settings of a run: the options, and for those that are not set, `--quick`'s and the text's defaults.
 *
 * @param corpus the whole text
 * @param backend that will train
 * @throws UnrolledError when they contradict each other
 */
export function resolveSettings(
  command: Command,
  { resumed, initFrom }: Beginning,
  { corpus, backend }: { readonly corpus: Corpus; readonly backend: string },
): ResolvedSettings {
  const options = command.opts<TrainOptions>();
  const isLimited = ['steps', 'epochs', 'minutes', 'seconds'].some((name) => isGiven(command, name));
  if (options.quick && !resumed) {
    const { seconds, ...others } = quickDefaults(backend);
    layUnder(command, isLimited ? others : { ...others, seconds }, 'quick');
  }
  const { minutes, seconds } = command.opts<TrainOptions>();
  const { defaults, reason } = defaultsOfText(command, corpus);
  const { epochs, ...others } = defaults;
  const isTimed = minutes !== undefined || seconds !== undefined;
  layUnder(command, isTimed ? others : { ...others, epochs }, 'text');
  layTiedEmbedding(command);
  const embeddingReason = layEmbedding(command, corpus);
  const settings = settingsOf(command.opts<TrainOptions>());
  if (!resumed) checkSettings(settings, (name) => isGiven(command, name));
  const ofText = Object.keys(defaults).filter((name) => sourceOf(command, name) === 'text');
  const isNew = !initFrom && !resumed;
  return {
    settings,
    reasons: [
      ...(ofText.length > 0 && isNew ? [describeDefaults(settings, ofText, reason)] : []),
      ...(embeddingReason ? [embeddingReason] : []),
    ],
  };
}

/**
 * What an engine is chosen by: the units and rows that {@link resolveSettings} will give, which itself depends on the engine. `--quick`'s
 * models are small on every engine; nothing is set.
 */
export function engineSizes(
  command: Command,
  { resumed }: Beginning,
  corpus: Corpus,
): { units?: number | undefined; batchSize?: number | undefined } {
  const { quick, units, batchSize } = command.opts<TrainOptions>();
  const defaults = quick && !resumed ? undefined : defaultsOfText(command, corpus).defaults;
  return { units: units ?? defaults?.units, batchSize: batchSize ?? defaults?.batchSize };
}

function defaultsOfText(command: Command, corpus: Corpus) {
  const { validation, test } = command.opts<TrainOptions>();
  return corpusDefaults(Math.round(corpus.tokens.length * (1 - validation! - test!)));
}

/** A tied embedding is as long as a layer is wide. */
function layTiedEmbedding(command: Command): void {
  const { tied, units } = command.opts<TrainOptions>();
  if (tied && sourceOf(command, 'embedding') === undefined)
    command.setOptionValueWithSource('embedding', units, 'text');
}

/** An embedding for a large vocabulary, and in words why. */
function layEmbedding(command: Command, corpus: Corpus): string | undefined {
  if (sourceOf(command, 'embedding') !== undefined) return undefined;
  const options = command.opts<TrainOptions>();
  const embedding = defaultEmbedding(largestVocabulary(corpus, options), options.units!);
  command.setOptionValueWithSource('embedding', embedding, 'text');
  return embedding > 0
    ? `embedding ${embedding}: the default for more than ${ONE_HOT_LIMIT} distinct ${corpus.unit}s`
    : undefined;
}

function describeDefaults(settings: TrainSettings, names: readonly string[], reason: string): string {
  const words = names.map((name) => `${flagOf(name).slice(2)} ${settings[name as keyof CorpusDefaults]}`);
  return `defaults for ${reason}: ${words.join(', ')}`;
}

/** The settings among the options; where none is set, what {@link DEFAULTS} says. */
function settingsOf(options: TrainOptions): TrainSettings {
  const {
    minutes,
    cacheDirectory,
    runDirectory,
    resume,
    initFrom,
    config,
    preset,
    backend,
    json,
    ...settings
  } = options;
  const seconds = minutes === undefined ? settings.seconds : minutes * 60;
  const clip = settings.clipValue === undefined ? settings.clip : undefined;
  const beta2 = settings.optimizer === 'adam' ? settings.beta2 : undefined;
  // Every run of the same settings writes them in the same order, wherever they came from.
  const all = Object.entries({ ...DEFAULTS, ...settings, seconds, clip, beta2 }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1))) as unknown as TrainSettings;
}
