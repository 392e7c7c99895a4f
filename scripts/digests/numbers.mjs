// Random numbers that depend on a seed alone, and digests of bytes.
import { createHash } from 'node:crypto';

/** The minimal standard generator (Park and Miller, 1988): a function that gives numbers in (0, 1). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * A digest of everything that was added, in order: the names of tensors are no part of it, their shapes are.
 */
export class Digest {
  #hash = createHash('sha256');

  /** Adds a typed array, with its shape where it has one. */
  addValues(values, shape = [values.length]) {
    this.#hash.update(`${values.constructor.name} [${shape}]\n`);
    this.#hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return this;
  }

  /** Adds numbers to their last bit. */
  addNumbers(numbers) {
    return this.addValues(Float64Array.from(numbers));
  }

  addText(text) {
    this.#hash.update(`${text}\n`);
    return this;
  }

  /** Adds tensors, in the order of the record, array or single one that holds them. */
  addTensors(tensors) {
    for (const tensor of tensors) this.addValues(tensor.dataSync(), tensor.shape);
    return this;
  }

  /** Adds what `snapshot()` gives for a tree of tensors. */
  addRecord(record) {
    for (const { data, shape } of Object.values(record)) this.addValues(data, shape);
    return this;
  }

  toString() {
    return this.#hash.digest('hex');
  }
}
