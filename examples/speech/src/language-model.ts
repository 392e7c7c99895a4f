import type { InputKind } from '@unrolled/cells';
import { loadModel } from '@unrolled/language-model/node';
import type { CtcLanguageModel } from '@unrolled/training';
import type { Alphabet } from './alphabet';
import type { Recogniser, Search } from './network';
import { refuse } from './refuse';
import type { UseOptions } from './runs';

/**
 * A char-rnn checkpoint as a language model of the texts. It reads lines, so a line end starts and ends a
 * text. The caller disposes its parameters.
 *
 * @throws UnrolledError if it is not a model of characters, or has no line end in its vocabulary
 */
export async function openLanguageModel(
  file: string,
  { unit, labels }: Alphabet,
  weight: number,
): Promise<CtcLanguageModel<unknown, unknown, InputKind>> {
  const { model, params, vocabulary } = await loadModel('--language-model', file);
  const idOf = (label: string) => (vocabulary.has(label) ? vocabulary.encode([label])[0]! : -1);
  const end = idOf('\n');
  if (unit !== 'character' || end < 0) {
    const expected = 'a char-rnn checkpoint of lines of letters, for a recogniser of characters';
    const got =
      unit === 'character' ? `${file}, whose vocabulary has no line end` : 'a recogniser of phonemes';
    refuse('--language-model', {
      expected,
      got,
      remedy: 'train one on the run’s texts.txt, or omit the option',
    });
  }
  return { model, params, prime: [end], stopAt: end, ids: [-1, ...labels.map(idOf)], weight } as never;
}

/** The options of a text search. The caller disposes the parameters of a language model. */
export async function searchOf({ alphabet }: Recogniser, options: UseOptions, best = 1): Promise<Search> {
  const { beam, languageModel: file, weight, bonus: lengthBonus } = options;
  const width = Math.max(best, beam);
  if (!file) return { width, best };
  return { width, best, lengthBonus, languageModel: await openLanguageModel(file, alphabet, weight) };
}
