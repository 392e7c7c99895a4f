import { type Opinion, type Split, splitByHash } from '@unrolled/example-data';

const TOPICS = 'story,music,cast,ending,dialogue,camera,humour,second half'.split(',');
const ADVERBS = 'always,really,simply,often'.split(',');
const POSITIVE = 'moving,funny,clever,gripping,charming,fresh'.split(',');
const NEGATIVE = 'dull,clumsy,tired,shallow,tedious,stale'.split(',');

/**
 * 3,000 generated sentences of two clauses. The last clause determines the label: "The story was not dull,
 * but the ending was stale" is negative.
 */
export function madeUpOpinions(): Split<Opinion> {
  let state = 1;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (list: readonly string[]) => list[draw(list.length)]!;
  const clause = (isPositive: boolean) => {
    const isTurned = draw(3) === 0;
    const word = pick(isPositive === isTurned ? NEGATIVE : POSITIVE);
    return `the ${pick(TOPICS)} was ${isTurned ? 'not' : pick(ADVERBS)} ${word}`;
  };
  const texts = new Map<string, boolean>();
  while (texts.size < 3000) {
    const [isFirst, isPositive] = [draw(2) === 0, draw(2) === 0];
    const text = `${clause(isFirst)}, ${isFirst === isPositive ? 'and' : 'but'} ${clause(isPositive)}`;
    texts.set(`${text[0]!.toUpperCase()}${text.slice(1)}.`, isPositive);
  }
  const opinions = Array.from(texts, ([text, isPositive]) => ({ text, isPositive }));
  return splitByHash(opinions, ({ text }) => text, { test: 300, validation: 300 });
}
