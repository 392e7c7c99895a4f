import {
  type Corpus,
  renumberTokens,
  type TokenSource,
  type TokenUnit,
  type Vocabulary,
} from '@unrolled/data';
import { type OptionKinds, quoted } from '@unrolled/errors';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions, refuse } from '../refuse';
import { inModelsForm } from './text-form';

const UNITS_OF_KINDS: OptionKinds<Pick<Vocabulary, 'unit'>> = {
  unit: "'character', 'byte', 'word' or 'subword'",
};

/** The plural of a vocabulary's unit, for messages. */
export function unitsOf(options: Pick<Vocabulary, 'unit'>): string {
  checkOptions('unitsOf', options, UNITS_OF_KINDS, true);
  const { unit } = options;
  return `${unit}s`;
}

/**
 * The settings for reading files with a vocabulary.
 *
 * @throws UnrolledError for subwords, which are not a unit of files
 */
export function fileUnitOf(scope: string, vocabulary: Vocabulary): TokenUnit {
  checkKind('fileUnitOf', 'scope', scope, 'string');
  checkVocabulary('fileUnitOf', vocabulary);
  if (vocabulary.unit !== 'subword') return vocabulary.unit;
  return refuse(scope, {
    expected: 'a model of characters, bytes or words to read files',
    got: 'a model of subwords',
    remedy: 'encode the texts with vocabulary.encode, and pass their ids',
    code: 'unsupported',
  });
}

/**
 * Encodes a text. A token that the model has not seen becomes the unknown token, with a warning, if the
 * vocabulary has one.
 *
 * @param scope the name of the text in messages, such as its option
 * @throws UnrolledError naming the tokens that the model has not seen, if there is no unknown token
 */
export function encodeText(
  scope: string,
  text: string,
  vocabulary: Vocabulary,
  warn: (line: string) => void,
): Int32Array {
  checkKind('encodeText', 'scope', scope, 'string');
  checkKind('encodeText', 'text', text, 'string');
  checkVocabulary('encodeText', vocabulary);
  checkKind('encodeText', 'warn', warn, 'function');
  const read = inModelsForm(scope, text, vocabulary, warn);
  checkTokens(scope, new Set(vocabulary.split(read)), vocabulary, warn);
  return vocabulary.encode(read);
}

function checkTexts(scope: string, tokens: Iterable<string>): void {
  if (typeof Object(tokens)[Symbol.iterator] !== 'function' || typeof tokens === 'string')
    checkKind(scope, 'tokens', typeof tokens === 'string' ? undefined : tokens, 'array');
  for (const token of tokens) checkKind(scope, 'each token', token, 'string');
}

/** Checks the distinct tokens of a text, like {@link encodeText}. */
export function checkTokens(
  scope: string,
  tokens: Iterable<string>,
  vocabulary: Vocabulary,
  warn: (line: string) => void,
): void {
  checkKind('checkTokens', 'scope', scope, 'string');
  checkTexts('checkTokens', tokens);
  checkVocabulary('checkTokens', vocabulary);
  checkKind('checkTokens', 'warn', warn, 'function');
  const missing = [...tokens].filter((token) => !vocabulary.has(token));
  if (missing.length === 0) return;
  const units = unitsOf(vocabulary);
  if (vocabulary.unknownId === undefined) {
    refuse(scope, {
      expected: `${units} that the model has seen (${vocabulary.size} of them)`,
      got: listed(missing),
      remedy: 'remove them, or train on a text that contains them',
    });
  }
  warn(`${scope}: read as the unknown token, because the model's vocabulary lacks them: ${listed(missing)}`);
}

const TOKENS_FOR_KINDS: OptionKinds<Pick<Corpus, 'tokens' | 'symbols'>> = {
  tokens: 'object',
  symbols: 'array',
};

/**
 * Maps a corpus's tokens to a model's ids; tokens that it has not seen become the unknown token.
 *
 * @param scope the name of the text in messages
 * @throws UnrolledError as {@link encodeText}, and for a model of subwords
 */
export function tokensFor(
  scope: string,
  options: Pick<Corpus, 'tokens' | 'symbols'>,
  vocabulary: Vocabulary,
  warn: (line: string) => void,
): TokenSource {
  checkKind('tokensFor', 'scope', scope, 'string');
  checkOptions('tokensFor', options, TOKENS_FOR_KINDS, true);
  checkVocabulary('tokensFor', vocabulary);
  checkKind('tokensFor', 'warn', warn, 'function');
  // A character may also be a subword, but a text in characters is split differently.
  fileUnitOf(scope, vocabulary);
  const { tokens, symbols } = options;
  checkTokens(scope, symbols, vocabulary, warn);
  return renumberTokens(
    tokens,
    Int32Array.from(symbols, (symbol) => vocabulary.id(symbol)),
  );
}

/** The first few tokens, in quotes. */
function listed(tokens: readonly string[]): string {
  const most = 10;
  const shown = tokens.slice(0, most).map(quoted);
  return shown.join(', ') + (tokens.length > most ? ` and ${tokens.length - most} more` : '');
}

/**
 * Encodes texts that stop generation.
 *
 * @param scope the name of the texts in messages
 * @throws UnrolledError for a text that the model cannot write, which would never stop generation
 */
export function encodeStops(
  scope: string,
  stops: readonly string[],
  vocabulary: Vocabulary,
  warn: (line: string) => void = () => {},
): Int32Array[] {
  checkKind('encodeStops', 'scope', scope, 'string');
  checkKind('encodeStops', 'stops', stops, 'array');
  checkVocabulary('encodeStops', vocabulary);
  checkKind('encodeStops', 'warn', warn, 'function?');
  return stops.map((given) => {
    const text = inModelsForm(scope, given, vocabulary, warn);
    const missing = vocabulary.split(text).filter((token) => !vocabulary.has(token));
    if (missing.length > 0) {
      refuse(scope, {
        expected: `${unitsOf(vocabulary)} that the model can write`,
        got: listed(missing),
        remedy: 'use another text: this one would never stop the generation',
      });
    }
    return vocabulary.encode(text);
  });
}

/** Ids that are never generated: that of the unknown token. */
export function unwritableIds({ unknownId }: Vocabulary): readonly number[] {
  return unknownId === undefined ? [] : [unknownId];
}

/** The id before a text without a prime: that of a line end, or the vocabulary's first id. */
export function startIds(vocabulary: Vocabulary): Int32Array {
  checkVocabulary('startIds', vocabulary);
  const end = ['\n', '\r'].find((one) => vocabulary.has(one));
  return Int32Array.of(end === undefined ? 0 : vocabulary.id(end));
}
