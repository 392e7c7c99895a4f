import type { Vocabulary } from '@unrolled/data';
import { type OptionKinds, quoted } from '@unrolled/errors';
import type { CtcLanguageModel } from '@unrolled/training';
import type { LanguageModel } from '../architecture/architecture';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions, refuse } from '../refuse';
import { startIds } from '../text/token-ids';

/** A language model, and the classes of a recogniser. */
export interface CtcLanguageModelOptions {
  readonly model: LanguageModel;
  readonly params: unknown[];
  readonly vocabulary: Vocabulary;
  /**
   * The token of each class of the recogniser, in order; null for a class that is not a token, such as the
   * blank or noise. Tokens are written as in the model's text, for example in lower case.
   */
  readonly alphabet: readonly (string | null)[];
  /** α: the weight of the language model's ln P. */
  readonly weight: number;
  /** The ids before a text; default those of a line end. */
  readonly prime?: ArrayLike<number> | undefined;
  /**
   * The token that ends a text, such as `'\n'`. Its probability is added at the end of a row. Default none.
   */
  readonly end?: string | undefined;
}

const KINDS: OptionKinds<CtcLanguageModelOptions> = {
  model: 'object',
  params: 'array',
  vocabulary: 'object',
  alphabet: 'array',
  weight: 'number',
  prime: 'array or typed array?',
  end: 'string?',
};

/**
 * Prepares a language model of characters, bytes, words or subwords for `ctcBeamSearch` of
 * `@unrolled/training`. The recogniser's classes are mapped to tokens by their texts. A token that the model
 * has not seen is mapped to its unknown token.
 *
 * @throws UnrolledError for a token that the model has not seen, if it has no unknown token
 */
export function ctcLanguageModel(
  options: CtcLanguageModelOptions,
): CtcLanguageModel<unknown[], unknown[], 'ids'> {
  const scope = 'ctcLanguageModel';
  checkOptions(scope, options, KINDS);
  const { model, params, vocabulary, alphabet, weight, end } = options;
  checkVocabulary(scope, vocabulary);
  const { prime = startIds(vocabulary) } = options;
  const idOf = (token: string | null, what: string) => {
    if (token === null) return -1;
    checkKind(scope, what, token, 'string');
    const parts = vocabulary.has(token) ? [token] : vocabulary.split(token);
    if (parts.length === 1 && vocabulary.has(parts[0]!)) return vocabulary.id(parts[0]!);
    if (vocabulary.unknownId !== undefined) return vocabulary.unknownId;
    return refuse(scope, {
      expected: `${what} to be a ${vocabulary.unit} that the model has seen (${vocabulary.size} of them)`,
      got: quoted(token),
      remedy: 'pass null for this class, or train the model on a text that contains it',
    });
  };
  const ids = alphabet.map((token) => idOf(token, 'each of alphabet'));
  const stopAt = end === undefined ? undefined : idOf(end, 'end');
  return { model, params, prime, ids, weight, stopAt };
}
