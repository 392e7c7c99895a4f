/** Draws an index with the given probabilities, which sum to about 1. `uniform` is in [0, 1). */
export function drawFrom(probabilities: ArrayLike<number>, uniform: number): number {
  let rest = uniform;
  for (let index = 0; index < probabilities.length - 1; index++) {
    rest -= probabilities[index]!;
    if (rest < 0) return index;
  }
  return probabilities.length - 1;
}
