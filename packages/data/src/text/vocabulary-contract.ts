/** The interface of every vocabulary. */

/**
 * The unit of a text's tokens: a Unicode code point; a byte of its UTF-8; or a word, which is a run of
 * letters, marks and digits with apostrophes between them, a run of white space, or any other code point.
 * Joined words are the text.
 */
export type TokenUnit = 'character' | 'byte' | 'word';

/** The unit of a vocabulary's tokens: a unit of texts, or a learned part of a word (`trainSubwords`). */
export type VocabularyUnit = TokenUnit | 'subword';

/** The content of a vocabulary, as plain JSON. */
export interface VocabularyJson {
  /** Default 'character'. */
  readonly unit?: VocabularyUnit;
  readonly tokens: readonly string[];
  readonly endOfSequence?: string;
  readonly unknown?: string;
}

/** A fixed, ordered set of tokens: ids are 0 … size − 1, in the order of `tokens`. Immutable. */
export interface Vocabulary {
  readonly size: number;
  readonly tokens: readonly string[];
  /** The unit that `encode` splits a text into. */
  readonly unit: VocabularyUnit;
  /** The id of the token that ends a sequence, if there is one. */
  readonly endOfSequenceId: number | undefined;
  /** The id of all unknown tokens, if there is one. */
  readonly unknownId: number | undefined;
  has(token: string): boolean;
  /** @throws UnrolledError for an unknown token, if the vocabulary has no unknown token */
  id(token: string): number;
  /** @throws UnrolledError for an id outside 0 … size − 1 */
  token(id: number): string;
  /**
   * The ids of a text's units, or of a list of tokens, int32 [n]; one more with `appendEndOfSequence`.
   *
   * @throws UnrolledError naming the first unknown token and its position from 0, if the vocabulary has no
   *   unknown token
   */
  encode(text: string | readonly string[], options?: { readonly appendEndOfSequence?: boolean }): Int32Array;
  /**
   * The text of ids. With `stopAtEndOfSequence`, that token and everything after it are left out.
   *
   * @throws UnrolledError for an id outside 0 … size − 1
   */
  decode(ids: ArrayLike<number>, options?: { readonly stopAtEndOfSequence?: boolean }): string;
  /** The units of a text in order, including unknown ones. */
  split(text: string): string[];
  /** Decodes ids one at a time, as a model generates them. Bytes become a character only together. */
  decoder(): TokenDecoder;
  /** The JSON that `vocabularyFromJSON` reads. */
  toJSON(): VocabularyJson;
}

/** Decodes a stream of ids. */
export interface TokenDecoder {
  /**
   * The text that this id completes: that of the token, or nothing while a character is incomplete.
   *
   * @throws UnrolledError for an id outside the vocabulary
   */
  write(id: number): string;
  /** The remaining text: U+FFFD for an incomplete character, otherwise empty. */
  end(): string;
}
