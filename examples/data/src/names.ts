import { type Emoji, LANGUAGES, type Language } from './emoji';
import { refuse } from './refuse';
import { learnSide, type Side } from './side';

/**
 * How names are encoded: subwords of all languages together, then an end mark and a token for each language.
 */
export interface Names {
  readonly side: Side;
  readonly languages: readonly Language[];
}

export const endOf = ({ side }: Names) => side.vocabulary.size;
export const markOf = ({ side, languages }: Names, language: Language) =>
  side.vocabulary.size + 1 + languages.indexOf(language);
/** Number of all tokens. */
export const tokensOf = ({ side, languages }: Names) => side.vocabulary.size + 1 + languages.length;

/** Learns the subwords of all names in some languages. */
export function learnNames(emoji: readonly Emoji[], languages: readonly Language[]): Names {
  const names = emoji.flatMap((one) => languages.map((language) => one.names[language]));
  return { side: learnSide('subword', names), languages };
}

/** Parses `en,ko` as distinct known languages. */
export function languagesOf(given: string, known: readonly Language[] = LANGUAGES): Language[] {
  const asked = given.split(',').map((one) => one.trim());
  const wrong = asked.find((one) => !(known as readonly string[]).includes(one));
  const remedy = 'choose from these, separated by commas';
  if (wrong !== undefined)
    refuse('--languages', { expected: `languages of ${known.join(', ')}`, got: wrong || 'none', remedy });
  return [...new Set(asked)] as Language[];
}
