#include "pool.h"
#include "platform.h"

/** Pauses before a thread sleeps after a job, about a millisecond, and at a barrier, a turn of a scheduler. */
static const int SPINS = 40000, BARRIER_SPINS = 200000, LONG_WAIT = 10000;
/** In `state` while shares may be taken; below it the number of threads that are at the job. */
static const int OPEN = 65536;

/** How far a share is: the job's generation, and in the low half its barriers. */
struct alignas(64) Arrival {
  uint64_t count;
};

/** Each word that several threads write has a line of its own. */
struct Pool {
  alignas(64) int generation;
  alignas(64) int state;
  alignas(64) int next;
  alignas(64) int sleepers;
  alignas(64) int barrierSleepers;
  alignas(64) int longWaits;
  alignas(64) int stop;
  int callerSleeps, started, threads, shares;
  Share share;
  const void *context;
  Thread workers[512];
  Monitor jobs, ends, barriers;
  Arrival arrivals[512];
};

#define READ(word) __atomic_load_n(&(word), __ATOMIC_SEQ_CST)
#define ADD(word, n) __atomic_add_fetch(&(word), n, __ATOMIC_SEQ_CST)

static void takeShares(Pool *pool) {
  for (;;) {
    int index = ADD(pool->next, 1) - 1;
    if (index >= pool->shares) return;
    pool->share(pool->context, index, pool->shares);
  }
}

/** Counts this thread in, unless the job is closed. */
static bool join(Pool *pool) {
  int state = READ(pool->state);
  while (state >= OPEN)
    if (__atomic_compare_exchange_n(&pool->state, &state, state + 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) return true;
  return false;
}

static void leave(Pool *pool) {
  if (ADD(pool->state, -1) == 0 && READ(pool->callerSleeps)) monitorWake(&pool->ends);
}

static void work(void *argument) {
  Pool *pool = (Pool *)argument;
  int seen = 0;
  for (;;) {
    for (int spins = 0; READ(pool->generation) == seen;) {
      pauseThread();
      if (++spins < SPINS) continue;
      monitorEnter(&pool->jobs);
      ADD(pool->sleepers, 1);
      while (READ(pool->generation) == seen) monitorWait(&pool->jobs);
      ADD(pool->sleepers, -1);
      monitorLeave(&pool->jobs);
    }
    seen = READ(pool->generation);
    if (READ(pool->stop)) return;
    if (!join(pool)) continue;
    takeShares(pool);
    leave(pool);
  }
}

Pool *poolNew(int threads) {
  Pool *pool = (Pool *)alignedAllocate(sizeof(Pool));
  if (!pool) return nullptr;
  __builtin_memset((void *)pool, 0, sizeof(Pool));
  pool->threads = threads < 1 ? 1 : threads > 512 ? 512 : threads;
  monitorInitialize(&pool->jobs);
  monitorInitialize(&pool->ends);
  monitorInitialize(&pool->barriers);
  return pool;
}

int poolThreads(Pool *pool, int wanted) {
  if (!pool) return 1;
  while (pool->started + 1 < wanted && pool->started + 1 < pool->threads) {
    // A system that gives no more is not asked again.
    if (!threadStart(&pool->workers[pool->started], work, pool)) pool->threads = pool->started + 1;
    else pool->started++;
  }
  return wanted < pool->threads ? wanted : pool->threads;
}

static void next(Pool *pool) {
  monitorEnter(&pool->jobs);
  ADD(pool->generation, 1);
  monitorLeave(&pool->jobs);
  monitorWake(&pool->jobs);
}

void poolDelete(Pool *pool) {
  if (!pool) return;
  __atomic_store_n(&pool->stop, 1, __ATOMIC_SEQ_CST);
  next(pool);
  for (int i = 0; i < pool->started; i++) threadJoin(pool->workers[i]);
  monitorDestroy(&pool->jobs);
  monitorDestroy(&pool->ends);
  monitorDestroy(&pool->barriers);
  alignedFree(pool);
}

void poolRun(Pool *pool, Share share, const void *context, int threads) {
  if (pool) pool->longWaits = 0;
  if (threads <= 1) return share(context, 0, 1);
  pool->share = share;
  pool->context = context;
  pool->shares = threads;
  __atomic_store_n(&pool->next, 1, __ATOMIC_SEQ_CST);
  __atomic_store_n(&pool->state, OPEN, __ATOMIC_SEQ_CST);
  ADD(pool->generation, 1);
  // A thread that is about to sleep holds the monitor from before it counts itself until it waits.
  if (READ(pool->sleepers) > 0) {
    monitorEnter(&pool->jobs);
    monitorLeave(&pool->jobs);
    monitorWake(&pool->jobs);
  }
  share(context, 0, threads);
  takeShares(pool);
  ADD(pool->state, -OPEN);
  for (int spins = 0; READ(pool->state) > 0;) {
    pauseThread();
    if (++spins < SPINS) continue;
    monitorEnter(&pool->ends);
    __atomic_store_n(&pool->callerSleeps, 1, __ATOMIC_SEQ_CST);
    // With a limit: who leaves may have looked for a sleeper just before.
    if (READ(pool->state) > 0) monitorWaitBriefly(&pool->ends);
    __atomic_store_n(&pool->callerSleeps, 0, __ATOMIC_SEQ_CST);
    monitorLeave(&pool->ends);
  }
}

int poolLongWaits(const Pool *pool) { return READ(pool->longWaits); }

uint64_t poolArrive(Pool *pool, int index, int threads, uint32_t count) {
  if (threads == 1) return 0;
  uint64_t arrived = ((uint64_t)(uint32_t)READ(pool->generation) << 32) + count;
  // Without a fence, which would wait for all that this thread has written to leave its core. A sleeper that
  // is therefore overlooked looks again after a millisecond.
  __atomic_store_n(&pool->arrivals[index].count, arrived, __ATOMIC_RELEASE);
  if (__atomic_load_n(&pool->barrierSleepers, __ATOMIC_RELAXED) > 0) {
    monitorEnter(&pool->barriers);
    monitorLeave(&pool->barriers);
    monitorWake(&pool->barriers);
  }
  return arrived;
}

static bool hasArrived(Pool *pool, int index, uint64_t goal) {
  return (int64_t)(__atomic_load_n(&pool->arrivals[index].count, __ATOMIC_ACQUIRE) - goal) >= 0;
}

void poolAwait(Pool *pool, uint64_t goal, int index, int threads) {
  int spins = 0;
  for (int other = 0; other < threads; other++) {
    while (other != index && !hasArrived(pool, other, goal)) {
      pauseThread();
      if (++spins % LONG_WAIT == 0) ADD(pool->longWaits, 1);
      if (spins < BARRIER_SPINS) continue;
      monitorEnter(&pool->barriers);
      ADD(pool->barrierSleepers, 1);
      while (!hasArrived(pool, other, goal)) monitorWaitBriefly(&pool->barriers);
      ADD(pool->barrierSleepers, -1);
      monitorLeave(&pool->barriers);
    }
  }
}
