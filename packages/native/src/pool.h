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

/** This thread has come to the next barrier; the answer is what `poolAwait` takes. */
int poolArrive(Pool *pool, int threads);
/** Returns when all threads of the job have come as often as this one. */
void poolAwait(Pool *pool, int goal, int threads);
