/**
 * The executor: jobs by number over a memory, on its own threads. The jobs are compiled once for each
 * instruction set (jobs.cc), all in an unnamed namespace: the linker would keep one copy of a shared
 * function, which might have instructions that the processor lacks.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "pool.h"

/** One run of a job. */
struct Call {
  uint8_t *memory;
  uint64_t length;
  /** The address of the record. */
  uint32_t address;
  /** Shares that the job is cut into. */
  int shares;
  Pool *pool;
  /** Each share's scratch: how much the check asks for, then how much there is. */
  uint64_t scratchBytes;
  uint8_t *scratch;
  /** The first field of the record that is wrong. */
  const char *problem;
};

/** The jobs as one instruction set has them. */
struct InstructionSet {
  const char *name;
  /** Floats of a vector: what opaque buffers are padded to. */
  int lanes;
  bool (*has)(int job);
  /** Whether the record is right; writes nothing but the call's scratchBytes and problem. */
  bool (*check)(int job, Call *call);
  void (*run)(int job, const Call *call);
  /** Rounds of multiply-adds in registers (peak.h), and how many are in one. */
  Share multiplyAdds;
  int multiplyAddsARound;
};

/** `name`'s, or with an empty name the best that this processor and system have; null where there is none. */
const InstructionSet *chooseInstructionSet(const char *name);

struct Executor {
  const InstructionSet *set;
  Pool *pool;
  uint8_t *memory;
  uint64_t length;
  uint8_t *scratch;
  size_t scratchBytes;
  /** The first wrong field of the last record. */
  const char *problem;
};

enum Outcome { DONE, NO_SUCH_JOB, WRONG_RECORD, NO_MEMORY };

/**
 * Checks the record at `address` and runs the job; where the check fails nothing is written, and `problem`
 * says why.
 */
Outcome executorRun(Executor *executor, int job, uint32_t address, int threads);
/**
 * Runs a list of `count` jobs, UnrolledListedJob each, one after the other, as executorRun does, on the first
 * of their records. 0, or the outcome of the first that was not done plus eight times its place.
 */
int executorRunJobs(Executor *executor, uint32_t table, int count);
/**
 * The number of multiply-adds in registers of `rounds` rounds on each of `threads` threads.
 */
double executorMultiplyAdds(Executor *executor, int64_t rounds, int threads);
/** Ends the threads and frees the scratch; later jobs run on the calling thread alone. */
void executorClose(Executor *executor);
