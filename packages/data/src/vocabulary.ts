/**
 * Tokens and their ids. Text is split into Unicode code points, never into UTF-16 units, so an emoji or a rare Han
 * character is one token. Texts are not normalised: é in one code point and é in two are different.
 */
import { CodePointIds, compareCodePoints, distinctCodePoints } from './code-points';
import { inWords, refuse } from './refuse';

/** What a vocabulary is made of; plain JSON. */
export interface VocabularyJson {
  readonly tokens: readonly string[];
  readonly endOfSequence?: string;
  readonly unknown?: string;
}

/** A fixed, ordered set of tokens: ids are 0 … size − 1, in the order of `tokens`. Immutable. */
export interface Vocabulary {
  readonly size: number;
  readonly tokens: readonly string[];
  /** The id of the token that ends a sequence, where there is one. */
  readonly endOfSequenceId: number | undefined;
  /** The id that stands for every token the vocabulary lacks, where there is one. */
  readonly unknownId: number | undefined;
  has(token: string): boolean;
  /** @throws UnrolledError for a token that the vocabulary lacks, when it has no unknown token */
  id(token: string): number;
  /** @throws UnrolledError for an id outside 0 … size − 1 */
  token(id: number): string;
  /**
   * The ids of a text's code points, or of a list of tokens, int32 [n], one more with `appendEndOfSequence`.
   *
   * @throws UnrolledError naming the first character that the vocabulary lacks and its position from 0, when it has no
   * unknown token
   */
  encode(text: string | readonly string[], options?: { readonly appendEndOfSequence?: boolean }): Int32Array;
  /**
   * The text of some ids; `stopAtEndOfSequence` leaves out that token and what follows it.
   *
   * @throws UnrolledError for an id outside 0 … size − 1
   */
  decode(ids: ArrayLike<number>, options?: { readonly stopAtEndOfSequence?: boolean }): string;
  /** What {@link vocabularyFromJSON} reads. */
  toJSON(): VocabularyJson;
}

export interface VocabularyOptions {
  /** Adds a token that ends a sequence; `true` names it `<EOS>`. */
  readonly endOfSequence?: boolean | string;
  /** Adds a token for what the vocabulary lacks; `true` names it `<UNK>`. */
  readonly unknown?: boolean | string;
  /** By first appearance (default), or by code point, which does not depend on the text's order. */
  readonly order?: 'appearance' | 'code-point';
}

/**
 * The distinct code points of a text, or the distinct tokens of a list, then the end-of-sequence token, then the unknown
 * token, where asked for. The same text gives the same ids.
 *
 * @throws UnrolledError for an empty text, or a special token that the text already contains
 */
export function createVocabulary(
  textOrTokens: string | readonly string[],
  options: VocabularyOptions = {},
): Vocabulary {
  const scope = 'createVocabulary';
  const { order = 'appearance' } = options;
  if (typeof textOrTokens !== 'string' && !Array.isArray(textOrTokens)) {
    refuse(scope, { expected: 'a text or a list of tokens', got: inWords(textOrTokens) });
  }
  if (order !== 'appearance' && order !== 'code-point') {
    refuse(scope, { expected: "an order of 'appearance' or 'code-point'", got: inWords(order) });
  }
  const tokens =
    typeof textOrTokens === 'string' ? distinctCodePoints(textOrTokens) : [...new Set(textOrTokens)];
  if (tokens.length === 0) refuse(scope, { expected: 'a text', got: 'an empty one' });
  if (order === 'code-point') tokens.sort(compareCodePoints);
  for (const special of [
    specialToken(options.endOfSequence, '<EOS>'),
    specialToken(options.unknown, '<UNK>'),
  ]) {
    if (special === undefined || !tokens.includes(special)) continue;
    refuse(scope, {
      expected: 'special tokens that the text does not have itself',
      got: describe(special),
      remedy: 'name it otherwise, or list all tokens with vocabularyOf',
    });
  }
  return vocabularyOf(tokens, options);
}

/**
 * A vocabulary of the given tokens, in their order; special tokens that are not among them are added at the end.
 *
 * @throws UnrolledError for no tokens, an empty one, one that stands twice, or one name for both special tokens
 */
export function vocabularyOf(
  tokens: readonly string[],
  options: Pick<VocabularyOptions, 'endOfSequence' | 'unknown'> = {},
): Vocabulary {
  const scope = 'vocabularyOf';
  const endOfSequence = specialToken(options.endOfSequence, '<EOS>');
  const unknown = specialToken(options.unknown, '<UNK>');
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    refuse(scope, {
      expected: 'a list of tokens',
      got: inWords(tokens),
      remedy: 'give a text to createVocabulary',
    });
  }
  if (endOfSequence !== undefined && endOfSequence === unknown) {
    refuse(scope, { expected: 'two names for the special tokens', got: `${describe(unknown)} for both` });
  }
  const all = [...tokens];
  for (const special of [endOfSequence, unknown]) {
    if (special !== undefined && !all.includes(special)) all.push(special);
  }
  const ids = new Map(all.map((token, id) => [token, id]));
  checkTokens(all, ids.size);
  return buildVocabulary(Object.freeze(all), ids, endOfSequence, unknown);
}

