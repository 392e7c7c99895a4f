/**
 * The executor's own threads. They split a job into shares: whoever is free takes the next one, so the caller
 * does the share of a thread that has not begun, and waits only for those that are at one. A thread spins for
 * about a millisecond after a job, then sleeps; it never keeps the process alive. Within a job the threads
 * may meet at barriers.
 */
#pragma once
#include <stdint.h>

struct Pool;
typedef void (*Share)(const void *context, int index, int threads);

/**
 * Where a pool is null, there is the calling thread alone. A pool of `threads` threads, the caller's
 * included, which start when they are first needed; null where there is no memory.
 */
Pool *poolNew(int threads);
/** Ends the threads and waits for them. */
void poolDelete(Pool *pool);
/**
 * Starts threads up to `wanted`, this one included, and answers how many there are of them: fewer where the
 * system gives no more.
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
