import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';

/** Tokens of any integer width. Bytes take one byte each. */
export type Tokens = Uint8Array | Uint16Array | Uint32Array | Int32Array;

/** Token ids by position, in memory or in a file that is read piece by piece. */
export interface TokenSource {
  /** Number of tokens. */
  readonly length: number;
  /**
   * A copy of the ids from `start` to `end`, exclusive: int32 [end − start].
   *
   * @throws UnrolledError unless 0 ≤ start ≤ end ≤ length
   */
  read(start: number, end: number): Int32Array;
}

const SOURCE_KINDS: OptionKinds<TokenSource> = { length: 'integer of at least 0', read: 'function' };

/** Ids in memory. They are copied only when they are read, so later changes are visible. */
export function memoryTokens(ids: Tokens): TokenSource {
  checkTokens('memoryTokens', ids);
  return {
    length: ids.length,
    read: (start, end) => {
      checkRange(start, end, ids.length);
      return Int32Array.from(ids.subarray(start, end));
    },
  };
}

/**
 * The tokens of `source` from `start` to `end`, exclusive, as a source.
 *
 * @throws UnrolledError unless 0 ≤ start ≤ end ≤ source.length
 */
export function sliceTokens(source: TokenSource, start: number, end: number): TokenSource {
  checkSource('sliceTokens', source);
  checkRange(start, end, source.length);
  const length = end - start;
  return {
    length,
    read: (from, to) => {
      checkRange(from, to, length);
      return readFrom(source, start + from, start + to);
    },
  };
}

/** Reads from a source, which the caller may have implemented. */
function readFrom(source: TokenSource, start: number, end: number): Int32Array {
  const ids = source.read(start, end);
  checkKind('TokenSource', 'the result of read', ids, 'Int32Array');
  return ids;
}

/** The same tokens with other ids: `ids[id]` instead of `id`. */
export function renumberTokens(source: TokenSource, ids: Int32Array): TokenSource {
  checkSource('renumberTokens', source);
  checkKind('renumberTokens', 'ids', ids, 'Int32Array');
  return {
    length: source.length,
    read: (start, end) => {
      const tokens = readFrom(source, start, end);
      for (let index = 0; index < tokens.length; index++) tokens[index] = ids[tokens[index]!]!;
      return tokens;
    },
  };
}

/** Returns a source unchanged, and wraps an array of ids. */
export function asTokenSource(scope: string, tokens: Tokens | TokenSource): TokenSource {
  if (typeof (tokens as TokenSource | undefined)?.read === 'function') return tokens as TokenSource;
  checkTokens(scope, tokens);
  return memoryTokens(tokens as Tokens);
}

/** Refuses a value that is not a token source. */
export function checkSource(scope: string, source: TokenSource): void {
  checkOptions(scope, source, SOURCE_KINDS, true);
}

function checkTokens(scope: string, tokens: unknown): void {
  const types = [Int32Array, Uint8Array, Uint16Array, Uint32Array];
  if (types.some((type) => tokens instanceof type)) return;
  refuse(scope, {
    expected: 'tokens in an Int32Array, Uint8Array, Uint16Array or Uint32Array, or a TokenSource',
    got: inWords(tokens),
    remedy: 'encode the text with a vocabulary',
  });
}

export function checkRange(start: number, end: number, length: number): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= length)
    return;
  refuse('TokenSource', {
    expected: `a range within 0 … ${length}`,
    got: `${inWords(start)} … ${inWords(end)}`,
    remedy: 'pass its first position and the position after its last',
  });
}
