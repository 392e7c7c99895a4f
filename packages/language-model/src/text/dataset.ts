import {
  type Corpus,
  countCharacters,
  encodeCorpus,
  sliceTokens,
  type TokenLimits,
  type TokenSource,
  type TokenUnit,
  type Vocabulary,
} from '@unrolled/data';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkSource } from '../records';
import { asInCode, checkKind, checkOptions, type OptionNaming, refuse } from '../refuse';
import type { TrainingSettings } from '../settings/training-settings';
import { tokensFor } from './token-ids';

/** The settings that split a corpus. By default there is no test set. */
export type Cut = Partial<Pick<TrainingSettings, 'test'>> &
  Pick<TrainingSettings, 'validation' | 'validationLimit' | 'sequenceLength' | 'batchSize'> &
  Pick<TrainingSettings, 'minimumCount' | 'vocabularySize'> & {
    /**
     * The vocabulary of a model whose training continues with this text; default a new one from the training
     * part's tokens.
     */
    readonly vocabulary?: Vocabulary | undefined;
  };

const CORPUS_KINDS: OptionKinds<Corpus> = {
  unit: "'character', 'byte' or 'word'",
  tokens: 'object',
  symbols: 'array',
  firstPositions: 'array or typed array',
};

const CUT_KINDS: OptionKinds<Cut> = {
  test: 'number?',
  validation: 'number',
  validationLimit: 'number?',
  sequenceLength: 'positive integer',
  batchSize: 'positive integer',
  minimumCount: 'number?',
  vocabularySize: 'number?',
  vocabulary: 'object?',
};

const PART_KINDS: OptionKinds<Pick<EvaluationPart, 'tokens' | 'batchSize' | 'sequenceLength'>> = {
  tokens: 'object',
  batchSize: 'positive integer',
  sequenceLength: 'positive integer',
};

/** Refuses a value that is not a part of a dataset. */
export function checkPart(scope: string, part: EvaluationPart): void {
  checkOptions(scope, part, PART_KINDS, true);
  checkSource(scope, part.tokens);
}

const DATASET_KINDS: OptionKinds<Dataset> = {
  vocabulary: 'object',
  train: 'object',
  batchSize: 'positive integer',
  validation: 'object',
  test: 'object?',
};

/** Refuses a value that is not a dataset. */
export function checkDataset(scope: string, dataset: Dataset): void {
  checkOptions(scope, dataset, DATASET_KINDS, true);
  checkSource(scope, dataset.train);
}

/** This number of tokens takes seconds, and determines the loss to a few thousandths. */
const VALIDATION_LIMIT = 250_000;

/**
 * The minimum count is needed because a model that never sees the unknown token in training cannot estimate
 * its probability.
 */
const WORD_LIMITS = { minimumCount: 2, maximumSize: 10_000 };

/** A corpus as ids, in the parts of a run: training, validation and test, in the order of the text. */
export interface Dataset {
  /**
   * The vocabulary of the training set's tokens. It has an unknown token if the other sets contain other
   * tokens.
   */
  readonly vocabulary: Vocabulary;
  readonly train: TokenSource;
  /** Number of rows of a training batch: as requested, or as many as the corpus allows. */
  readonly batchSize: number;
  readonly validation: EvaluationPart;
  readonly test: EvaluationPart | undefined;
}

/**
 * A part on which a model is evaluated:
 * `contiguousBatches(tokens, { batchSize, sequenceLength, lastBatch })`.
 */
export interface EvaluationPart {
  /** One token of context (the last before the part), followed by the tokens to predict. */
  readonly tokens: TokenSource;
  /**
   * Number of rows of a batch. All rows have the same length, so a few tokens at the end of the part (fewer
   * than rows) are unused.
   */
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** The last batch has the remaining steps. */
  readonly lastBatch: 'short';
  /** Number of tokens of the whole part, if a limit restricts it to its first tokens. */
  readonly limitedFrom: number | undefined;
  /**
   * Mean number of characters per token of the part. Nats per token divided by this number are nats per
   * character.
   */
  readonly charactersPerToken: number;
  /** Number of distinct tokens in the part that the vocabulary lacks. */
  readonly unknownTokens: number;
}

