/** What a plan does in JavaScript between jobs: it moves numbers, and puts zeros past rows' lengths. */
import { runBinary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import type { Pass } from './parts';

/** Floats under which a call of `copyWithin` takes longer than a loop. */
const SHORT = 32;

function copy(floats: Float32Array, to: number, from: number, size: number): void {
  if (size > SHORT) floats.copyWithin(to, from, from + size);
  else for (let i = 0; i < size; i++) floats[to + i] = floats[from + i]!;
}

/** Each row's valid steps while a step runs; one step at most after the end of the time axis. */
function lengthOf({ host, hasLengths, time }: Pass, row: number, steps = time): number {
  return hasLengths ? Math.min(host.integers[host.rowLengths / 4 + row]!, steps) : steps;
}

/** Rows, steps and width of [B, T, n], or of [B, n] as one step. */
function sizesOf({ shape }: Resident): [rows: number, steps: number, width: number] {
  return shape.length === 3 ? (shape as [number, number, number]) : [shape[0]!, 1, shape[1]!];
}

/** Puts zeros past each row's length, in place. */
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

/** The gradient of that: [B, T, n], all zeros but for each row's last valid step. */
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

/** a + b. */
export function addTo({ host }: Pass, a: Resident, b: Resident): Resident {
  const whole = { row: true, column: true };
  const columns = a.shape.reduce((size, extent) => size * extent, 1);
  const plan = { shape: a.shape, rows: 1, columns, a: whole, b: whole };
  return runBinary(host, 'add', a, b, plan) as Resident;
}
