/**
 * Softmax of each row of x [rows, classes]: exp(x − m) / Σ exp(x − m), where m is the row's maximum, which
 * prevents overflow. Threads split the rows.
 */
import { SoftmaxArguments } from './generated/abi';
import { rangeBoundary } from './sequence';
import { rowMaximum } from './softmax-cross-entropy';
import { exp4, loadFloats, storeFloats, sum4 } from './vector-math';

export function softmax(args: SoftmaxArguments, index: i32, threads: i32): void {
  const end = rangeBoundary(args.rows, index + 1, threads);
  const classes = args.classes;
  for (let n = rangeBoundary(args.rows, index, threads); n < end; n++) {
    const offset = (<usize>n * <usize>classes) << 2;
    const x = args.x + offset;
    const y = args.y + offset;
    const shift = f32x4.splat(rowMaximum(x, classes));
    let sums = f32x4.splat(0);
    for (let j = 0; j < classes; j += 4) {
      const o = (<usize>j) << 2;
      storeFloats(y + o, exp4(f32x4.sub(loadFloats(x + o, classes - j), shift)), classes - j);
      // Reads the values again, because lanes past the end are not zero.
      sums = f32x4.add(sums, loadFloats(y + o, classes - j));
    }
    const sum = f32x4.splat(sum4(sums));
    for (let j = 0; j < classes; j += 4) {
      const o = (<usize>j) << 2;
      storeFloats(y + o, f32x4.div(loadFloats(y + o, classes - j), sum), classes - j);
    }
  }
}
