/**
 * Fork and join over a shared memory. The main thread writes a job, opens it, raises the generation and does
 * its own share; each worker waits for the generation to change: it spins briefly, then sleeps in
 * `memory.atomic.wait32`, so an idle pool uses no CPU. Whoever is free takes the next share. So the main
 * thread does the share of a worker that has not begun, being asleep or out of its turn, and waits only for
 * those who are at it; who comes when the job is closed goes away again. Within a job the threads that run it
 * may meet at barriers (barrier.ts).
 */
import { pause, startBarriers } from './barrier';
import { CONTROL, READY } from './generated/abi';
import { runJob } from './jobs';

/**
 * Control words, i32, those that different threads write on lines of their own; from CONTROL + 384 to
 * CONTROL + 516 lie those of barrier.ts.
 */
const GENERATION: usize = CONTROL;
const SLEEPERS: usize = CONTROL + 64;
/** OPEN while shares may be taken, and how many workers are at the job. */
const STATE: usize = CONTROL + 128;
const JOB: usize = CONTROL + 192;
const ARGUMENTS: usize = CONTROL + 196;
const THREADS: usize = CONTROL + 200;
const STOP: usize = CONTROL + 204;
const CALLER_SLEEPS: usize = CONTROL + 320;
/** The next share that nobody has taken. */
const NEXT: usize = CONTROL + 576;

const OPEN: i32 = 65536;

/**
 * Pauses before a thread sleeps: about a millisecond, so that a worker is awake for the next job of a
 * training step.
 */
const SPINS: i32 = 40000;

/** A worker's life: `index` counts from 1. */
export function work(index: i32): void {
  let seen = atomic.load<i32>(GENERATION);
  atomic.add<i32>(READY, 1);
  while (true) {
    let spins = 0;
    let x: f32 = <f32>index;
    while (x > 0 && atomic.load<i32>(GENERATION) === seen) {
      x = pause(x);
      if (++spins < SPINS) continue;
      atomic.add<i32>(SLEEPERS, 1);
      atomic.wait<i32>(GENERATION, seen, -1);
      atomic.sub<i32>(SLEEPERS, 1);
      spins = 0;
    }
    seen = atomic.load<i32>(GENERATION);
    if (atomic.load<i32>(STOP)) return;
    if (!join()) continue;
    takeShares();
    if (atomic.sub<i32>(STATE, 1) === 1 && atomic.load<i32>(CALLER_SLEEPS)) atomic.notify(STATE, 1);
  }
}

/** Counts itself in, unless the job is closed. What it is stands still from then on. */
function join(): bool {
  let state = atomic.load<i32>(STATE);
  while (state >= OPEN) {
    const before = atomic.cmpxchg<i32>(STATE, state, state + 1);
    if (before === state) return true;
    state = before;
  }
  return false;
}

function takeShares(): void {
  const threads = load<i32>(THREADS);
  while (true) {
    const share = atomic.add<i32>(NEXT, 1);
    if (share >= threads) return;
    runJob(load<i32>(JOB), <usize>load<u32>(ARGUMENTS), share, threads);
  }
}

/**
 * Runs a job on `threads` threads of the pool's `workers` + 1, and returns when all shares are done. With
 * `maySleep` the caller sleeps, after spinning a while, until they are; a page's main thread may not.
 */
export function fork(job: i32, args: usize, threads: i32, workers: i32, maySleep: bool): void {
  store<i32>(JOB, job);
  store<u32>(ARGUMENTS, <u32>args);
  store<i32>(THREADS, threads);
  startBarriers(maySleep);
  atomic.store<i32>(NEXT, 1);
  atomic.store<i32>(STATE, OPEN);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(GENERATION, workers);
  runJob(job, args, 0, threads);
  takeShares();
  atomic.sub<i32>(STATE, OPEN);
  let spins = 0;
  let x: f32 = 1;
  while (x > 0 && atomic.load<i32>(STATE) > 0) {
    x = pause(x);
    if (maySleep && ++spins >= SPINS) sleepUntilDone();
  }
}

function sleepUntilDone(): void {
  atomic.store<i32>(CALLER_SLEEPS, 1);
  while (true) {
    const state = atomic.load<i32>(STATE);
    if (state === 0) break;
    atomic.wait<i32>(STATE, state, -1);
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
