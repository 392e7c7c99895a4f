/** Counts of n-grams. */
export type Counts = ReadonlyMap<string, number>;

/** Counts the n-grams of words. Their words are joined by a space, which no word contains. */
export function wordNgrams(words: readonly string[], n: number): Counts {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= words.length; start++) {
    count(counts, words.slice(start, start + n).join(' '));
  }
  return counts;
}

/** Counts the n-grams of characters (code points). */
export function characterNgrams(text: string, starts: readonly number[], n: number): Counts {
  const counts = new Map<string, number>();
  for (let first = 0; first + n < starts.length; first++) {
    count(counts, text.slice(starts[first]!, starts[first + n]!));
  }
  return counts;
}

/** The start of each character (code point) of a text, followed by the end of the text. */
export function characterStarts(text: string): number[] {
  const starts = [0];
  for (const character of text) starts.push(starts.at(-1)! + character.length);
  return starts;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Number of n-grams. */
export function totalOf(counts: Counts): number {
  let total = 0;
  for (const value of counts.values()) total += value;
  return total;
}

/** Number of common n-grams: the sum of the smaller count of each. */
export function matchesOf(a: Counts, b: Counts): number {
  let matches = 0;
  for (const [key, value] of a) matches += Math.min(value, b.get(key) ?? 0);
  return matches;
}