/**
 * The vocabulary that `toJSON` described.
 *
 * @param json the parsed object, from a file that anybody may have written
 * @throws UnrolledError when it is not such an object
 */
export function vocabularyFromJSON(json: unknown): Vocabulary {
  const scope = 'vocabularyFromJSON';
  const { tokens, endOfSequence, unknown, ...others } = (json ?? {}) as Partial<VocabularyJson>;
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    refuse(scope, { expected: "an object whose 'tokens' are strings", got: preview(json) });
  }
  if (Object.keys(others).length > 0) {
    refuse(scope, { expected: 'only tokens, endOfSequence and unknown', got: preview(Object.keys(others)) });
  }
  const known = new Set(tokens);
  for (const special of [endOfSequence, unknown]) {
    if (special === undefined || (typeof special === 'string' && known.has(special))) continue;
    refuse(scope, { expected: 'special tokens among the tokens', got: preview(special) });
  }
  return vocabularyOf(tokens, { endOfSequence, unknown });
}

function buildVocabulary(
  tokens: readonly string[],
  ids: ReadonlyMap<string, number>,
  endOfSequence: string | undefined,
  unknown: string | undefined,
): Vocabulary {
  const endOfSequenceId = endOfSequence === undefined ? undefined : ids.get(endOfSequence);
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);
  let codePointIds: CodePointIds | undefined;

  const idAt = (token: string, position: number): number =>
    ids.get(token) ?? unknownId ?? refuseToken('encode', token, tokens.length, position);
  const token = (wanted: number): string =>
    tokens[wanted] ??
    refuse('vocabulary', { expected: `an id in 0 … ${tokens.length - 1}`, got: inWords(wanted) });

  function encode(text: string | readonly string[], { appendEndOfSequence = false } = {}): Int32Array {
    if (typeof text !== 'string' && !Array.isArray(text)) {
      refuse('encode', { expected: 'a text or a list of tokens', got: inWords(text) });
    }
    const endId = appendEndOfSequence ? requireEndOfSequence('encode', endOfSequenceId) : undefined;
    const buffer = new Int32Array(text.length + 1); // UTF-16 units are at least as many as code points.
    let count = text.length;
    if (typeof text === 'string') {
      codePointIds ??= new CodePointIds(ids);
      count = codePointIds.encode(text, buffer, (codePoint, position) =>
        idAt(String.fromCodePoint(codePoint), position),
      );
    } else {
      buffer.set(text.map(idAt));
    }
    if (endId !== undefined) buffer[count++] = endId;
    return buffer.slice(0, count);
  }

  function decode(wanted: ArrayLike<number>, { stopAtEndOfSequence = false } = {}): string {
    const endId = stopAtEndOfSequence ? requireEndOfSequence('decode', endOfSequenceId) : undefined;
    // Joined in blocks: a string made of millions of pieces at once takes twice as long.
    const blocks: string[] = [];
    let block: string[] = [];
    for (let i = 0; i < wanted.length && wanted[i] !== endId; i++) {
      block.push(token(wanted[i]!));
      if (block.length < 1024) continue;
      blocks.push(block.join(''));
      block = [];
    }
    return blocks.join('') + block.join('');
  }

  return Object.freeze({
    size: tokens.length,
    tokens,
    endOfSequenceId,
    unknownId,
    has: (wanted: string) => ids.has(wanted),
    id: (wanted: string) => ids.get(wanted) ?? unknownId ?? refuseToken('vocabulary', wanted, tokens.length),
    token,
    encode,
    decode,
    toJSON: () => ({ tokens: [...tokens], endOfSequence, unknown }),
  });
}

function refuseToken(scope: string, token: string, size: number, position?: number): never {
  refuse(scope, {
    expected: `only what the vocabulary of ${size} tokens has`,
    got: position === undefined ? describe(token) : `${describe(token)} at position ${position}`,
    remedy: 'leave it out, or make the vocabulary with an unknown token',
  });
}

function requireEndOfSequence(scope: string, id: number | undefined): number {
  if (id !== undefined) return id;
  return refuse(scope, {
    expected: 'a vocabulary with an end-of-sequence token',
    got: 'one without',
    remedy: 'make it with endOfSequence: true',
  });
}

const specialToken = (given: boolean | string | undefined, name: string) =>
  given === true ? name : given || undefined;

function checkTokens(tokens: readonly string[], distinct: number): void {
  if (tokens.length === 0) refuse('vocabularyOf', { expected: 'at least one token', got: 'none' });
  if (tokens.includes('')) {
    refuse('vocabularyOf', { expected: 'tokens of at least one character', got: "''" });
  }
  if (distinct < tokens.length) {
    const seen = new Set<string>();
    const twice = tokens.find((token) => seen.size === seen.add(token).size)!;
    refuse('vocabularyOf', { expected: 'every token once', got: `${describe(twice)} twice` });
  }
}

/** 'ü' (U+00FC); control characters by their escape. */
function describe(token: string): string {
  const characters = Array.from(token);
  const shown = JSON.stringify(characters.slice(0, 40).join('')).slice(1, -1);
  if (characters.length !== 1) return `'${shown}'`;
  return `'${shown}' (U+${token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`;
}

const preview = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 60);
