// Random numbers that depend only on a seed, and digests of bytes.
import { createHash } from 'node:crypto';

/** The minimal standard generator (Park and Miller, 1988): a function that returns numbers in (0, 1). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * A digest of everything that was added, in order. It includes the shapes of tensors, but not their names.
 */
export class Digest {
  #hash = createHash('sha256');

  /** Adds a typed array, with its shape if it has one. */
  addValues(values, shape = [values.length]) {
    this.#hash.update(`${values.constructor.name} [${shape}]\n`);
    this.#hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return this;
  }

  /** Adds numbers exactly, to the last bit. */
  addNumbers(numbers) {
    return this.addValues(Float64Array.from(numbers));
  }

  addText(text) {
    this.#hash.update(`${text}\n`);
    return this;
  }

  /** Adds tensors, in the order of the record or array that contains them. */
  addTensors(tensors) {
    for (const tensor of tensors) this.addValues(tensor.dataSync(), tensor.shape);
    return this;
  }

  /** Adds the result of `snapshot()` for a tree of tensors. */
  addRecord(record) {
    for (const { data, shape } of Object.values(record)) this.addValues(data, shape);
    return this;
  }

  toString() {
    return this.#hash.digest('hex');
  }
}
