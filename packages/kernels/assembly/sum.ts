/**
 * Sums of x [rows, columns], along each row or down each column, in float64 like tfjs, in a fixed order. It
 * uses one thread, because memory bandwidth is the limit.
 */
import { SumArguments } from './generated/abi';
import { loadFloats, storeFloats } from './vector-math';

/** @inline */
function high(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3);
}

export function sum(args: SumArguments): void {
  if (args.alongRows) rowSums(args);
  else columnSums(args);
}

function rowSums(args: SumArguments): void {
  const columns = args.columns;
  for (let r: usize = 0; r < <usize>args.rows; r++) {
    const row = args.x + ((r * <usize>columns) << 2);
    let even = f64x2.splat(0);
    let odd = f64x2.splat(0);
    for (let j = 0; j < columns; j += 4) {
      const x = loadFloats(row + ((<usize>j) << 2), columns - j);
      even = f64x2.add(even, f64x2.promote_low_f32x4(x));
      odd = f64x2.add(odd, f64x2.promote_low_f32x4(high(x)));
    }
    const both = f64x2.add(even, odd);
    store<f32>(args.y + (r << 2), <f32>(f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)));
  }
}

function columnSums(args: SumArguments): void {
  const columns = args.columns;
  const stride = (<usize>columns) << 2;
  for (let j = 0; j < columns; j += 4) {
    let x = args.x + ((<usize>j) << 2);
    let low = f64x2.splat(0);
    let upper = f64x2.splat(0);
    for (let r = 0; r < args.rows; r++) {
      const values = loadFloats(x, columns - j);
      low = f64x2.add(low, f64x2.promote_low_f32x4(values));
      upper = f64x2.add(upper, f64x2.promote_low_f32x4(high(values)));
      x += stride;
    }
    const sums = v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(upper), 0, 1, 4, 5);
    storeFloats(args.y + ((<usize>j) << 2), sums, columns - j);
  }
}
