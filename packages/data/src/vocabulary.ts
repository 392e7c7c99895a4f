/**
 * Tokens and their ids. Text is split into Unicode code points, never into UTF-16 units, so an emoji or a rare Han
 * character is one token.
 */
import { refuse } from './refuse';

/** What a vocabulary is made of; plain JSON. */
export interface VocabularyJson {
  readonly tokens: readonly string[];
  readonly endOfSequence?: string;
  readonly unknown?: string;
}

/** A fixed, ordered set of tokens: ids are 0 … size − 1, in the order of `tokens`. */
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
   * The ids of a text's code points, int32 [n], one more with `appendEndOfSequence`.
   *
   * @throws UnrolledError naming the first character that the vocabulary lacks, when it has no unknown token
   */
  encode(text: string, options?: { readonly appendEndOfSequence?: boolean }): Int32Array;
  /** The text of some ids; `stopAtEndOfSequence` leaves out that token and what follows it. */
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
 * The distinct code points of a text, then the end-of-sequence token, then the unknown token, where asked for.
 * The same text gives the same ids.
 *
 * @throws UnrolledError for an empty text, or a special token that the text already contains as a character
 */
export function createVocabulary(text: string, options: VocabularyOptions = {}): Vocabulary {
  const { order = 'appearance' } = options;
  const characters = Array.from(new Set(text));
  if (characters.length === 0) refuse('createVocabulary', { expected: 'a text', got: 'an empty one' });
  if (order === 'code-point') characters.sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  return vocabularyOf(characters, options);
}

/**
 * A vocabulary of the given tokens, in their order; special tokens that are not among them are added at the end.
 *
 * @throws UnrolledError for no tokens, an empty one, or one that stands twice
 */
export function vocabularyOf(
  tokens: readonly string[],
  options: Pick<VocabularyOptions, 'endOfSequence' | 'unknown'> = {},
): Vocabulary {
  const endOfSequence = specialToken(options.endOfSequence, '<EOS>');
  const unknown = specialToken(options.unknown, '<UNK>');
  const all = [...tokens];
  for (const special of [endOfSequence, unknown]) {
    if (special !== undefined && !all.includes(special)) all.push(special);
  }
  const ids = new Map(all.map((token, id) => [token, id]));
  checkTokens(all, ids.size);
  const endOfSequenceId = endOfSequence === undefined ? undefined : ids.get(endOfSequence);
  const unknownId = unknown === undefined ? undefined : ids.get(unknown);

  const id = (token: string): number => {
    const found = ids.get(token) ?? unknownId;
    if (found !== undefined) return found;
    return refuse('vocabulary', {
      expected: `one of its ${all.length} tokens`,
      got: describe(token),
      remedy: 'leave it out, or make the vocabulary with an unknown token',
    });
  };
  const token = (wanted: number): string =>
    all[wanted] ?? refuse('vocabulary', { expected: `an id in 0 … ${all.length - 1}`, got: String(wanted) });

  return {
    size: all.length,
    tokens: all,
    endOfSequenceId,
    unknownId,
    has: (wanted) => ids.has(wanted),
    id,
    token,
    encode: (text, { appendEndOfSequence = false } = {}) => {
      if (appendEndOfSequence && endOfSequenceId === undefined) {
        refuse('encode', {
          expected: 'a vocabulary with an end-of-sequence token',
          got: 'one without',
          remedy: 'make it with endOfSequence: true',
        });
      }
      return encode(text, ids, unknownId, appendEndOfSequence ? endOfSequenceId : undefined);
    },
    decode: (wanted, { stopAtEndOfSequence = false } = {}) => {
      const parts: string[] = [];
      for (let i = 0; i < wanted.length; i++) {
        if (stopAtEndOfSequence && wanted[i] === endOfSequenceId) break;
        parts.push(token(wanted[i]!));
      }
      return parts.join('');
    },
    toJSON: () => ({ tokens: all, endOfSequence, unknown }),
  };
}

/**
 * The vocabulary that `toJSON` described.
 *
 * @param json the parsed object, from a file that anybody may have written
 * @throws UnrolledError when it is not such an object
 */
export function vocabularyFromJSON(json: unknown): Vocabulary {
  const { tokens, endOfSequence, unknown } = (json ?? {}) as Partial<VocabularyJson>;
  const optional = (value: unknown) => value === undefined || typeof value === 'string';
  if (!Array.isArray(tokens) || !tokens.every((token) => typeof token === 'string')) {
    refuse('vocabularyFromJSON', { expected: "an object whose 'tokens' are strings", got: preview(json) });
  }
  for (const special of [endOfSequence, unknown]) {
    if (!optional(special) || (special !== undefined && !tokens.includes(special))) {
      refuse('vocabularyFromJSON', { expected: 'special tokens among the tokens', got: preview(special) });
    }
  }
  return vocabularyOf(tokens, { endOfSequence, unknown });
}

function encode(
  text: string,
  ids: ReadonlyMap<string, number>,
  unknownId: number | undefined,
  endId: number | undefined,
): Int32Array {
  const buffer = new Int32Array(text.length + 1); // UTF-16 units are at least as many as code points.
  let count = 0;
  for (const character of text) {
    const id = ids.get(character) ?? unknownId;
    if (id === undefined) {
      refuse('encode', {
        expected: `only characters of the vocabulary (${ids.size})`,
        got: `${describe(character)} at position ${count}`,
        remedy: 'leave it out, or make the vocabulary with an unknown token',
      });
    }
    buffer[count++] = id;
  }
  if (endId !== undefined) buffer[count++] = endId;
  return buffer.slice(0, count);
}

const specialToken = (given: boolean | string | undefined, name: string) =>
  given === true ? name : given || undefined;

function checkTokens(tokens: readonly string[], distinct: number): void {
  if (tokens.length === 0) refuse('vocabularyOf', { expected: 'at least one token', got: 'none' });
  if (tokens.includes(''))
    refuse('vocabularyOf', { expected: 'tokens of at least one character', got: "''" });
  if (distinct < tokens.length) {
    const twice = tokens.find((token, index) => tokens.indexOf(token) !== index)!;
    refuse('vocabularyOf', { expected: 'every token once', got: `${describe(twice)} twice` });
  }
}

/** 'ü' (U+00FC); control characters by their escape. */
function describe(token: string): string {
  const code = token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  const shown = JSON.stringify(token).slice(1, -1);
  return Array.from(token).length === 1 ? `'${shown}' (U+${code})` : `'${shown}'`;
}

const preview = (value: unknown) => (JSON.stringify(value) ?? String(value)).slice(0, 60);
