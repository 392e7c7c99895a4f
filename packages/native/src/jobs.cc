/** All jobs for one instruction set: compiled once for each, with -DINSTRUCTION_SET=AVX512 (AVX2, NEON) and its name. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <arm_neon.h>
#endif
#include "executor.h"
#include "generated/unrolled_abi.h"

namespace {
// A file for each kind of job.
#include "attention.h"
#include "convolution.h"
#include "copy.h"
#include "dropout-mask.h"
#include "elementwise.h"
#include "embedding.h"
#include "linear.h"
#include "matmul.h"
#include "optimizer.h"
#include "peak.h"
#include "pooling.h"
#include "recurrence.h"
#include "recurrent-layers.h"
#include "sampler-check.h"
#include "softmax.h"
#include "ctc.h"

template <size_t N> const JobEntry *among(const JobEntry (&jobs)[N], int number) {
  for (const JobEntry &job : jobs)
    if (job.number == number) return &job;
  return nullptr;
}

const JobEntry *find(int number) {
  const JobEntry *job = among(SEQUENCE_JOBS, number);
  if (!job) job = among(MATMUL_JOBS, number);
  if (!job) job = among(LINEAR_JOBS, number);
  if (!job) job = among(SOFTMAX_JOBS, number);
  if (!job) job = among(EMBEDDING_JOBS, number);
  if (!job) job = among(OPTIMIZER_JOBS, number);
  if (!job) job = among(ELEMENTWISE_JOBS, number);
  if (!job) job = among(RECURRENCE_JOBS, number);
  if (!job) job = among(ATTENTION_JOBS, number);
  if (!job) job = among(CONVOLUTION_JOBS, number);
  if (!job) job = among(CTC_JOBS, number);
  if (!job) job = among(COPY_JOBS, number);
  if (!job) job = among(DROPOUT_JOBS, number);
  if (!job) job = among(POOL_JOBS, number);
  return job ? job : among(SAMPLER_JOBS, number);
}

bool hasJob(int number) { return find(number) != nullptr; }

bool checkJob(int number, Call *call) {
  const JobEntry *job = find(number);
  Check check(call->memory, call->length, call->shares, call->address, (uint64_t)call->address + job->recordBytes);
  bool good = check.bytes("record", call->address, job->recordBytes, UNROLLED_ARGUMENTS) && job->check(check, call->memory + call->address);
  call->scratchBytes = check.scratch;
  call->problem = check.problem;
  return good;
}

void runJob(int number, const Call *call) {
  Context context = {call->memory, call->memory + call->address, call->pool, call->scratch, (size_t)call->scratchBytes};
  poolRun(call->pool, find(number)->share, &context, call->shares);
}
}  // namespace

extern const InstructionSet INSTRUCTION_SET;
const InstructionSet INSTRUCTION_SET = {INSTRUCTION_SET_NAME, W, hasJob, checkJob, runJob, multiplyAdds, PEAK_CHAINS * W};
