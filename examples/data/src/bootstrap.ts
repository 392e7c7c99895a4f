/**
 * The range of differences between two scores over the same examples, given that the examples are a random
 * sample.
 */
export interface Comparison {
  /** The middle 95 % of the differences of the means (first − second). */
  readonly difference: readonly [number, number];
  /** The middle 95 % of the ratios of the means (first ÷ second). */
  readonly ratio: readonly [number, number];
}

/**
 * A paired bootstrap (Koehn, 2004): repeatedly draws as many examples as there are, with replacement, and
 * compares the means of both scores.
 *
 * @param draw numbers in [0, 1)
 */
export function pairedBootstrap(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  draw: () => number,
  rounds = 10_000,
): Comparison {
  const [differences, ratios] = [new Float64Array(rounds), new Float64Array(rounds)];
  for (let round = 0; round < rounds; round++) {
    let [a, b] = [0, 0];
    for (let drawn = 0; drawn < first.length; drawn++) {
      const at = Math.floor(draw() * first.length);
      a += first[at]!;
      b += second[at]!;
    }
    differences[round] = (a - b) / first.length;
    ratios[round] = a / b;
  }
  return { difference: middle(differences), ratio: middle(ratios) };
}

function middle(values: Float64Array): [number, number] {
  values.sort();
  return [values[Math.floor(0.025 * values.length)]!, values[Math.ceil(0.975 * values.length) - 1]!];
}
