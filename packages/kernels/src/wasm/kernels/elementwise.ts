import { broadcast_util, type KernelFunc, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BinaryArguments, type BinaryCode, UnaryArguments, type UnaryCode } from '../../generated/abi';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { joinAxes } from './axes';
import type { KernelHost } from './host';

/** Number of elements below which tfjs's own loop is as fast as a call into WebAssembly. */
const SMALL = 64;

/** An element of a binary function takes about as long as this many multiply-adds. */
export const BINARY_WORK = 4;

/**
 * Functions whose last bit differs from tfjs's. They always run here, so that a result does not depend on the
 * batch size.
 */
const OWN_BITS: ReadonlySet<UnaryCode> = new Set<UnaryCode>(['exp', 'sigmoid', 'tanh']);

/** A unary elementwise kernel. */
export function unaryKernel(kind: UnaryCode): (original: KernelFunc) => KernelFunc {
  return (original) => (call) => {
    const x = call.inputs.x!;
    const least = OWN_BITS.has(kind) ? 1 : SMALL;
    if (x.dtype !== 'float32' || util.sizeFromShape(x.shape) < least) return original(call);
    return runUnary(call.backend as UnrolledBackend, kind, x);
  };
}

/** Applies a unary function to an array of floats. */
export function runUnary(backend: KernelHost, kind: UnaryCode, x: TensorInfo): TensorInfo {
  const { engine } = backend;
  const count = util.sizeFromShape(x.shape);
  const xAt = backend.address(x, 'the input of an elementwise op');
  const y = backend.makeResident(x.shape, 'the result of an elementwise op');
  engine.write(UnaryArguments, { kind, count, x: xAt, y: y.address });
  engine.run('unary', engine.threadsFor(count * 8));
  return y;
}

/** A binary elementwise kernel. */
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

/** Whether an operand has separate values for each row, each column and each matrix, or shares them. */
interface Moves {
  matrix?: boolean;
  row: boolean;
  column: boolean;
}

interface Plan {
  shape: number[];
  /** Number of matrices of the result, one job each; default 1. */
  matrices?: number;
  rows: number;
  columns: number;
  a: Moves;
  b: Moves;
}

/** Bits of a joined axis: the operands that vary along it. */
const A = 1;
const B = 2;

/** Number of elements of a matrix below which one job per matrix is no gain. */
const SMALL_MATRIX = 256;

/**
 * The result as one or several matrices; each operand has a value for each element, each row or each column,
 * or one for all. Undefined for cases left to tfjs's own kernel: other dtypes, few elements, small matrices,
 * other broadcasts.
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

/** Applies a binary function to two arrays of floats. */
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
  const [aAt, bAt] = [
    backend.address(a, 'an input of an elementwise op'),
    backend.address(b, 'an input of an elementwise op'),
  ];
  const result = backend.makeResident(shape, 'the result of an elementwise op');
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
