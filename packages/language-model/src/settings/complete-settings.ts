import type { Corpus } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { checkSource } from '../records';
import { asInCode, checkKind, checkOptions, type OptionNaming } from '../refuse';
import { largestVocabulary } from '../text/dataset';
import { defaultEmbedding, type TextDefaults, textDefaults } from './text-defaults';
import { DEFAULTS, type TrainingSettings } from './training-settings';

/** Completes settings by defaults that depend on the text. */
export interface DefaultsOfText {
  readonly values: Partial<TextDefaults>;
  /** A sentence about the values that depend on the text. */
  readonly reason: string;
}

const KINDS: OptionKinds<Pick<Corpus, 'tokens'>> = {
  tokens: 'object',
};

const CORPUS_KINDS: OptionKinds<Pick<Corpus, 'tokens' | 'symbols' | 'unit'>> = {
  tokens: 'object',
  symbols: 'array',
  unit: "'character', 'byte' or 'word'",
};

/** The defaults for a text. If other settings limit the run, there is no default number of epochs. */
export function defaultsOfText(
  given: Partial<TrainingSettings>,
  options: Pick<Corpus, 'tokens'>,
): DefaultsOfText {
  checkKind('defaultsOfText', 'given', given, 'object');
  checkOptions('defaultsOfText', options, KINDS, true);
  const { tokens } = options;
  checkSource('defaultsOfText', tokens);
  for (const name of ['validation', 'test'] as const)
    checkKind('defaultsOfText', name, given[name], 'number?');
  const { validation = DEFAULTS.validation, test = DEFAULTS.test, steps, seconds } = given;
  const { defaults, reason } = textDefaults(Math.round(tokens.length * (1 - validation - test)));
  const { epochs, ...others } = defaults;
  const isLimited = steps !== undefined || seconds !== undefined;
  const open = Object.entries(isLimited ? others : { ...others, epochs }).filter(
    ([name]) => given[name as keyof TextDefaults] === undefined,
  );
  return { values: Object.fromEntries(open), reason };
}

/**
 * Completes settings: the given ones take precedence over the text's defaults, and those over
 * {@link DEFAULTS}.
 *
 * @param given may have additional entries; undefined entries are filled in
 * @param corpus the whole text
 * @param nameOf the name of an option in messages
 * @returns the settings, sorted by name, so equal settings give equal bytes
 */
export function completeSettings<T extends Partial<TrainingSettings>>(
  given: T,
  corpus: Pick<Corpus, 'tokens' | 'symbols' | 'unit'>,
  nameOf: OptionNaming = asInCode,
): T & TrainingSettings {
  checkKind('completeSettings', 'given', given, 'object');
  checkOptions('completeSettings', corpus, CORPUS_KINDS, true);
  checkKind('completeSettings', 'vocabularySize', given.vocabularySize, 'number?');
  checkKind('completeSettings', 'nameOf', nameOf, 'function?');
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
  const all = { ...DEFAULTS, ...defaultsOfText(given, corpus).values, ...known };
  const { tied, clip, clipValue, optimizer } = all;
  const units = all.units!;
  const openEmbedding = () =>
    tied ? units : defaultEmbedding(largestVocabulary(corpus, given, nameOf), units);
  const settings = Object.entries({
    ...all,
    embedding: all.embedding ?? openEmbedding(),
    clip: clipValue === undefined ? clip : undefined,
    // A default that applies only to Adam.
    beta2: optimizer === 'adam' ? all.beta2 : known.beta2,
  }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(settings.sort(([a], [b]) => (a < b ? -1 : 1))) as unknown as T & TrainingSettings;
}
