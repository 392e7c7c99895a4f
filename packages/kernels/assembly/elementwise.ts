/**
 * Unary and binary elementwise functions. Threads split the range of a unary function. For a binary function
 * they split the rows, or the columns if there are more columns.
 */
import { BinaryArguments, BinaryCode, UnaryArguments, UnaryCode } from './generated/abi';
import { candidateOf, candidateSlope } from './minimal-gates';
import { rangeBoundary } from './sequence';
import { exp4, loadFloats, sigmoid4, storeFloats, tanh4 } from './vector-math';

export function unary(args: UnaryArguments, index: i32, threads: i32): void {
  const groups = (args.count + 3) >> 2;
  const first = rangeBoundary(groups, index, threads) << 2;
  const end = min(args.count, rangeBoundary(groups, index + 1, threads) << 2);
  for (let j = first; j < end; j += 4) {
    const o = (<usize>j) << 2;
    const x = loadFloats(args.x + o, end - j);
    const y =
      args.kind === UnaryCode.exp
        ? exp4(x)
        : args.kind === UnaryCode.sigmoid
          ? sigmoid4(x)
          : args.kind === UnaryCode.tanh
            ? tanh4(x)
            : args.kind === UnaryCode.squareRoot
              ? f32x4.sqrt(x)
              : args.kind === UnaryCode.negate
                ? f32x4.neg(x)
                : candidateOf(x, sigmoid4(x));
    storeFloats(args.y + o, y, end - j);
  }
}

/** @inline */
function operand(row: usize, column: i32, j: i32, count: i32): v128 {
  return column ? loadFloats(row + ((<usize>j) << 2), count) : v128.load32_splat(row);
}

/** Two lanes of a · (1 − b²), in float64. @inline */
function wideLanes(a: v128, b: v128): v128 {
  const x = f64x2.promote_low_f32x4(a);
  const y = f64x2.promote_low_f32x4(b);
  return f32x4.demote_f64x2_zero(f64x2.mul(x, f64x2.sub(f64x2.splat(1), f64x2.mul(y, y))));
}

/** @inline */
function wideTanhGradient(a: v128, b: v128): v128 {
  const high = wideLanes(v128.shuffle<i64>(a, a, 1, 0), v128.shuffle<i64>(b, b, 1, 0));
  return v128.shuffle<i64>(wideLanes(a, b), high, 0, 2);
}

export function binary(args: BinaryArguments, index: i32, threads: i32): void {
  const kind = args.kind;
  const columns = args.columns;
  const groups = (columns + 3) >> 2;
  const byRows = args.rows > groups;
  const first = byRows ? 0 : rangeBoundary(groups, index, threads) << 2;
  const end = byRows ? columns : min(columns, rangeBoundary(groups, index + 1, threads) << 2);
  const lastRow = <usize>(byRows ? rangeBoundary(args.rows, index + 1, threads) : args.rows);
  for (let r = <usize>(byRows ? rangeBoundary(args.rows, index, threads) : 0); r < lastRow; r++) {
    const x = args.x + ((r * <usize>args.xRow) << 2);
    const y = args.y + ((r * <usize>args.yRow) << 2);
    const z = args.z + ((r * <usize>columns) << 2);
    for (let j = first; j < end; j += 4) {
      const a = operand(x, args.xColumn, j, columns - j);
      const b = operand(y, args.yColumn, j, columns - j);
      const c =
        kind === BinaryCode.add
          ? f32x4.add(a, b)
          : kind === BinaryCode.subtract
            ? f32x4.sub(a, b)
            : kind === BinaryCode.multiply
              ? f32x4.mul(a, b)
              : kind === BinaryCode.divide
                ? f32x4.div(a, b)
                : kind === BinaryCode.positiveGradient
                  ? f32x4.mul(a, candidateSlope(b, sigmoid4(b)))
                  : kind === BinaryCode.tanhGradient
                    ? f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)))
                    : wideTanhGradient(a, b);
      storeFloats(z + ((<usize>j) << 2), c, end - j);
    }
  }
}
