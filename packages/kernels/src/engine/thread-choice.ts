/** Steps that are run, and timed, at a time. */
const TRIAL = 64;
/** Milliseconds that an outcome holds for, at first and at most; doubled each time that it is confirmed. */
const FIRST_HOLD = 50;
const LONGEST_HOLD = 2000;
/** Steps of which one may wait long without raising doubt. */
const RARE = 32;

/**
 * Chooses between several threads and one for a loop whose threads meet in every step and whose results do not depend on them. Several
 * are taken as long as they hardly wait for each other. On a machine with more to do than it has cores, the one that the others wait
 * for may be out of its turn, and a step may take ten times as long: then both ways are timed, and the faster one is held for a while.
 */
export class ThreadChoice {
  private alone = false;
  private holdUntil = Number.NEGATIVE_INFINITY;
  private nextHold = FIRST_HOLD;
  /** Milliseconds of a step on several threads, where one thread is to be timed next. */
  private doubted: number | undefined;

  /** @param longWaits how often a thread waited long for the others in the last run */
  constructor(
    private readonly longWaits: () => number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Runs `steps` steps by calls of `run(steps, threads)`. */
  run(steps: number, threads: number, run: (steps: number, threads: number) => void): void {
    if (threads === 1) {
      run(steps, 1);
      return;
    }
    for (let left = steps; left > 0; left -= TRIAL) {
      const taken = Math.min(left, TRIAL);
      const start = this.now();
      const held = start < this.holdUntil;
      run(taken, (held ? this.alone : this.doubted !== undefined) ? 1 : threads);
      if (held) continue;
      const end = this.now();
      const perStep = (end - start) / taken;
      if (this.doubted !== undefined) this.decide(perStep < this.doubted, end);
      else if (this.longWaits() * RARE > taken) this.doubted = perStep;
    }
  }

  private decide(alone: boolean, now: number): void {
    this.nextHold = alone === this.alone ? Math.min(2 * this.nextHold, LONGEST_HOLD) : FIRST_HOLD;
    this.alone = alone;
    this.holdUntil = now + this.nextHold;
    this.doubted = undefined;
  }
}
