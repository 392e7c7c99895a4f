/** The alignment of a hypothesis with its reference: matching tokens, and the errors. */
import type { OptionKinds } from '@unrolled/errors';
import { checkOptions } from '../refuse';
import { countEdits, type EditCounts, editsOf, type Operation, rateOf } from './edits';
import { checkTokens, type Token, UNITS } from './tokens';

/** One position of an alignment. The counterpart of an inserted or deleted token is undefined. */
export interface AlignedPair<T extends Token = string> {
  operation: Operation;
  reference: T | undefined;
  hypothesis: T | undefined;
}

/** An alignment with the fewest errors. */
export interface Alignment<T extends Token = string> extends EditCounts {
  /** The number of errors divided by the reference's length; see `wordErrorRate`. */
  errorRate: number;
  /** Every token of both sequences, in order. */
  pairs: AlignedPair<T>[];
}

/** Two texts. */
export interface AlignTextsOptions {
  reference: string;
  hypothesis: string;
}

/** Two sequences of tokens, or of ids. */
export interface AlignTokensOptions<T extends Token> {
  reference: ArrayLike<T>;
  hypothesis: ArrayLike<T>;
}

const TEXT_KINDS: OptionKinds<AlignTextsOptions> = { reference: 'string', hypothesis: 'string' };
const TOKEN_KINDS: OptionKinds<AlignTokensOptions<Token>> = {
  reference: 'array or typed array',
  hypothesis: 'array or typed array',
};

/**
 * Aligns the words of two texts. Words are separated by white space. If several alignments have the fewest
 * errors, it returns that of jiwer, for up to about a thousand words on each side.
 *
 * @throws UnrolledError for a value that is not a text, and for texts whose lengths have a product above 2^30
 */
export function alignWords(options: AlignTextsOptions): Alignment {
  checkOptions('alignWords', options, TEXT_KINDS);
  return aligned('alignWords', UNITS.word(options.reference), UNITS.word(options.hypothesis));
}

/**
 * Aligns the characters (code points) of two texts. White space within them counts; at their ends it does
 * not.
 *
 * @throws UnrolledError for a value that is not a text, and for texts whose lengths have a product above 2^30
 */
export function alignCharacters(options: AlignTextsOptions): Alignment {
  checkOptions('alignCharacters', options, TEXT_KINDS);
  const { reference, hypothesis } = options;
  return aligned('alignCharacters', UNITS.character(reference), UNITS.character(hypothesis));
}

/**
 * Aligns two sequences of texts or of ids.
 *
 * @throws UnrolledError for a token that is neither a string nor a number, and for sequences whose lengths
 *   have a product above 2^30
 */
export function alignTokens<T extends Token>(options: AlignTokensOptions<T>): Alignment<T> {
  checkOptions('alignTokens', options, TOKEN_KINDS);
  checkTokens('alignTokens', 'reference', options.reference);
  checkTokens('alignTokens', 'hypothesis', options.hypothesis);
  return aligned('alignTokens', options.reference, options.hypothesis);
}

function aligned<T extends Token>(
  scope: string,
  reference: ArrayLike<T>,
  hypothesis: ArrayLike<T>,
): Alignment<T> {
  const operations = editsOf(scope, reference, hypothesis);
  const counts = countEdits(operations);
  let [r, h] = [0, 0];
  const pairs = operations.map((operation) => ({
    operation,
    reference: operation === 'insert' ? undefined : reference[r++],
    hypothesis: operation === 'delete' ? undefined : hypothesis[h++],
  }));
  return { errorRate: rateOf(counts), ...counts, pairs };
}