/**
 * Splits a corpus into a training set, a validation set and, if requested, a test set at its end. If the
 * training set is too short, a batch has fewer rows than requested.
 *
 * @param nameOf the name of an option in messages
 * @throws UnrolledError if the training set is shorter than one window or has only one distinct token,
 *   limits exclude the whole vocabulary, or the given vocabulary lacks a token of the text and has no unknown
 *   token
 */
export function prepareDataset(corpus: Corpus, cut: Cut, nameOf: OptionNaming = asInCode): Dataset {
  checkOptions('prepareDataset', corpus, CORPUS_KINDS, true);
  checkSource('prepareDataset', corpus.tokens);
  checkOptions('prepareDataset', cut, CUT_KINDS, true);
  checkKind('prepareDataset', 'nameOf', nameOf, 'function?');
  checkShares(cut, nameOf);
  const sizes = partSizes(corpus.tokens.length, cut);
  if (sizes.train < cut.sequenceLength + 1) refuseShort(corpus, cut, nameOf);
  refuseOneToken(corpus, sizes.train);
  const { vocabulary, tokens } = cut.vocabulary
    ? { vocabulary: cut.vocabulary, tokens: tokensUnder(cut.vocabulary, corpus) }
    : encodeCorpus(corpus, sizes.train, tokenLimits(corpus.unit, cut, nameOf));
  const encoded = { corpus, vocabulary, tokens };
  const validationEnd = sizes.train + sizes.validation;
  const limit = cut.validationLimit ?? VALIDATION_LIMIT;
  return {
    vocabulary,
    train: sliceTokens(tokens, 0, sizes.train),
    batchSize: Math.min(cut.batchSize, Math.floor((sizes.train - 1) / cut.sequenceLength)),
    validation: evaluationPart({ ...encoded, start: sizes.train, end: validationEnd }, cut, limit),
    test:
      sizes.test > 0
        ? evaluationPart({ ...encoded, start: validationEnd, end: tokens.length }, cut)
        : undefined,
  };
}

/** Maps tokens to a model's ids; tokens that it lacks become the unknown token. */
function tokensUnder(vocabulary: Vocabulary, corpus: Corpus): TokenSource {
  return tokensFor('the text', corpus, vocabulary, () => {});
}

/** Number of tokens of each set. Validation and test have at least one token if they have a share. */
function partSizes(length: number, { validation: validationShare, test: testShare = 0 }: Cut) {
  const validation = Math.max(1, Math.round(length * validationShare));
  const test = testShare > 0 ? Math.max(1, Math.round(length * testShare)) : 0;
  return { train: length - validation - test, validation, test };
}

type VocabularyLimits = Pick<Cut, 'minimumCount' | 'vocabularySize'>;

function tokenLimits(
  unit: TokenUnit,
  { minimumCount, vocabularySize }: VocabularyLimits,
  nameOf: OptionNaming,
): TokenLimits {
  if (unit === 'byte') refuseLimits({ minimumCount, vocabularySize }, nameOf);
  const limits = unit === 'word' ? WORD_LIMITS : undefined;
  return {
    minimumCount: minimumCount ?? limits?.minimumCount,
    maximumSize: vocabularySize ?? limits?.maximumSize,
  };
}

/** Maximum size of a corpus's vocabulary. */
export function largestVocabulary(
  corpus: Pick<Corpus, 'symbols' | 'unit'>,
  limits: VocabularyLimits,
  nameOf: OptionNaming = asInCode,
): number {
  const { maximumSize = Number.POSITIVE_INFINITY } = tokenLimits(corpus.unit, limits, nameOf);
  return Math.min(corpus.symbols.length, maximumSize);
}

