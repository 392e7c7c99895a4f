/**
 * The JavaScript that a plan runs between jobs. It copies values, and sets values past rows' lengths to zero.
 */
import { type BinaryCode, SumArguments } from '../../generated/abi';
import { copyRows } from '../kernels/copy-rows';
import { runBinary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import { sumPlan } from '../kernels/sum';
import type { Pass } from './pass';

/** Number of floats below which a call of `copyWithin` takes longer than a loop. */
const SHORT = 32;

function copy(floats: Float32Array, to: number, from: number, size: number): void {
  if (size > SHORT) floats.copyWithin(to, from, from + size);
  else for (let i = 0; i < size; i++) floats[to + i] = floats[from + i]!;
}

/**
 * The number of valid steps of a row in the current run; `steps` is 1 after the time axis has been reduced.
 */
function lengthOf({ host, hasLengths, time }: Pass, row: number, steps = time): number {
  return hasLengths ? Math.min(host.integers[host.rowLengths / 4 + row]!, steps) : steps;
}

/** Rows, steps and width of [B, T, n], or of [B, n] as one step. */
export function sizesOf({ shape }: Resident): [rows: number, steps: number, width: number] {
  return shape.length === 3 ? (shape as [number, number, number]) : [shape[0]!, 1, shape[1]!];
}

/** Writes zeros past each row's length, in place. */
export function zeroPast(pass: Pass, tensor: Resident): void {
  if (!pass.hasLengths) return;
  const { host } = pass;
  const [rows, steps, width] = sizesOf(tensor);
  host.between(() => {
    const start = host.now(tensor) / 4;
    for (let row = 0; row < rows; row++) {
      const valid = lengthOf(pass, row, steps);
      if (valid < steps)
        host.floats.fill(0, start + (row * steps + valid) * width, start + (row + 1) * steps * width);
    }
  });
}

/** A copy with zeros past each row's length. */
export function copyValid(pass: Pass, tensor: Resident): Resident {
  const { host } = pass;
  const [rows, steps, width] = sizesOf(tensor);
  const made = host.makeResident(tensor.shape);
  host.between(() => {
    const { floats } = host;
    const from = host.now(tensor) / 4;
    const to = made.address / 4;
    for (let row = 0; row < rows; row++) {
      const start = row * steps * width;
      const end = start + lengthOf(pass, row, steps) * width;
      floats.copyWithin(to + start, from + start, from + end);
      floats.fill(0, to + end, to + start + steps * width);
    }
  });
  return made;
}

/** Each row's last valid step [B, n]; zeros for a row of length 0. */
export function lastSteps(pass: Pass, sequence: Resident): Resident {
  const { host } = pass;
  const [rows, steps, width] = sizesOf(sequence);
  const made = host.makeResident([rows, width]);
  const [from, to] = [sequence.address / 4, made.address / 4];
  host.between(() => {
    const { floats } = host;
    for (let row = 0; row < rows; row++) {
      const length = lengthOf(pass, row);
      if (length === 0) floats.fill(0, to + row * width, to + (row + 1) * width);
      else copy(floats, to + row * width, from + (row * steps + length - 1) * width, width);
    }
  });
  return made;
}

/** The gradient of `lastSteps`: [B, T, n], zero except at each row's last valid step. */
export function spreadLast(pass: Pass, gradient: Resident, shape: readonly number[]): Resident {
  const { host } = pass;
  const made = host.makeResident(shape);
  const [rows, steps, width] = sizesOf(made);
  const [from, to] = [gradient.address / 4, made.address / 4];
  host.between(() => {
    const { floats } = host;
    floats.fill(0, to, to + rows * steps * width);
    for (let row = 0; row < rows; row++) {
      const length = lengthOf(pass, row);
      if (length > 0) copy(floats, to + (row * steps + length - 1) * width, from + row * width, width);
    }
  });
  return made;
}

/** A function of the elements of two tensors of one shape. */
export function elementwise({ host }: Pass, kind: BinaryCode, a: Resident, b: Resident): Resident {
  const whole = { row: true, column: true };
  const columns = a.shape.reduce((size, extent) => size * extent, 1);
  const plan = { shape: a.shape, rows: 1, columns, a: whole, b: whole };
  return runBinary(host, kind, a, b, plan) as Resident;
}

/** a + b. */
export const addTo = (pass: Pass, a: Resident, b: Resident) => elementwise(pass, 'add', a, b);

/** [rows, columns] → [columns, rows] */
export function transposed(
  { host }: Pass,
  tensor: Resident,
  [rows, columns]: readonly [number, number],
): Resident {
  const made = host.makeResident([columns, rows]);
  host.between(() => {
    const { floats } = host;
    const [from, to] = [host.now(tensor) / 4, made.address / 4];
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        floats[to + column * rows + row] = floats[from + row * columns + column]!;
  });
  return made;
}

/** Concatenates tensors along the last axis. */
export function sideBySide({ host }: Pass, tensors: readonly Resident[]): Resident {
  const [rows, steps] = sizesOf(tensors[0]!);
  const widths = tensors.map((tensor) => tensor.shape.at(-1)!);
  const width = widths.reduce((sum, own) => sum + own, 0);
  const made = host.makeResident([...tensors[0]!.shape.slice(0, -1), width]);
  let y = made.address;
  for (const [index, { address: x }] of tensors.entries()) {
    const own = widths[index]!;
    copyRows(host, { rows: rows * steps, width: own, xStride: own, yStride: width, x, y });
    y += 4 * own;
  }
  return made;
}

/** The inverse of `sideBySide`. */
export function takenApart({ host }: Pass, whole: Resident, widths: readonly number[]): Resident[] {
  const [rows, steps, width] = sizesOf(whole);
  const parts = widths.map((own) => host.makeResident([...whole.shape.slice(0, -1), own]));
  let xStart = 0;
  for (const [index, { address: y }] of parts.entries()) {
    const own = widths[index]!;
    copyRows(host, {
      rows: rows * steps,
      width: own,
      xStart,
      xStride: width,
      yStride: own,
      x: whole.address,
      y,
    });
    xStart += own;
  }
  return parts;
}

/** The sum of rows, [n, width] → [width], rounded like tfjs's op. */
export function sumOfRows({ host }: Pass, x: Resident): Resident {
  const width = x.shape.at(-1)!;
  const rows = x.shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const y = host.makeResident([width]);
  const plan = sumPlan([rows, width], [0]);
  if (plan) {
    host.engine.write(SumArguments, {
      rows,
      columns: width,
      alongRows: plan.alongRows,
      x: x.address,
      y: y.address,
    });
    host.engine.run('sum', 1);
    return y;
  }
  host.between(() => {
    const { floats } = host;
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += floats[x.address / 4 + row * width + column]!;
      floats[y.address / 4 + column] = sum;
    }
  });
  return y;
}
