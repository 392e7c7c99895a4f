/**
 * A barrier inside a job. Each thread waits until all threads of the job have arrived, or until the job is
 * cancelled because one of them exited.
 */
import { CONTROL, JobState, LONG_WAIT_PAUSES } from './generated/abi';

/**
 * Control words, i32, as in threads.ts: the number of arrivals in this job, the number of long waits, and
 * whether the job's results are lost.
 */
const ARRIVED: usize = CONTROL + 384;
const SLEEPERS: usize = CONTROL + 448;
const LONG_WAITS: usize = CONTROL + 512;
const CALLER_MAY_SLEEP: usize = CONTROL + 516;
const LOST: usize = CONTROL + 520;

/**
 * Number of pauses before a thread sleeps: some milliseconds, the length of an operating system's time slice.
 * A shorter time would be harmful. If two threads were placed on one core, they would take turns to sleep,
 * and the scheduler, which would then see only one of them running at a time, would leave them there.
 */
const SPINS: i32 = 200000;

/** Nanoseconds after which a sleeping thread checks the state of the job. */
export const LOOK: i64 = 1_000_000_000;

/**
 * Number of checks in ten seconds (or of pauses, if the thread may not sleep), after which it gives up on a
 * missing thread. There are several short checks rather than one long wait, because after a process was
 * stopped, all of its threads continue at once.
 */
const LOOKS: i32 = 10;
const PATIENCE: i32 = 500_000_000;

/**
 * Waits some twenty nanoseconds between two reads of a shared word, on any processor: the latency of a chain
 * of square roots.
 *
 * @param x a number above 0, like the result; the waiting loop must use the result, or the compiler removes
 *   the pause
 * @inline
 */
export function pause(x: f32): f32 {
  return sqrt<f32>(sqrt<f32>(sqrt<f32>(sqrt<f32>(x + 1))));
}

/** Must be called before a job starts. With `maySleep` the calling thread may sleep too. */
export function startBarriers(maySleep: bool): void {
  store<i32>(CALLER_MAY_SLEEP, i32(maySleep));
  store<i32>(ARRIVED, 0);
  store<i32>(LONG_WAITS, 0);
  store<i32>(LOST, JobState.done);
}

/**
 * Cancels the job: threads no longer wait for the missing ones, and run to the end. `how` is JobState.lost if
 * a thread is known to have exited, or JobState.abandoned if a thread does not arrive.
 */
export function loseJob(how: i32): void {
  atomic.store<i32>(LOST, how);
  atomic.notify(ARRIVED, -1);
}

/** JobState.done, unless the last job was cancelled. Its results are then discarded. */
export function outcome(): i32 {
  return atomic.load<i32>(LOST);
}

/**
 * Records that this thread has arrived. Returns the value that `awaitArrivals` takes. The thread's earlier
 * writes are visible to all threads that waited.
 */
export function arrive(threads: i32): i32 {
  if (threads === 1) return 0;
  const arrived = atomic.add<i32>(ARRIVED, 1) + 1;
  // No thread can be a barrier ahead, so the arrivals at this barrier end at the next multiple.
  const goal = ((arrived + threads - 1) / threads) * threads;
  if (arrived === goal && atomic.load<i32>(SLEEPERS) > 0) atomic.notify(ARRIVED, -1);
  return goal;
}

/**
 * Returns when all threads of the running job have arrived as often as this one, or when the job is
 * cancelled. The thread spins for some milliseconds, then sleeps.
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

/** The number of long waits of the last job's threads at barriers. Time asleep is not counted. */
export function longWaits(): i32 {
  return atomic.load<i32>(LONG_WAITS);
}
