import { random } from '@unrolled/cells';

/**
 * A small Korean grammar: a sentence is a topic, an object and a verb. As in Korean, the particle behind a
 * noun depends on its last syllable: 은 and 을 after a final consonant, 는 and 를 after a vowel. The nouns are
 * made up, of 600 syllables, each of which belongs to one noun alone; half of them end with a consonant.
 */
const NOUNS = Array.from({ length: 300 }, (_, index) => {
  const last = index % 2 === 0 ? 0 : 1 + (index % 26);
  return syllable(28 * index + 27) + syllable(28 * index + last);
});
const VERBS = ['본다', '찾는다', '좋아한다', '부른다', '기다린다'];

/** The syllables of Hangul in order; each 28th ends with a vowel. */
function syllable(number: number): string {
  return String.fromCodePoint(0xac00 + number);
}

const endsWithConsonant = (noun: string) => (noun.codePointAt(1)! - 0xac00) % 28 > 0;
const topic = (noun: string) => noun + (endsWithConsonant(noun) ? '은' : '는');
const object = (noun: string) => noun + (endsWithConsonant(noun) ? '을' : '를');

const TOPICS = new Set(NOUNS.map(topic));
const OBJECTS = new Set(NOUNS.map(object));

export function isKoreanSentence(sentence: string): boolean {
  const [first = '', second = '', verb = '', ...others] = sentence.split(' ');
  return TOPICS.has(first) && OBJECTS.has(second) && VERBS.includes(verb) && others.length === 0;
}

/** `count` sentences, one a line. */
export function koreanText(sentences: number, seed = 1): string {
  const draws = random(seed);
  // The first words are the commonest, as in any language.
  const pick = (words: readonly string[]) => words[Math.floor(draws.uniform() ** 3 * words.length)]!;
  return Array.from(
    { length: sentences },
    () => `${topic(pick(NOUNS))} ${object(pick(NOUNS))} ${pick(VERBS)}\n`,
  ).join('');
}
