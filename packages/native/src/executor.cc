#include "executor.h"
#include "generated/unrolled_abi.h"
#include "platform.h"

#if defined(__x86_64__)
#include <cpuid.h>
extern const InstructionSet AVX512, AVX2;

/** What the processor has and the system saves, by CPUID and XGETBV: not every compiler's runtime can tell. */
static bool has(bool wide) {
  unsigned a, b, c, d, b7, low, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1) || !(c >> 28 & 1) || !(c >> 12 & 1)) return false;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6) != 6 || !__get_cpuid_count(7, 0, &a, &b7, &c, &d) || !(b7 >> 5 & 1)) return false;
  // F, DQ, BW and VL.
  return !wide || ((low & 0xe0) == 0xe0 && (b7 >> 16 & 1) && (b7 >> 17 & 1) && (b7 >> 30 & 1) && (b7 >> 31 & 1));
}
const InstructionSet *chooseInstructionSet(const char *name) {
  bool any = !*name;
  if ((any || !__builtin_strcmp(name, "avx512")) && has(true)) return &AVX512;
  if ((any || !__builtin_strcmp(name, "avx2")) && has(false)) return &AVX2;
  return nullptr;
}
#else
extern const InstructionSet NEON;
const InstructionSet *chooseInstructionSet(const char *name) {
  return !*name || !__builtin_strcmp(name, "neon") ? &NEON : nullptr;
}
#endif

/** Room for every share's scratch, which stays for the next job. */
static bool hasScratch(Executor *e, Call *call) {
  if (call->scratchBytes > (uint64_t)1 << 40) return false;
  uint64_t bytes = (call->scratchBytes + 127) / 64 * 64, total = bytes * (uint64_t)call->shares;
  if (total > SIZE_MAX / 2) return false;
  if (total > e->scratchBytes) {
    alignedFree(e->scratch);
    e->scratch = (uint8_t *)alignedAllocate((size_t)total);
    e->scratchBytes = e->scratch ? (size_t)total : 0;
  }
  call->scratch = e->scratch;
  call->scratchBytes = bytes;
  return e->scratch != nullptr;
}

Outcome executorRun(Executor *e, int job, uint32_t address, int threads) {
  if (!e->set->has(job)) return NO_SUCH_JOB;
  Call call = {e->memory, e->length, address, poolThreads(e->pool, threads < 1 ? 1 : threads), e->pool, 0, nullptr, nullptr};
  if (!e->set->check(job, &call)) {
    e->problem = call.problem;
    return WRONG_RECORD;
  }
  if (!hasScratch(e, &call)) return NO_MEMORY;
  e->set->run(job, &call);
  return DONE;
}

int executorRunJobs(Executor *e, uint32_t table, int count) {
  if (count < 0 || table % 4 || table < UNROLLED_HEAP || table + (uint64_t)count * sizeof(UnrolledListedJob) > e->length) {
    e->problem = "table";
    return WRONG_RECORD;
  }
  for (int n = 0; n < count; n++) {
    // A copy: what another thread writes meanwhile changes nothing of it.
    const UnrolledListedJob job = ((const UnrolledListedJob *)(e->memory + table))[n];
    Outcome outcome = executorRun(e, job.job, job.record, job.threads);
    if (outcome != DONE) return 8 * n + outcome;
  }
  return DONE;
}

double executorMultiplyAdds(Executor *e, int64_t rounds, int threads) {
  int count = poolThreads(e->pool, threads < 1 ? 1 : threads);
  poolRun(e->pool, e->set->multiplyAdds, &rounds, count);
  return (double)rounds * count * e->set->multiplyAddsARound;
}

void executorClose(Executor *e) {
  poolDelete(e->pool);
  alignedFree(e->scratch);
  e->pool = nullptr;
  e->scratch = nullptr;
  e->scratchBytes = 0;
}
