import { broadcast_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BinaryArguments, type BinaryCode, UnaryArguments, type UnaryCode } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { joinAxes } from './axes';
import type { KernelHost } from './host';

/** Elements under which tfjs's own loop is as quick as the way into WebAssembly. */
const SMALL = 64;

/** An element of a function of two arrays takes as long as about this many multiply-adds. */
export const BINARY_WORK = 4;

/** Functions whose last bit is not tfjs's: the size of a batch must not decide who computes them. */
const OWN_BITS: ReadonlySet<UnaryCode> = new Set<UnaryCode>(['exp', 'sigmoid', 'tanh']);

/** A function of one array. */
export function unaryKernel(kind: UnaryCode): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const x = call.inputs.x!;
    const least = OWN_BITS.has(kind) ? 1 : SMALL;
    if (x.dtype !== 'float32' || util.sizeFromShape(x.shape) < least) return original(call);
    return runUnary(call.backend as UnrolledBackend, kind, x);
  };
}

/** Runs a function of one array of floats. */
export function runUnary(backend: KernelHost, kind: UnaryCode, x: TensorInfo): TensorInfo {
  const { engine } = backend;
  const count = util.sizeFromShape(x.shape);
  const xAt = backend.address(x, 'an elementwise input');
  const y = backend.makeResident(x.shape, 'an elementwise result');
  engine.write(UnaryArguments, { kind, count, x: xAt, y: y.address });
  engine.run('unary', engine.threadsFor(count * 8));
  return y;
}

/** A function of two arrays. */
export function binaryKernel(kind: BinaryCode): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const plan = planOf(a, b);
    return plan ? runBinary(call.backend as UnrolledBackend, kind, a, b, plan) : original(call);
  };
}

/** x², which is x · x. */
export function squareKernel(original: KernelFunc): KernelFunc {
  return (call) => {
    const x = call.inputs.x!;
    const plan = planOf(x, x);
    return plan ? runBinary(call.backend as UnrolledBackend, 'multiply', x, x, plan) : original(call);
  };
}

/**
 * Whether an operand has separate values for each row and column, and for each matrix if there are several,
 * or shares them.
 */
interface Moves {
  matrix?: boolean;
  row: boolean;
  column: boolean;
}

interface Plan {
  shape: number[];
  /** How many matrices the result is, one job each; default 1. */
  matrices?: number;
  rows: number;
  columns: number;
  a: Moves;
  b: Moves;
}

/** Bits of a joined axis: the operands that move along it. */
const A = 1;
const B = 2;

/** Elements of a matrix under which a job for each is no gain. */
const SMALL_MATRIX = 256;

/**
 * The result as a matrix or several, over which each operand has a value for each element, row or column, or
 * one for all; undefined for what tfjs's own kernel should do: other types, few elements, small matrices,
 * broadcasts that are not of that form.
 */
function planOf(a: TensorInfo, b: TensorInfo): Plan | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  if (util.sizeFromShape(shape) < SMALL) return undefined;
  const sizeAt = (tensor: TensorInfo, axis: number) => tensor.shape.at(axis - shape.length) ?? 1;
  const axes = joinAxes(shape, (axis) => (sizeAt(a, axis) > 1 ? A : 0) + (sizeAt(b, axis) > 1 ? B : 0));
  const [columns, rows, matrices] = [-1, -2, -3].map((at) => axes.at(at) ?? { size: 1, kind: 0 });
  if (axes.length > 3 || (axes.length === 3 && columns!.size * rows!.size < SMALL_MATRIX)) return undefined;
  const movesOf = (operand: number): Moves => ({
    matrix: (matrices!.kind & operand) > 0,
    row: (rows!.kind & operand) > 0,
    column: (columns!.kind & operand) > 0,
  });
  const sizes = { matrices: matrices!.size, rows: rows!.size, columns: columns!.size };
  return { shape, ...sizes, a: movesOf(A), b: movesOf(B) };
}

/** Runs a function of two arrays of floats. */
export function runBinary(
  backend: KernelHost,
  kind: BinaryCode,
  a: TensorInfo,
  b: TensorInfo,
  plan: Plan,
): TensorInfo {
  const { engine } = backend;
  const { shape, matrices = 1, rows, columns } = plan;
  const matrix = ({ matrix, row, column }: Moves) =>
    matrix ? 4 * (row ? rows : 1) * (column ? columns : 1) : 0;
  const stride = ({ row, column }: Moves) => (row ? (column ? columns : 1) : 0);
  const [aAt, bAt] = [backend.address(a, 'an elementwise input'), backend.address(b, 'an elementwise input')];
  const result = backend.makeResident(shape, 'an elementwise result');
  for (let at = 0; at < matrices; at++) {
    engine.write(BinaryArguments, {
      kind,
      rows,
      columns,
      x: aAt + at * matrix(plan.a),
      y: bAt + at * matrix(plan.b),
      z: result.address + 4 * at * rows * columns,
      xRow: stride(plan.a),
      yRow: stride(plan.b),
      xColumn: plan.a.column,
      yColumn: plan.b.column,
    });
    engine.run('binary', engine.threadsFor(rows * columns * BINARY_WORK));
  }
  return result;
}