function refuseLimits(limits: VocabularyLimits, nameOf: OptionNaming): void {
  for (const [option, value] of Object.entries(limits)) {
    if (value === undefined) continue;
    refuse(nameOf(option), {
      expected: `no such option with ${nameOf('unit')} byte`,
      got: inWords(value),
      remedy: 'omit the option: the vocabulary of bytes always has 256 tokens',
    });
  }
}

interface Place {
  readonly corpus: Corpus;
  readonly vocabulary: Vocabulary;
  readonly tokens: TokenSource;
  readonly start: number;
  readonly end: number;
}

function evaluationPart(place: Place, cut: Cut, limit = Number.POSITIVE_INFINITY): EvaluationPart {
  const { corpus, tokens, start, end } = place;
  const size = Math.min(end - start, limit);
  const { batchSize, rowLength } = evaluationRows(size, cut);
  const used = batchSize * rowLength;
  return {
    tokens: sliceTokens(tokens, start - 1, start + used),
    batchSize,
    sequenceLength: Math.min(cut.sequenceLength, rowLength),
    lastBatch: 'short',
    limitedFrom: size < end - start ? end - start : undefined,
    charactersPerToken: countCharacters(corpus, start, start + used) / used,
    unknownTokens: unknownTokens(place),
  };
}

/** Number of distinct tokens between `start` and `end` that the vocabulary lacks. */
function unknownTokens({ corpus, vocabulary, start, end }: Place): number {
  const { symbols, firstPositions } = corpus;
  return symbols.filter((symbol, id) => {
    const first = firstPositions[id]!;
    return first >= start && first < end && !vocabulary.has(symbol);
  }).length;
}

/**
 * About the same number of rows as in training, so almost no tokens are unused. A row has at least one
 * window, because it starts without context.
 */
function evaluationRows(tokens: number, { batchSize: asked, sequenceLength }: Cut) {
  const most = Math.max(1, Math.min(asked, Math.floor(tokens / sequenceLength)));
  let batchSize = most;
  for (let rows = most; rows > most / 2; rows--) if (tokens % rows < tokens % batchSize) batchSize = rows;
  return { batchSize, rowLength: Math.floor(tokens / batchSize) };
}

function checkShares({ validation, test = 0 }: Cut, nameOf: OptionNaming): void {
  if (validation + test < 1) return;
  refuse(nameOf('test'), {
    expected: 'shares of validation and test that leave tokens for training',
    got: `${validation} and ${test}`,
  });
}

function refuseShort({ tokens, unit }: Corpus, cut: Cut, nameOf: OptionNaming): never {
  const { sequenceLength, validation, test = 0 } = cut;
  let needed = Math.floor(sequenceLength / (1 - validation - test));
  while (partSizes(needed, cut).train < sequenceLength + 1) needed += 1;
  const ofTest = test > 0 ? ` and ${nameOf('test')} ${test}` : '';
  const beside = `${nameOf('validation')} ${validation}${ofTest} of the text`;
  const window = `one window of ${nameOf('sequenceLength')} ${sequenceLength} and the ${unit} after it`;
  refuse('prepareDataset', {
    expected: `a text of at least ${needed} ${unit}s (${window}, beside ${beside})`,
    got: `${tokens.length}`,
    remedy: `use more text, or reduce ${nameOf('sequenceLength')}`,
  });
}

function refuseOneToken({ symbols, firstPositions, unit }: Corpus, trainingTokens: number): void {
  const occurring = symbols.filter((_, id) => firstPositions[id]! < Number.POSITIVE_INFINITY);
  const seen = symbols.filter((_, id) => firstPositions[id]! < trainingTokens);
  if (seen.length > 1) return;
  refuse('prepareDataset', {
    expected: `at least two distinct ${unit}s in the training set`,
    got: `${JSON.stringify(seen[0])} alone`,
    remedy:
      occurring.length < 2 ? `use another text: with one ${unit} there is nothing to learn` : 'use more text',
  });
}
