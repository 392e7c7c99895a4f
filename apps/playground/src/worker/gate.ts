/** Controls the steps of a run: it allows all of them, a given number, or none. */

/** Milliseconds between two times at which the Worker answers messages during training. */
const SLICE = 12;

export class Gate {
  private allowed = 0;
  private isHeld = false;
  private waiting: (() => void) | undefined;
  private breathedAt = 0;

  constructor(
    private readonly breathe: () => Promise<void> = nextTask,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isOpen(): boolean {
    return this.allowed > 0;
  }

  /** Whether a step may start now. */
  get letsThrough(): boolean {
    return this.isOpen && !this.isHeld;
  }

  /** Allows a number of further steps, or all of them. */
  open(steps = Number.POSITIVE_INFINITY): void {
    this.allowed = steps === Number.POSITIVE_INFINITY ? steps : Math.min(this.allowed, 0) + steps;
    this.wake();
  }

  close(): void {
    this.allowed = 0;
  }

  /** Delays the allowed steps until it is called with false. */
  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.wake();
  }

  /** Ends a wait without allowing a step, for a run that must end. */
  wake(): void {
    this.waiting?.();
    this.waiting = undefined;
  }

  /**
   * Await it before each step. It lets messages be handled regularly, and waits while it is closed or held,
   * until `isOver`.
   */
  async pass(isOver: () => boolean): Promise<void> {
    if (this.now() - this.breathedAt > SLICE || !this.letsThrough) {
      await this.breathe();
      this.breathedAt = this.now();
    }
    while (!this.letsThrough && !isOver()) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    if (!isOver()) this.allowed -= 1;
  }
}

/**
 * The next task of the event loop. A message arrives immediately, whereas `setTimeout` would wait four
 * milliseconds.
 */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
