/**
 * Work beside the training of a run: samples, and what the views ask. While the run trains, all of it
 * together takes at most a tenth of the time; the more one piece takes, the longer the next one waits.
 */
const SHARE = 0.1;

export class Aside {
  private readonly waiting: (() => void)[] = [];
  private freeAt = 0;

  /** @param isTraining whether steps are being taken: a run at rest answers at once */
  constructor(
    private readonly isTraining: () => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the run's time has room for more. */
  get isFree(): boolean {
    return !this.isTraining() || this.now() >= this.freeAt;
  }

  /** Does a piece of work now, and counts its time. */
  do<T>(work: () => T): T {
    const from = this.now();
    try {
      return work();
    } finally {
      const end = this.now();
      this.freeAt = end + (end - from) * (1 / SHARE - 1);
    }
  }

  /** Does a piece of work as soon as there is room for it. */
  ask<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.waiting.push(() => {
        try {
          resolve(this.do(work));
        } catch (error) {
          reject(error);
        }
      });
      this.go();
    });
  }

  /**
   * To be called after each step, and when the run comes to rest: does what waits, as far as there is room.
   */
  go(): void {
    while (this.waiting.length > 0 && this.isFree) this.waiting.shift()!();
  }
}
