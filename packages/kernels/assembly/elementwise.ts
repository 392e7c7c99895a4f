/**
 * Functions of one array, whose range threads split, and of two, on one thread: memory is what limits them.
 */
import { rangeBoundary } from './sequence';
import { exp4, loadFloats, sigmoid4, storeFloats, tanh4 } from './vector-math';

export const EXP: i32 = 0;
export const SIGMOID: i32 = 1;
export const TANH: i32 = 2;
export const SQUARE_ROOT: i32 = 3;

@unmanaged
export class UnaryArguments {
  kind: i32;
  count: i32;
  x: usize;
  y: usize;
}

export function unary(args: UnaryArguments, index: i32, threads: i32): void {
  const groups = (args.count + 3) >> 2;
  const first = rangeBoundary(groups, index, threads) << 2;
  const end = min(args.count, rangeBoundary(groups, index + 1, threads) << 2);
  for (let j = first; j < end; j += 4) {
    const o = (<usize>j) << 2;
    const x = loadFloats(args.x + o, end - j);
    const y =
      args.kind === EXP
        ? exp4(x)
        : args.kind === SIGMOID
          ? sigmoid4(x)
          : args.kind === TANH
            ? tanh4(x)
            : f32x4.sqrt(x);
    storeFloats(args.y + o, y, end - j);
  }
}

export const ADD: i32 = 0;
export const SUBTRACT: i32 = 1;
export const MULTIPLY: i32 = 2;
export const DIVIDE: i32 = 3;

/**
 * z = x ∘ y, z [rows, columns]. An operand has a value for each element, or one for each row, for each
 * column, or for all.
 */
@unmanaged
export class BinaryArguments {
  kind: i32;
  rows: i32;
  columns: i32;
  x: usize;
  y: usize;
  z: usize;
  /** Floats from one row to the next; 0 where all rows share theirs. */
  xRow: i32;
  yRow: i32;
  /** 1, or 0 where a row has one value. */
  xColumn: i32;
  yColumn: i32;
}

/** @inline */
function operand(row: usize, column: i32, j: i32, count: i32): v128 {
  return column ? loadFloats(row + ((<usize>j) << 2), count) : v128.load32_splat(row);
}

export function binary(args: BinaryArguments): void {
  const kind = args.kind;
  const columns = args.columns;
  for (let r: usize = 0; r < <usize>args.rows; r++) {
    const x = args.x + ((r * <usize>args.xRow) << 2);
    const y = args.y + ((r * <usize>args.yRow) << 2);
    const z = args.z + ((r * <usize>columns) << 2);
    for (let j = 0; j < columns; j += 4) {
      const a = operand(x, args.xColumn, j, columns - j);
      const b = operand(y, args.yColumn, j, columns - j);
      const c =
        kind === ADD
          ? f32x4.add(a, b)
          : kind === SUBTRACT
            ? f32x4.sub(a, b)
            : kind === MULTIPLY
              ? f32x4.mul(a, b)
              : f32x4.div(a, b);
      storeFloats(z + ((<usize>j) << 2), c, columns - j);
    }
  }
}
