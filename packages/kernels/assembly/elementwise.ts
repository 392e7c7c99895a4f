/** Unary functions over flat arrays; threads split the range. */
import { rangeBoundary } from './sequence';
import { exp4, loadFloats, sigmoid4, storeFloats, tanh4 } from './vector-math';

export const EXP: i32 = 0;
export const SIGMOID: i32 = 1;
export const TANH: i32 = 2;

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
    const y = args.kind == EXP ? exp4(x) : args.kind == SIGMOID ? sigmoid4(x) : tanh4(x);
    storeFloats(args.y + o, y, end - j);
  }
}
