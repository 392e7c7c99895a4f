/**
 * The masks of dropout, as assembly/dropout-mask.ts draws them: xoroshiro128+, a generator for each step of
 * the sequence. Shares are ranges of steps.
 */
#pragma once
#include "job.h"

typedef UnrolledDropoutMaskArguments DropoutMaskArguments;

static bool checkDropoutMask(Check &c, const DropoutMaskArguments &args) {
  return c.size("batch", args.batch) && c.size("time", args.time) && c.size("size", args.size) &&
         c.writes("mask", args.mask, times(args.batch, args.time, args.size)) && c.bytes("seeds", args.seeds, times(args.time, 4)) &&
         c.untouched("seeds", args.seeds, times(args.time, 4));
}

static INLINE uint64_t rotated(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static void dropoutMask(const Context &context, int index, int threads) {
  const DropoutMaskArguments &args = context.as<DropoutMaskArguments>();
  for (int t = rangeBoundary(args.time, index, threads), end = rangeBoundary(args.time, index + 1, threads); t < end; t++) {
    uint32_t seed = (uint32_t)context.integers(args.seeds)[t];
    uint64_t a = 0xffffffff00000000 | (uint32_t)~seed, b = (uint64_t)seed << 32;
    for (int row = 0; row < args.batch; row++) {
      float *y = context.floats(args.mask) + ((int64_t)row * args.time + t) * args.size;
      for (int i = 0; i < args.size; i++) {
        y[i] = (uint32_t)(a + b) <= args.last ? 0 : args.kept;
        b ^= a;
        a = rotated(a, 24) ^ b ^ b << 16;
        b = rotated(b, 37);
      }
    }
  }
}

static const JobEntry DROPOUT_JOBS[] = {jobOf<DropoutMaskArguments, checkDropoutMask, dropoutMask>(UNROLLED_JOB_DROPOUT_MASK)};
