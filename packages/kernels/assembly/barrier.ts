/**
 * A barrier inside a job. Each thread waits until all threads of the job have arrived, or until the job is
 * cancelled because one of them exited.
 */
import { CONTROL, JobState, LONG_WAIT_PAUSES } from './generated/abi';

/**
 * Control words, i32, as in threads.ts: arrivals in this job, how often a thread found the others late, and
 * whether what the job computes is lost.
 */
const ARRIVED: usize = CONTROL + 384;
const SLEEPERS: usize = CONTROL + 448;
const LONG_WAITS: usize = CONTROL + 512;
const CALLER_MAY_SLEEP: usize = CONTROL + 516;
const LOST: usize = CONTROL + 520;

/**
 * Pauses before a thread sleeps, some milliseconds, which is a turn of a scheduler. Earlier would be worse:
 * where two threads came to share a core, they would take turns to sleep, and the scheduler, which then sees
 * one of them at a time, would leave them there.
 */
const SPINS: i32 = 200000;

/** Nanoseconds after which a thread that sleeps looks around. */
export const LOOK: i64 = 1_000_000_000;

/**
 * Number of checks, or of pauses if the thread may not sleep, in ten seconds, after which it gives up on a
 * missing thread. There are many short checks: after a process was stopped, all of its threads continue at
 * once.
 */
const LOOKS: i32 = 10;
const PATIENCE: i32 = 500_000_000;

/**
 * Some twenty nanoseconds between two looks at a shared word, whatever the processor: the latency of a chain
 * of square roots.
 *
 * @param x above 0, as is the result; a loop that waits must look at it, or the compiler leaves the pause out
 * @inline
 */
export function pause(x: f32): f32 {
  return sqrt<f32>(sqrt<f32>(sqrt<f32>(sqrt<f32>(x + 1))));
}

/** Before a job starts. With `maySleep` the calling thread may sleep, too. */
export function startBarriers(maySleep: bool): void {
  store<i32>(CALLER_MAY_SLEEP, i32(maySleep));
  store<i32>(ARRIVED, 0);
  store<i32>(LONG_WAITS, 0);
  store<i32>(LOST, JobState.done);
}

/**
 * Nobody waits for the threads that have not come, and the others go through to the end: JobState.lost, a
 * thread is known to have ended, or JobState.abandoned, one does not come.
 */
export function loseJob(how: i32): void {
  atomic.store<i32>(LOST, how);
  atomic.notify(ARRIVED, -1);
}

/** JobState.done, unless the last job is lost. Its results are then discarded. */
export function outcome(): i32 {
  return atomic.load<i32>(LOST);
}

/**
 * This thread has come; the answer is what `awaitArrivals` takes. Its earlier writes are visible to all
 * threads that waited.
 */
export function arrive(threads: i32): i32 {
  if (threads === 1) return 0;
  const arrived = atomic.add<i32>(ARRIVED, 1) + 1;
  // Nobody can be a barrier ahead, so the arrivals at this one end at the next multiple.
  const goal = ((arrived + threads - 1) / threads) * threads;
  if (arrived === goal && atomic.load<i32>(SLEEPERS) > 0) atomic.notify(ARRIVED, -1);
  return goal;
}

/**
 * Returns when all threads of the running job have come as often as this one, or the job is lost. A thread
 * spins for some milliseconds, then sleeps.
 */
export function awaitArrivals(goal: i32, index: i32, threads: i32): void {
  if (threads === 1) return;
  const maySleep = index > 0 || load<i32>(CALLER_MAY_SLEEP) !== 0;
  let spins = 0;
  let looks = 0;
  let x: f32 = 1;
  while (x > 0) {
    const seen = atomic.load<i32>(ARRIVED);
    if (seen >= goal) return;
    x = pause(x);
    if (++spins % LONG_WAIT_PAUSES === 0) {
      atomic.add<i32>(LONG_WAITS, 1);
      // Only a thread that may not sleep reaches this number.
      if (spins >= PATIENCE) loseJob(JobState.abandoned);
      if (outcome() !== JobState.done) return;
    }
    if (!maySleep || spins < SPINS) continue;
    atomic.add<i32>(SLEEPERS, 1);
    const late = atomic.wait<i32>(ARRIVED, seen, LOOK) === AtomicWaitResult.TIMED_OUT;
    atomic.sub<i32>(SLEEPERS, 1);
    if (late && index === 0 && ++looks >= LOOKS) loseJob(JobState.abandoned);
    if (outcome() !== JobState.done) return;
  }
}

/** Returns when all `threads` threads of the running job have called it as often as this one. */
export function barrier(index: i32, threads: i32): void {
  awaitArrivals(arrive(threads), index, threads);
}

/** How long the threads of the last job waited at barriers, in long waits; sleep is not counted. */
export function longWaits(): i32 {
  return atomic.load<i32>(LONG_WAITS);
}
