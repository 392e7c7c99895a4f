/**
 * The executor's own threads. A job is split into shares, and a free thread takes the next one. The caller
 * therefore computes the shares of threads that have not started, and waits only for shares in progress. A
 * thread spins for about a millisecond after a job, then blocks. The threads do not keep the process alive.
 * Within a job the threads may synchronise at barriers.
 */
#pragma once
#include <stdint.h>

struct Pool;
typedef void (*Share)(const void *context, int index, int threads);

/**
 * Creates a pool of `threads` threads, including the caller's; the others start on first use. Returns null if
 * there is no memory. With a null pool only the calling thread computes.
 */
Pool *poolNew(int threads);
/** Ends the threads and waits for them. */
void poolDelete(Pool *pool);
/**
 * Starts threads up to `wanted`, including this one. Returns their number, which is smaller if the system
 * allows no more.
 */
int poolThreads(Pool *pool, int wanted);
/** Runs `share` for every index below `threads`, which must be at most the result of `poolThreads`. */
void poolRun(Pool *pool, Share share, const void *context, int threads);
/** How long the threads of the last job waited for each other at barriers, in units of about 0.2 ms. */
int poolLongWaits(const Pool *pool);

/**
 * Records that share `index` has arrived at its barrier number `count`, counted from 1. Returns the value
 * that `poolAwait` takes. It does not wait until the other threads can see this.
 */
uint64_t poolArrive(Pool *pool, int index, int threads, uint32_t count);
/** Returns when all shares of the job have arrived at that barrier. */
void poolAwait(Pool *pool, uint64_t goal, int index, int threads);
