import type { Vocabulary } from '@unrolled/data';
import { quoted } from '@unrolled/errors';
import { grownVocabulary, unitsOf } from '@unrolled/language-model';
import { refuse } from '../refuse';
import type { Beginning } from '../settings/read-layers';
import type { TextCorpus } from '../text/corpus';

/**
 * The vocabulary of the initial or resumed model, with which the text is read; undefined for a new vocabulary
 * from the text.
 *
 * @param grows whether tokens that the model lacks are added to it
 * @param tell receives a line with the tokens that are added, or read as the unknown token
 * @throws UnrolledError naming the tokens that the model lacks, if they can be neither added nor read as
 *   unknown
 */
export function startingVocabulary(
  { resumed, initFrom }: Pick<Beginning, 'resumed' | 'initFrom'>,
  { symbols }: Pick<TextCorpus, 'symbols'>,
  grows: boolean,
  tell: (line: string) => void,
): Vocabulary | undefined {
  const vocabulary = (resumed?.model ?? initFrom)?.vocabulary;
  if (vocabulary === undefined) return undefined;
  const missing = symbols.filter((symbol) => !vocabulary.has(symbol));
  if (missing.length === 0) return vocabulary;
  // A text with new characters is refused: it is not the text of the run.
  if (resumed) return vocabulary.unknownId === undefined ? undefined : vocabulary;
  const units = unitsOf(vocabulary);
  const words = `${missing.length} ${units} that the model has not seen, ${listed(missing)}`;
  if (grows) {
    tell(`added to the model's ${vocabulary.size} ${units}: ${words}`);
    return grownVocabulary(vocabulary, missing);
  }
  if (vocabulary.unknownId !== undefined) {
    tell(`read as the unknown token: ${words}; set --grow-vocabulary to add them to the model`);
    return vocabulary;
  }
  return refuse('--init-from', {
    expected: `a text of only the model's ${vocabulary.size} ${units}`,
    got: words,
    remedy: 'set --grow-vocabulary to add them to the model',
  });
}

function listed(tokens: readonly string[]): string {
  const shown = tokens.slice(0, 10).map(quoted).join(', ');
  return tokens.length > 10 ? `${shown} …` : shown;
}
