import { permutation } from '@unrolled/training';

/** Windows of scaled rows, and the scaled changes that followed each. */
export interface Examples {
  readonly count: number;
  /** [count, window, features] */
  readonly inputs: Float32Array;
  /** [count, outputs], the change from the window's last price to that of each step ahead */
  readonly targets: Float32Array;
}

/** The examples of each epoch in random order, in batches that differ in size by at most one. */
export function shuffledBatches(examples: Examples, batches: number, seed: number) {
  return (epoch: number) => {
    const order = permutation(examples.count, seed, epoch);
    return Array.from({ length: batches }, (_, at) =>
      pick(
        examples,
        order.subarray(
          Math.floor((at * examples.count) / batches),
          Math.floor(((at + 1) * examples.count) / batches),
        ),
      ),
    );
  };
}

/** The examples in their own order, in pieces of at most `size`. */
export function inPieces(examples: Examples, size: number): Examples[] {
  const all = Uint32Array.from({ length: examples.count }, (_, at) => at);
  return Array.from({ length: Math.ceil(examples.count / size) }, (_, at) =>
    pick(examples, all.subarray(at * size, (at + 1) * size)),
  );
}

function pick({ count, inputs, targets }: Examples, order: Uint32Array): Examples {
  const take = (values: Float32Array) => {
    const width = values.length / count;
    const taken = new Float32Array(order.length * width);
    order.forEach((example, at) => {
      taken.set(values.subarray(example * width, (example + 1) * width), at * width);
    });
    return taken;
  };
  return { count: order.length, inputs: take(inputs), targets: take(targets) };
}
