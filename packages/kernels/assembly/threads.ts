/**
 * Fork and join over a shared memory. The main thread writes a job, raises the generation and does its own share; each worker waits
 * for the generation to change: it spins briefly, then sleeps in `memory.atomic.wait32`, so an idle pool uses no CPU.
 * Within a job the threads that run it may meet at barriers (barrier.ts).
 */
import { startBarriers } from './barrier';
import { runJob } from './jobs';

/** Control words, i32, at a fixed address below everything that is allocated; from 1408 on those of barrier.ts. */
const GENERATION: usize = 1024;
const SLEEPERS: usize = 1088;
const PENDING: usize = 1152;
const JOB: usize = 1216;
const ARGUMENTS: usize = 1220;
const THREADS: usize = 1224;
const STOP: usize = 1228;
const READY: usize = 1280;
const CALLER_SLEEPS: usize = 1344;

/** Loads of the generation before a worker sleeps: some tenths of a millisecond, so that it is awake for the next job of a training step. */
const SPINS: i32 = 400000;

/** A worker's life: `index` counts from 1. */
export function work(index: i32): void {
  let seen = atomic.load<i32>(GENERATION);
  atomic.add<i32>(READY, 1);
  while (true) {
    let spins = 0;
    while (atomic.load<i32>(GENERATION) == seen) {
      if (++spins < SPINS) continue;
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(GENERATION, seen, -1);
      atomic.sub<i32>(SLEEPERS, 1);
      spins = 0;
    }
    seen = atomic.load<i32>(GENERATION);
    if (atomic.load<i32>(STOP)) return;
    const threads = load<i32>(THREADS);
    if (index < threads) runJob(load<i32>(JOB), <usize>load<u32>(ARGUMENTS), index, threads);
    if (atomic.sub<i32>(PENDING, 1) == 1 && atomic.load<i32>(CALLER_SLEEPS)) atomic.notify(PENDING, 1);
  }
}

/**
 * Runs a job on `threads` threads of the pool's `workers` + 1, and returns when all are done. With `maySleep` the caller sleeps, after
 * spinning a while, until they are; a page's main thread may not.
 */
export function fork(job: i32, args: usize, threads: i32, workers: i32, maySleep: bool): void {
  store<i32>(JOB, job);
  store<u32>(ARGUMENTS, <u32>args);
  store<i32>(THREADS, threads);
  startBarriers(maySleep);
  atomic.store<i32>(PENDING, workers);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(GENERATION, workers);
  runJob(job, args, 0, threads);
  let spins = 0;
  while (atomic.load<i32>(PENDING) > 0) {
    if (maySleep && ++spins >= SPINS) sleepUntilDone();
  }
}

function sleepUntilDone(): void {
  atomic.store<i32>(CALLER_SLEEPS, 1);
  while (true) {
    const pending = atomic.load<i32>(PENDING);
    if (pending == 0) break;
    atomic.wait<i32>(PENDING, pending, -1);
  }
  atomic.store<i32>(CALLER_SLEEPS, 0);
}

/** Ends all workers. */
export function stop(): void {
  atomic.store<i32>(STOP, 1);
  atomic.add<i32>(GENERATION, 1);
  atomic.notify(GENERATION, -1);
}

export function ready(): i32 {
  return atomic.load<i32>(READY);
}
