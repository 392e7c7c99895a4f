import { memoryTokens, type TokenSource, type Vocabulary } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions } from '../refuse';
import { inModelsForm } from '../text/text-form';
import { checkTokens } from '../text/token-ids';

/** A text to score, in the form that the model reads. */
export interface ScoredText {
  /** The text itself, or the name of the file that contains it. */
  readonly name: string;
  readonly isFile: boolean;
  readonly tokens: TokenSource;
  /** Number of characters (code points). */
  readonly characters: number;
  /** The symbols of the tokens from `start` to `end`, exclusive, including those unknown to the model. */
  symbols(start: number, end: number): string[];
  close(): Promise<void>;
}

/** How to encode a text for the model. */
export interface EncodingOptions {
  readonly vocabulary: Vocabulary;
  /** Called with a line that names the tokens that are read as the unknown token. */
  readonly warn: (line: string) => void;
}

const KINDS: OptionKinds<EncodingOptions> = {
  vocabulary: 'object',
  warn: 'function',
};

/**
 * A text in memory.
 *
 * @param scope the name of the text in messages
 * @throws UnrolledError for tokens that the model has not seen, if it has no unknown token
 */
export function textToScore(scope: string, text: string, options: EncodingOptions): ScoredText {
  checkKind('textToScore', 'scope', scope, 'string');
  checkKind('textToScore', 'text', text, 'string');
  checkOptions('textToScore', options, KINDS);
  const { vocabulary, warn } = options;
  checkVocabulary('textToScore', vocabulary);
  const read = inModelsForm(scope, text, vocabulary, warn);
  const symbols = vocabulary.split(read);
  checkTokens(scope, new Set(symbols), vocabulary, warn);
  return {
    name: text,
    isFile: false,
    tokens: memoryTokens(vocabulary.encode(read)),
    characters: Array.from(read).length,
    symbols(start, end) {
      checkKind('symbols', 'start', start, 'integer of at least 0');
      checkKind('symbols', 'end', end, 'integer of at least 0');
      return symbols.slice(start, end);
    },
    close: async () => {},
  };
}
