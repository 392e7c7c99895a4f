/**
 * Row-major float32 arrays, mostly of one or two dimensions: the form of weights while their layout is
 * converted.
 */

export interface Matrix {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export const zeros = (shape: readonly number[]): Matrix => ({ shape, data: new Float32Array(count(shape)) });

/** [R, C] → [C, R] */
export function transpose({ shape, data }: Matrix): Matrix {
  const [rows, columns] = shape as [number, number];
  const transposed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      transposed[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { shape: [columns, rows], data: transposed };
}

/** [A, B, C] → [C, B, A], for an array of as many numbers. */
export function turned({ data }: Matrix, a: number, b: number, c: number): Matrix {
  const made = new Float32Array(data.length);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let k = 0; k < c; k++) made[(k * b + j) * a + i] = data[(i * b + j) * c + k]!;
  return { shape: [c, b, a], data: made };
}

/**
 * Converts our filter [taps, I, O] to that of PyTorch and ONNX, [O, I, taps]. Taps are one number, or rows
 * and columns.
 */
export function filterOf(kernel: Matrix): Matrix {
  const taps = kernel.shape.slice(0, -2);
  const [inputs, outputs] = kernel.shape.slice(-2) as [number, number];
  return reshape(turned(kernel, count(taps), inputs, outputs), [outputs, inputs, ...taps]);
}

/** Selects blocks of `size` along the last axis in the given order: [R, 3·size] → [R, order.length·size]. */
export function takeBlocks({ shape, data }: Matrix, size: number, order: readonly number[]): Matrix {
  const columns = shape[shape.length - 1]!;
  const rows = data.length / columns;
  const width = order.length * size;
  const taken = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    order.forEach((block, place) => {
      const start = row * columns + block * size;
      taken.set(data.subarray(start, start + size), row * width + place * size);
    });
  }
  return { shape: [...shape.slice(0, -1), width], data: taken };
}

/** Concatenates along the last axis: [R, C₁], [R, C₂] → [R, C₁ + C₂]. */
export function joinColumns(a: Matrix, b: Matrix): Matrix {
  if (a.shape.length === 1) return { shape: [a.data.length + b.data.length], data: joined(a.data, b.data) };
  const { shape, data } = joinRows(transpose(a), transpose(b));
  return transpose({ shape, data });
}

/** Concatenates along the first axis: [R₁, C], [R₂, C] → [R₁ + R₂, C]. */
export function joinRows(a: Matrix, b: Matrix): Matrix {
  return { shape: [a.shape[0]! + b.shape[0]!, a.shape[1]!], data: joined(a.data, b.data) };
}

/** Rows `start` to `end`, exclusive. */
export function takeRows({ shape, data }: Matrix, start: number, end: number): Matrix {
  const columns = shape[1]!;
  return { shape: [end - start, columns], data: data.slice(start * columns, end * columns) };
}

/** [N] → [1, N] and back, or any other shape with the same number of elements. */
export const reshape = ({ data }: Matrix, shape: readonly number[]): Matrix => ({ shape, data });

export function add(a: Matrix, b: Matrix): Matrix {
  return { shape: a.shape, data: a.data.map((value, index) => value + b.data[index]!) };
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

const count = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);
