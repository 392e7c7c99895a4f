/**
 * Fork and join on a shared memory. The main thread writes a job, opens it, increments the generation and
 * works on shares itself. Each worker waits for the generation to change: it spins briefly, then sleeps in
 * `memory.atomic.wait32`, so an idle pool uses no processor time. A job is split into shares, taken from a
 * common counter. The main thread therefore never waits for a worker that has not started; it waits only for
 * shares in progress. A worker that wakes after the last share was taken goes back to waiting. Within a job
 * its threads may synchronise at barriers (barrier.ts).
 *
 * A worker may exit at any time. Its control word has its state. Once the main thread knows of the exit
 * (`leave`), it removes the worker from the count, and no thread waits for it. If the worker had started a
 * share of a job, the job fails, and `fork` reports this.
 */
import { LOOK, loseJob, outcome, pause, startBarriers } from './barrier';
import { CONTROL, JobState, ListedJob, MAXIMUM_THREADS, READY, SEATS } from './generated/abi';
import { runJob } from './jobs';

/**
 * Control words, i32. Words that different threads write are on separate cache lines. The words of barrier.ts
 * are from CONTROL + 384 to CONTROL + 520.
 */
const GENERATION: usize = CONTROL;
const SLEEPERS: usize = CONTROL + 64;
/** OPEN while shares may be taken, and the number of workers in the job. */
const STATE: usize = CONTROL + 128;
const JOB: usize = CONTROL + 192;
const ARGUMENTS: usize = CONTROL + 196;
const THREADS: usize = CONTROL + 200;
const STOP: usize = CONTROL + 204;
const CALLER_SLEEPS: usize = CONTROL + 320;
/** The next share to be taken. */
const NEXT: usize = CONTROL + 576;

const OPEN: i32 = 65536;

/** The state of a worker. */
const AWAKE: i32 = 0;
const ASLEEP: i32 = 1;
const AT_WORK: i32 = 2;
/** The worker has exited, or is about to, and takes no more shares. */
const GONE: i32 = 3;

/**
 * Number of pauses before a thread sleeps: about a millisecond, so that a worker is still awake for the next
 * job of a training step.
 */
const SPINS: i32 = 40000;

/** Number of pauses, about a second, after which a caller that may not sleep checks the state. */
const PATIENCE: i32 = 50_000_000;

/** The address of a worker's control word, on a separate cache line as long as there are enough lines. */
function seatOf(index: i32): usize {
  const lines = MAXIMUM_THREADS >> 4;
  return SEATS + <usize>((index % lines) << 6) + <usize>((index / lines) << 2);
}

/** The main loop of a worker; `index` counts from 1. */
export function work(index: i32): void {
  const seat = seatOf(index);
  let seen = atomic.load<i32>(GENERATION);
  atomic.add<i32>(READY, 1);
  while (true) {
    let spins = 0;
    let x: f32 = <f32>index;
    while (x > 0 && atomic.load<i32>(GENERATION) === seen) {
      x = pause(x);
      if (++spins < SPINS) continue;
      // If a thread exits between these two lines, it remains counted as a sleeper, which only costs an
      // unnecessary call.
      atomic.add<i32>(SLEEPERS, 1);
      if (!move(seat, AWAKE, ASLEEP)) return;
      atomic.wait<i32>(GENERATION, seen, -1);
      if (!move(seat, ASLEEP, AWAKE)) return;
      atomic.sub<i32>(SLEEPERS, 1);
      spins = 0;
    }
    seen = atomic.load<i32>(GENERATION);
    if (atomic.load<i32>(STOP) || atomic.load<i32>(seat) === GONE) return;
    if (!join()) continue;
    const stays = move(seat, AWAKE, AT_WORK);
    if (stays) {
      takeShares();
      if (!move(seat, AT_WORK, AWAKE)) return;
    }
    countOut();
    if (!stays) return;
  }
}

/**
 * Changes a worker's state, unless the worker was removed from the count in the meantime. Returns whether it
 * changed.
 */
function move(seat: usize, from: i32, to: i32): bool {
  return atomic.cmpxchg<i32>(seat, from, to) === from;
}

/** Removes one worker from the job's count. */
function countOut(): void {
  if (atomic.sub<i32>(STATE, 1) === 1 && atomic.load<i32>(CALLER_SLEEPS)) atomic.notify(STATE, 1);
}

/**
 * Removes a worker from the count that has exited, or that is about to exit and has not started a job. Called
 * by the main thread, or by the worker itself.
 */
export function leave(index: i32): void {
  const was = atomic.xchg<i32>(seatOf(index), GONE);
  if (was === ASLEEP) atomic.sub<i32>(SLEEPERS, 1);
  if (was !== AT_WORK) return;
  loseJob(JobState.lost);
  countOut();
}

/** Adds the worker to the job's count, unless the job is closed. From then on its state does not change. */
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

/** Whether a worker has exited. */
export function isGone(index: i32): bool {
  return atomic.load<i32>(seatOf(index)) === GONE;
}

/**
 * Runs a job on `threads` threads, including the calling one, and returns the result of `awaitShares`. With
 * `maySleep` the caller first spins, then sleeps until all shares are done; the main thread of a page may not
 * sleep.
 */
export function fork(job: i32, args: usize, threads: i32, maySleep: bool): i32 {
  store<i32>(JOB, job);
  store<u32>(ARGUMENTS, <u32>args);
  store<i32>(THREADS, threads);
  startBarriers(maySleep);
  atomic.store<i32>(NEXT, 1);
  atomic.store<i32>(STATE, OPEN);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPERS) > 0) atomic.notify(GENERATION, -1);
  runJob(job, args, 0, threads);
  takeShares();
  atomic.sub<i32>(STATE, OPEN);
  return awaitShares(maySleep);
}

/**
 * Runs a list of jobs in order. Returns the number of completed jobs. It is less than `count` if the threads
 * of a job are not yet finished; then `awaitShares` must wait for them.
 */
export function runJobs(table: usize, count: i32, maySleep: bool): i32 {
  for (let n: i32 = 0; n < count; n++) {
    const entry = changetype<ListedJob>(table + <usize>n * offsetof<ListedJob>());
    if (entry.threads < 2) runJob(entry.job, entry.record, 0, 1);
    else if (fork(entry.job, entry.record, entry.threads, maySleep) !== JobState.done) return n;
  }
  return count;
}

/** Waits at most a second for the threads in the job, and returns the job's state. */
export function awaitShares(maySleep: bool): i32 {
  let spins = 0;
  let x: f32 = 1;
  while (x > 0 && atomic.load<i32>(STATE) > 0) {
    x = pause(x);
    if (++spins < SPINS) continue;
    if (maySleep) return sleepUntilDone();
    if (spins >= PATIENCE) return JobState.waiting;
  }
  return outcome();
}

function sleepUntilDone(): i32 {
  atomic.store<i32>(CALLER_SLEEPS, 1);
  let result: i32 = AtomicWaitResult.OK;
  while (result !== AtomicWaitResult.TIMED_OUT) {
    const state = atomic.load<i32>(STATE);
    if (state === 0) break;
    result = atomic.wait<i32>(STATE, state, LOOK);
  }
  atomic.store<i32>(CALLER_SLEEPS, 0);
  if (atomic.load<i32>(STATE) > 0) return JobState.waiting;
  return outcome();
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
