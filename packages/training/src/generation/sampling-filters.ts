/**
 * Filters of the ids that may be drawn. Weights are softmax numerators with a maximum of 1, not normalised. A
 * filter sets excluded weights to 0 and never excludes all. Filters run in the order of Hugging Face's
 * transformers: top-k, top-p, min-p (`_get_logits_processor` in `generation/utils.py`).
 */

/** Keeps the k largest weights (Fan, Lewis and Dauphin, ACL 2018); of equal weights the first. */
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
 * Keeps the nucleus: the smallest set of largest weights whose sum is at least the share `p` of the total
 * (Holtzman et al., ICLR 2020); of equal weights the first.
 */
export function keepTopP(weights: Float64Array, p: number): void {
  if (p >= 1) return;
  const total = sumOf(weights);
  // All ids below this share have together a probability below 1 − p, so none is in the nucleus (llama2.c).
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

/** Keeps weights of at least the share `p` of the largest one (Nguyen et al., 2024). */
export function keepMinP(weights: Float64Array, p: number): void {
  for (let id = 0; id < weights.length; id++) if (weights[id]! < p) weights[id] = 0;
}

/** The sum of the weights, added from first to last. */
export function sumOf(weights: Float64Array): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}
