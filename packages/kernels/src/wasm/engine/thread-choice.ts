import { LONG_WAIT_MILLISECONDS } from '../../generated/abi';

/** Number of steps per run, and the number after several threads have been slower than one. */
const RUN = 64;
const CAUTIOUS_RUN = 8;
/** Duration of a measurement in milliseconds: several time slices of an operating system's scheduler. */
const TRIAL = 25;
/** If this share of the time is spent in long waits, both ways are measured. */
const DOUBTFUL = 1 / 8;
/**
 * How long in milliseconds a decision is kept, at first and at most. The time doubles whenever the decision
 * is confirmed.
 */
const FIRST_HOLD = 50;
const LONGEST_HOLD = 2000;

/**
 * Chooses between several threads and one thread for a loop whose threads synchronise at every step. The
 * results do not depend on the choice. Several threads are used as long as they rarely wait for each other.
 * If the machine has more running threads than cores, a thread that the others wait for may not be running,
 * and a step may take ten times as long. In that case both ways are timed, and the faster one is used for a
 * while.
 */
export class ThreadChoice {
  private alone = false;
  private hold = 0;
  private holdUntil = Number.NEGATIVE_INFINITY;
  /** Milliseconds per step on several threads, while one thread is being measured. */
  private doubted: number | undefined;
  /** Steps measured so far. */
  private steps = 0;
  private time = 0;
  private waits = 0;

  /** @param longWaits returns the number of long waits in the last run */
  constructor(
    private readonly longWaits: () => number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Runs `steps` steps through calls of `run(steps, threads)`. */
  run(steps: number, threads: number, run: (steps: number, threads: number) => void): void {
    if (threads === 1) {
      run(steps, 1);
      return;
    }
    for (let left = steps; left > 0; ) {
      const start = this.now();
      const held = start < this.holdUntil;
      const count = (held ? this.alone : this.doubted !== undefined) ? 1 : threads;
      const taken = Math.min(left, count > 1 && this.alone ? CAUTIOUS_RUN : RUN);
      run(taken, count);
      left -= taken;
      if (!held) this.observe(taken, start, this.now());
    }
  }

  private observe(steps: number, start: number, end: number): void {
    this.steps += steps;
    this.time += end - start;
    this.waits += this.doubted === undefined ? this.longWaits() : 0;
    if (this.time < TRIAL) return;
    const perStep = this.time / this.steps;
    if (this.doubted !== undefined) this.decide(perStep < this.doubted, end);
    else if (this.waits * LONG_WAIT_MILLISECONDS > this.time * DOUBTFUL) this.doubted = perStep;
    else {
      this.alone = false;
      this.hold = 0;
    }
    this.steps = this.time = this.waits = 0;
  }

  private decide(alone: boolean, now: number): void {
    this.hold =
      alone === this.alone ? Math.min(Math.max(2 * this.hold, FIRST_HOLD), LONGEST_HOLD) : FIRST_HOLD;
    this.alone = alone;
    this.holdUntil = now + this.hold;
    this.doubted = undefined;
  }
}
