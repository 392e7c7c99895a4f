import type { Vocabulary } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import {
  beamSearch,
  type DrawOptions,
  generate,
  generateSamples,
  type RepetitionOptions,
} from '@unrolled/training';
import type { LanguageModel } from '../architecture/architecture';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions } from '../refuse';
import { startIds, unwritableIds } from '../text/token-ids';

/** A model, and the length of the text to generate. */
export interface TextOptions {
  readonly model: LanguageModel;
  readonly params: unknown[];
  readonly vocabulary: Vocabulary;
  /** The ids to continue; default those of a line end. */
  readonly prime?: ArrayLike<number>;
  /** Number of tokens to generate. */
  readonly length: number;
  /** Ends the text before one of these would be generated. */
  readonly stopSequences?: readonly ArrayLike<number>[];
}

/** A model, and its sampling options. */
export interface WritingOptions extends TextOptions, DrawOptions, RepetitionOptions {}

const TEXT_KINDS = {
  model: 'object',
  params: 'array',
  vocabulary: 'object',
  prime: 'array or typed array?',
  length: 'number',
  stopSequences: 'array?',
} as const;

const DRAWN_KINDS = {
  ...TEXT_KINDS,
  temperature: 'number?',
  topK: 'number?',
  topP: 'number?',
  minP: 'number?',
  repetitionPenalty: 'number?',
  repetitionWindow: 'number?',
} as const;

const WRITING_KINDS: OptionKinds<WritingOptions & { readonly seed: number }> = {
  ...DRAWN_KINDS,
  seed: 'number',
};

const WRITINGS_KINDS: OptionKinds<WritingOptions & { readonly seeds: readonly number[] }> = {
  ...DRAWN_KINDS,
  seeds: 'array',
};

/** Generates text, piece by piece, without the prime. The unknown token is never generated. */
export function* writeText(
  options: WritingOptions & { readonly seed: number },
): Generator<string, void, void> {
  checkOptions('writeText', options, WRITING_KINDS);
  checkVocabulary('writeText', options.vocabulary);
  const decoder = options.vocabulary.decoder();
  for (const id of generate({ ...asSampling(options), seed: options.seed })) yield decoder.write(id);
  yield decoder.end();
}

/** The ids of {@link writeText}, one by one. */
export function writeIds(options: WritingOptions & { readonly seed: number }): Generator<number, void, void> {
  checkOptions('writeIds', options, WRITING_KINDS);
  return generate({ ...asSampling(options), seed: options.seed });
}

/**
 * Generates several texts in one batch, without the prime. Each text depends only on its seed, and equals the
 * result of {@link writeText} with that seed. Yields [number, piece].
 */
export function* writeTexts(
  options: WritingOptions & { readonly seeds: readonly number[] },
): Generator<readonly [text: number, piece: string], void, void> {
  checkOptions('writeTexts', options, WRITINGS_KINDS);
  checkVocabulary('writeTexts', options.vocabulary);
  const { seeds, vocabulary } = options;
  for (const seed of seeds) checkKind('writeTexts', 'each of seeds', seed, 'number');
  const decoders = seeds.map(() => vocabulary.decoder());
  for (const [text, id] of generateSamples({ ...asSampling(options), seeds }))
    yield [text, decoders[text]!.write(id)];
  for (const [text, decoder] of decoders.entries()) yield [text, decoder.end()];
}

/** The options of a beam search. */
export interface SearchOptions extends TextOptions {
  /** Beam width: number of texts that are kept at each step. */
  readonly width: number;
  /**
   * The exponent of the length penalty. A larger one favours longer texts, if stop sequences end texts;
   * default 0.
   */
  readonly lengthPenalty?: number;
}

const SEARCH_KINDS: OptionKinds<SearchOptions> = {
  ...TEXT_KINDS,
  width: 'positive integer',
  lengthPenalty: 'number?',
};

/** A text that a beam search found. */
export interface TextCandidate {
  /** The text without the prime. */
  readonly text: string;
  /** ln P(text | prime), in nats. */
  readonly logProbability: number;
  /** ln P divided by the length penalty; the candidates are ranked by it. */
  readonly score: number;
}

/** Returns the most likely texts of a beam search, best first. */
export function likeliestTexts(options: SearchOptions): TextCandidate[] {
  checkOptions('likeliestTexts', options, SEARCH_KINDS);
  const { vocabulary, width, lengthPenalty } = options;
  return beamSearch({ ...asTextModel(options), width, lengthPenalty }).map(
    ({ ids, logProbability, score }) => ({
      text: vocabulary.decode(ids),
      logProbability,
      score,
    }),
  );
}

/** Selects the options of `@unrolled/training`, without additional ones of the program. */
function asTextModel(options: TextOptions) {
  checkVocabulary('writeText', options.vocabulary);
  const { model, params, vocabulary, prime = startIds(vocabulary), length, stopSequences } = options;
  return { model, params, prime, length, stopSequences, exclude: unwritableIds(vocabulary) };
}

/** As above, with the sampling options. */
function asSampling(options: WritingOptions) {
  const { temperature, topK, topP, minP, repetitionPenalty, repetitionWindow } = options;
  return { ...asTextModel(options), temperature, topK, topP, minP, repetitionPenalty, repetitionWindow };
}
