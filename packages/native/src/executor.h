/**
 * The executor runs jobs by number on a memory, with its own threads. The jobs are compiled once for each
 * instruction set (jobs.cc), all in an unnamed namespace. Without it the linker would merge the copies of a
 * shared function, and the remaining one might have instructions that the processor lacks.
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
  /** Number of shares that the job is divided into. */
  int shares;
  Pool *pool;
  /** Scratch bytes per share: first the number that the check asks for, then the number allocated. */
  uint64_t scratchBytes;
  uint8_t *scratch;
  /** The first invalid field of the record. */
  const char *problem;
};

/** The jobs compiled for one instruction set. */
struct InstructionSet {
  const char *name;
  /** Number of floats in a vector, to which opaque buffers are padded. */
  int lanes;
  bool (*has)(int job);
  /** Whether the record is valid; writes only the call's scratchBytes and problem. */
  bool (*check)(int job, Call *call);
  void (*run)(int job, const Call *call);
  /** Rounds of multiply-adds in registers (peak.h), and the number of multiply-adds in a round. */
  Share multiplyAdds;
  int multiplyAddsARound;
};

/**
 * The instruction set called `name`, or for an empty name the best one that this processor and system
 * support; null if there is none.
 */
const InstructionSet *chooseInstructionSet(const char *name);

struct Executor {
  const InstructionSet *set;
  Pool *pool;
  uint8_t *memory;
  uint64_t length;
  uint8_t *scratch;
  size_t scratchBytes;
  /** The first invalid field of the last record. */
  const char *problem;
};

enum Outcome { DONE, NO_SUCH_JOB, WRONG_RECORD, NO_MEMORY };

/**
 * Checks the record at `address` and runs the job. If the check fails, nothing is written, and `problem` has
 * the field.
 */
Outcome executorRun(Executor *executor, int job, uint32_t address, int threads);
/**
 * Runs a list of `count` jobs (UnrolledListedJob) in order, each like executorRun. Returns 0, or for the
 * first job that failed its outcome plus eight times its position.
 */
int executorRunJobs(Executor *executor, uint32_t table, int count);
/** Runs `rounds` rounds on each of `threads` threads; returns the number of multiply-adds. */
double executorMultiplyAdds(Executor *executor, int64_t rounds, int threads);
/** Ends the threads and frees the scratch. Later jobs run on the calling thread alone. */
void executorClose(Executor *executor);
