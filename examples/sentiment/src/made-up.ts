import { type Opinion, type Split, splitByHash } from '@unrolled/example-data';

const TOPICS = 'story,music,cast,ending,dialogue,camera,humour,second half'.split(',');
const ADVERBS = 'always,really,simply,often'.split(',');
const GLAD = 'moving,funny,clever,gripping,charming,fresh'.split(',');
const ANGRY = 'dull,clumsy,tired,shallow,tedious,stale'.split(',');

/**
 * 3,000 sentences that the program makes up: two clauses, of which the last decides. "The story was not dull,
 * but the ending was stale" is angry.
 */
export function madeUpOpinions(): Split<Opinion> {
  let state = 1;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (list: readonly string[]) => list[draw(list.length)]!;
  const clause = (isGlad: boolean) => {
    const isTurned = draw(3) === 0;
    const word = pick(isGlad === isTurned ? ANGRY : GLAD);
    return `the ${pick(TOPICS)} was ${isTurned ? 'not' : pick(ADVERBS)} ${word}`;
  };
  const texts = new Map<string, boolean>();
  while (texts.size < 3000) {
    const [isFirst, isGlad] = [draw(2) === 0, draw(2) === 0];
    const text = `${clause(isFirst)}, ${isFirst === isGlad ? 'and' : 'but'} ${clause(isGlad)}`;
    texts.set(`${text[0]!.toUpperCase()}${text.slice(1)}.`, isGlad);
  }
  const opinions = Array.from(texts, ([text, isGlad]) => ({ text, isGlad }));
  return splitByHash(opinions, ({ text }) => text, { test: 300, validation: 300 });
}
