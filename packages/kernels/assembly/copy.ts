/** Copies runs of floats at constant strides. Threads split the runs. */
import { CopyArguments } from './generated/abi';
import { rangeBoundary } from './sequence';

export function copy(args: CopyArguments, index: i32, threads: i32): void {
  const bytes = (<usize>args.width) << 2;
  const x = args.x + ((<usize>args.xStart) << 2);
  const end = rangeBoundary(args.rows, index + 1, threads);
  for (let n = rangeBoundary(args.rows, index, threads); n < end; n++) {
    const row = (<usize>n) << 2;
    memory.copy(args.y + row * <usize>args.yStride, x + row * <usize>args.xStride, bytes);
  }
}
