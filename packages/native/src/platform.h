/**
 * The differences between systems: threads, waiting, aligned memory. It supports POSIX and Windows, without a
 * C++ library.
 */
#pragma once
#include <stdlib.h>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#include <malloc.h>
#include <windows.h>
typedef HANDLE Thread;
struct Monitor {
  SRWLOCK lock;
  CONDITION_VARIABLE changed;
};
static inline void monitorInitialize(Monitor *m) {
  InitializeSRWLock(&m->lock);
  InitializeConditionVariable(&m->changed);
}
static inline void monitorDestroy(Monitor *) {}
static inline void monitorEnter(Monitor *m) { AcquireSRWLockExclusive(&m->lock); }
static inline void monitorLeave(Monitor *m) { ReleaseSRWLockExclusive(&m->lock); }
static inline void monitorWait(Monitor *m) { SleepConditionVariableSRW(&m->changed, &m->lock, INFINITE, 0); }
static inline void monitorWaitBriefly(Monitor *m) { SleepConditionVariableSRW(&m->changed, &m->lock, 1, 0); }
static inline void monitorWake(Monitor *m) { WakeAllConditionVariable(&m->changed); }
struct ThreadStart {
  void (*run)(void *);
  void *argument;
};
static DWORD WINAPI threadMain(void *start) {
  ThreadStart own = *(ThreadStart *)start;
  free(start);
  own.run(own.argument);
  return 0;
}
static inline bool threadStart(Thread *thread, void (*run)(void *), void *argument) {
  ThreadStart *start = (ThreadStart *)malloc(sizeof(ThreadStart));
  if (!start) return false;
  *start = {run, argument};
  *thread = CreateThread(nullptr, 0, threadMain, start, 0, nullptr);
  if (!*thread) free(start);
  return *thread != nullptr;
}
static inline void threadJoin(Thread thread) {
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
}
static inline void *alignedAllocate(size_t bytes) { return _aligned_malloc((bytes + 63) & ~(size_t)63, 64); }
static inline void alignedFree(void *block) { _aligned_free(block); }
static inline void preferLargePages(void *, size_t) {}
#else
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>
typedef pthread_t Thread;
struct Monitor {
  pthread_mutex_t lock;
  pthread_cond_t changed;
};
static inline void monitorInitialize(Monitor *m) {
  pthread_mutex_init(&m->lock, nullptr);
  pthread_cond_init(&m->changed, nullptr);
}
static inline void monitorDestroy(Monitor *m) {
  pthread_mutex_destroy(&m->lock);
  pthread_cond_destroy(&m->changed);
}
static inline void monitorEnter(Monitor *m) { pthread_mutex_lock(&m->lock); }
static inline void monitorLeave(Monitor *m) { pthread_mutex_unlock(&m->lock); }
static inline void monitorWait(Monitor *m) { pthread_cond_wait(&m->changed, &m->lock); }
/** Waits a millisecond at most. */
static inline void monitorWaitBriefly(Monitor *m) {
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_cond_timedwait(&m->changed, &m->lock, &until);
}
static inline void monitorWake(Monitor *m) { pthread_cond_broadcast(&m->changed); }
struct ThreadStart {
  void (*run)(void *);
  void *argument;
};
static void *threadMain(void *start) {
  ThreadStart own = *(ThreadStart *)start;
  free(start);
  own.run(own.argument);
  return nullptr;
}
/** Starts a thread that receives none of the process's signals. */
static inline bool threadStart(Thread *thread, void (*run)(void *), void *argument) {
  ThreadStart *start = (ThreadStart *)malloc(sizeof(ThreadStart));
  if (!start) return false;
  *start = {run, argument};
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool made = pthread_create(thread, nullptr, threadMain, start) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!made) free(start);
  return made;
}
static inline void threadJoin(Thread thread) { pthread_join(thread, nullptr); }
static inline void *alignedAllocate(size_t bytes) {
  void *block = nullptr;
  return posix_memalign(&block, 64, (bytes + 63) & ~(size_t)63) == 0 ? block : nullptr;
}
static inline void alignedFree(void *block) { free(block); }
/**
 * Asks Linux for pages of 2 MiB if a range that has not been written has room for whole ones. A refusal only
 * affects the speed.
 */
static inline void preferLargePages(void *from, size_t bytes) {
#ifdef MADV_HUGEPAGE
  const uintptr_t page = (uintptr_t)2 << 20;
  uintptr_t first = ((uintptr_t)from + page - 1) / page * page, end = ((uintptr_t)from + bytes) / page * page;
  if (end > first) madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)from, (void)bytes;
#endif
}
#endif

/** Waits some twenty nanoseconds. */
static inline void pauseThread() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  for (int i = 0; i < 8; i++) __asm__ volatile("yield");
#endif
}
