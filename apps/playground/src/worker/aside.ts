/**
 * Work during the training of a run: samples, and the requests of views. While the run trains, this work
 * takes at most a tenth of the time. The longer one piece takes, the later the next one starts.
 */
const SHARE = 0.1;

export class Aside {
  private readonly waiting: (() => void)[] = [];
  private freeAt = 0;

  /** @param isTraining whether the run is training; if it is paused, requests are answered immediately */
  constructor(
    private readonly isTraining: () => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether the run has time for more work. */
  get isFree(): boolean {
    return !this.isTraining() || this.now() >= this.freeAt;
  }

  /** Does a piece of work immediately, and records its time. */
  do<T>(work: () => T): T {
    const from = this.now();
    try {
      return work();
    } finally {
      const end = this.now();
      this.freeAt = end + (end - from) * (1 / SHARE - 1);
    }
  }

  /** Does a piece of work as soon as there is time. */
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

  /** Called after each step, and when the run pauses. Does waiting work if there is time. */
  go(): void {
    while (this.waiting.length > 0 && this.isFree) this.waiting.shift()!();
  }
}
