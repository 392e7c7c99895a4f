/**
 * The executor's own threads. A job is split into shares: a free thread takes the next one, so the caller
 * computes the shares of threads that have not started, and waits only for shares in progress. A thread spins
 * for about a millisecond after a job, then blocks; it never keeps the process alive. Within a job the
 * threads may synchronise at barriers.
 */
#pragma once
#include <stdint.h>

struct Pool;
typedef void (*Share)(const void *context, int index, int threads);

/**
 * If a pool is null, only the calling thread computes. A pool of `threads` threads, including the caller's,
 * which start on first use; null if there is no memory.
 */
Pool *poolNew(int threads);
/** Ends the threads and waits for them. */
void poolDelete(Pool *pool);
/**
 * Starts threads up to `wanted`, including this one, and returns their number: fewer if the system allows no
 * more.
 */
int poolThreads(Pool *pool, int wanted);
/** Runs `share` for every index below `threads`; at most as many as `poolThreads` answers. */
void poolRun(Pool *pool, Share share, const void *context, int threads);
/** How long the threads of the last job waited for each other at barriers, in units of about 0.2 ms. */
int poolLongWaits(const Pool *pool);

/**
 * Share `index` has come to its barrier number `count`, counted from 1; the answer is what `poolAwait` takes.
 * It does not wait until the others can see this, so what needs nothing of them takes that time.
 */
uint64_t poolArrive(Pool *pool, int index, int threads, uint32_t count);
/** Returns when all shares of the job have come to that barrier. */
void poolAwait(Pool *pool, uint64_t goal, int index, int threads);
