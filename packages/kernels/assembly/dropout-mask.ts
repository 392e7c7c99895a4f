/**
 * The masks of dropout. Each step of the sequence has a generator of its own, xoroshiro128+ (Blackman and
 * Vigna, 2018), seeded as pure-rand seeds it. Threads split the steps.
 */
import { DropoutMaskArguments } from './generated/abi';
import { rangeBoundary } from './sequence';

export function dropoutMask(args: DropoutMaskArguments, index: i32, threads: i32): void {
  const bytes = (<usize>args.size) << 2;
  const end = rangeBoundary(args.time, index + 1, threads);
  for (let t = rangeBoundary(args.time, index, threads); t < end; t++) {
    const seed = load<u32>(args.seeds + ((<usize>t) << 2));
    let a: u64 = ((<u64>0xffffffff) << 32) | <u64>~seed;
    let b: u64 = (<u64>seed) << 32;
    for (let row = 0; row < args.batch; row++) {
      const start = args.mask + (<usize>row * <usize>args.time + <usize>t) * bytes;
      for (let y = start; y < start + bytes; y += 4) {
        store<f32>(y, <u32>(a + b) <= args.last ? 0 : args.kept);
        b ^= a;
        a = rotl<u64>(a, 24) ^ b ^ (b << 16);
        b = rotl<u64>(b, 37);
      }
    }
  }
}
