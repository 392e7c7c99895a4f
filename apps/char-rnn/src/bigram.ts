/**
 * The baseline that a recurrent model has to beat: the next character guessed from the one before it, smoothed after
 * Witten and Bell (1991), as Chen and Goodman (1999) interpolate it:
 *
 *     p(b | a) = (n(a, b) + t(a) · p(b)) / (n(a) + t(a))      t(a): how many different characters follow a
 *     p(b)     = (n(b) + t · 1/V) / (n + t)                   t: how many different characters occur
 *
 * It has nothing to tune, and every character of the vocabulary keeps a probability above 0.
 */
export interface Bigram {
  /** The mean −ln p of `ids[index]` after `ids[index − 1]`, for each index from 1 on, in nats per character. */
  loss(ids: Int32Array): number;
}

/**
 * Counts the pairs of a text.
 *
 * @param ids the training part, each id in 0 … vocabularySize − 1
 * @param vocabularySize V, the same as the model's, so that both share out their probability among the same characters
 */
export function fitBigram(ids: Int32Array, vocabularySize: number): Bigram {
  const followed = new Float64Array(vocabularySize); // n(a)
  const followers = new Float64Array(vocabularySize); // t(a)
  const occurrences = new Float64Array(vocabularySize); // n(b)
  const pairs = new Map<number, number>(); // a · V + b → n(a, b)
  let distinct = 0;
  for (let index = 0; index < ids.length; index++) {
    const id = ids[index]!;
    if (occurrences[id]! === 0) distinct += 1;
    occurrences[id]! += 1;
    if (index === 0) continue;
    const before = ids[index - 1]!;
    const pair = before * vocabularySize + id;
    const count = pairs.get(pair) ?? 0;
    if (count === 0) followers[before]! += 1;
    pairs.set(pair, count + 1);
    followed[before]! += 1;
  }
  const unigram = (id: number) =>
    (occurrences[id]! + distinct / vocabularySize) / (ids.length + distinct || 1);
  const probability = (before: number, id: number) => {
    const weight = followed[before]! + followers[before]!;
    if (weight === 0) return unigram(id);
    const count = pairs.get(before * vocabularySize + id) ?? 0;
    return (count + followers[before]! * unigram(id)) / weight;
  };
  return {
    loss(text) {
      let sum = 0;
      for (let index = 1; index < text.length; index++)
        sum -= Math.log(probability(text[index - 1]!, text[index]!));
      return sum / (text.length - 1);
    },
  };
}
