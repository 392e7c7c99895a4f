import { createHash } from 'node:crypto';

/** `count` sentences of three to six words, drawn from a seed. */
export function drawnWords(words: readonly string[], count: number, seed: string): string[] {
  const draw = (place: string) => createHash('sha256').update(`${seed} ${place}`).digest().readUInt32BE();
  return Array.from({ length: count }, (_, index) => {
    const length = 3 + (draw(`${index}`) % 4);
    return Array.from({ length }, (_, place) => words[draw(`${index} ${place}`) % words.length]!).join(' ');
  });
}
