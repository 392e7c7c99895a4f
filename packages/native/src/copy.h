/** Copies runs of floats at constant strides. Shares are ranges of runs. */
#pragma once
#include "job.h"

typedef UnrolledCopyArguments CopyArguments;

/** Number of floats from the beginning of the first run to the end of the last one. */
static uint64_t floatsOfRuns(const CopyArguments &args, int stride) {
  return args.rows ? plus(times(args.rows - 1, stride), args.width) : 0;
}
static bool checkCopy(Check &c, const CopyArguments &args) {
  return c.size("rows", args.rows) && c.size("width", args.width) && c.size("xStart", args.xStart) && c.size("xStride", args.xStride) &&
         c.size("yStride", args.yStride, args.width) && c.reads("x", args.x, plus(args.xStart, floatsOfRuns(args, args.xStride))) &&
         c.writes("y", args.y, floatsOfRuns(args, args.yStride));
}
static void copy(const Context &context, int index, int threads) {
  const CopyArguments &args = context.as<CopyArguments>();
  const float *x = context.floats(args.x) + args.xStart;
  float *y = context.floats(args.y);
  for (int64_t n = rangeBoundary(args.rows, index, threads), end = rangeBoundary(args.rows, index + 1, threads); n < end; n++)
    memmove(y + n * args.yStride, x + n * args.xStride, args.width * sizeof(float));
}

static const JobEntry COPY_JOBS[] = {jobOf<CopyArguments, checkCopy, copy>(UNROLLED_JOB_COPY)};
