/**
 * Which ids a draw may give. Weights are softmax numerators, not normalised, the largest of them 1; a filter
 * sets the others to 0 and never all of them. They run in the order of Hugging Face's transformers: top-k,
 * top-p, min-p (`_get_logits_processor` in `generation/utils.py`).
 */

/** Leaves the k largest weights (Fan, Lewis and Dauphin, ACL 2018); of equal ones the first. */
export function keepTopK(weights: Float64Array, k: number): void {
  if (k >= weights.length) return;
  const kth = weights.slice().sort()[weights.length - k]!;
  let larger = 0;
  for (const weight of weights) if (weight > kth) larger += 1;
  let room = k - larger;
  for (let id = 0; id < weights.length; id++) {
    if (weights[id]! > kth) continue;
    if (weights[id] === kth && room > 0) room -= 1;
    else weights[id] = 0;
  }
}

/**
 * Leaves the nucleus: the fewest of the largest weights that make up at least the share `p` of their sum
 * (Holtzman et al., ICLR 2020); of equal ones the first.
 */
export function keepTopP(weights: Float64Array, p: number): void {
  if (p >= 1) return;
  const total = sumOf(weights);
  // All ids below this share together have less than 1 − p: none is in the nucleus (llama2.c).
  const least = ((1 - p) * total) / weights.length;
  const ids: number[] = [];
  for (let id = 0; id < weights.length; id++) if (weights[id]! >= least) ids.push(id);
  ids.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const nucleus = new Map<number, number>();
  let sum = 0;
  for (const id of ids) {
    sum += weights[id]!;
    nucleus.set(id, weights[id]!);
    if (sum >= p * total) break;
  }
  weights.fill(0);
  for (const [id, weight] of nucleus) weights[id] = weight;
}

/** Leaves the weights of at least the share `p` of the largest one (Nguyen et al., 2024). */
export function keepMinP(weights: Float64Array, p: number): void {
  for (let id = 0; id < weights.length; id++) if (weights[id]! < p) weights[id] = 0;
}

/** The sum from the first to the last. */
export function sumOf(weights: Float64Array): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
