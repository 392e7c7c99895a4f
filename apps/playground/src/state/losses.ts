/** The losses of a run: of each step at first, and means over several steps in a long run. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

export class Losses {
  private readonly values: Float64Array;
  /** Number of steps for each value. It doubles whenever the values fill their space. */
  private width = 1;
  private first = 1;
  private count = 0;
  /** The sum over the steps after the last value. */
  private sum = 0;
  private rest = 0;
  /** The loss of the last step. */
  last: number | undefined;

  /** @param room maximum number of values, an even number */
  constructor(private readonly room = 2 ** 18) {
    this.values = new Float64Array(room);
  }

  /** Adds the losses of the following steps. */
  add(steps: readonly number[], losses: readonly number[]): void {
    if (steps.length === 0) return;
    if (this.last === undefined) this.first = steps[0]!;
    this.last = losses.at(-1);
    for (const loss of losses) {
      this.sum += loss;
      this.rest += 1;
      if (this.rest < this.width) continue;
      this.values[this.count] = this.sum / this.rest;
      this.count += 1;
      this.sum = 0;
      this.rest = 0;
      if (this.count === this.room) this.merge();
    }
  }

  private merge(): void {
    const { values } = this;
    this.count /= 2;
    this.width *= 2;
    for (let n = 0; n < this.count; n++) values[n] = (values[2 * n]! + values[2 * n + 1]!) / 2;
  }

  /**
   * Removes the losses after a step. If a value covers steps before and after it, the mean is kept for those
   * before.
   */
  rewind(step: number): void {
    const kept = Math.max(0, step - this.first + 1);
    const whole = Math.floor(kept / this.width);
    if (kept < this.count * this.width + this.rest) {
      const mean = whole < this.count ? this.values[whole]! : this.sum / this.rest;
      this.rest = kept % this.width;
      this.sum = this.rest > 0 ? this.rest * mean : 0;
      this.count = whole;
    }
    if (kept === 0) {
      this.width = 1;
      this.last = undefined;
    } else this.last = this.rest > 0 ? this.sum / this.rest : this.values[this.count - 1];
  }

  /** Means over intervals of equal length, each at its last step. */
  points(most: number): Point[] {
    const each = Math.max(1, Math.ceil(this.count / most));
    const points: Point[] = [];
    for (let start = 0; start < this.count; start += each) {
      const end = Math.min(this.count, start + each);
      let sum = 0;
      for (let n = start; n < end; n++) sum += this.values[n]!;
      points.push({ step: this.first + end * this.width - 1, loss: sum / (end - start) });
    }
    return points;
  }

  /** One line for each value, with all digits. */
  csv(): string {
    const lines = Array.from(
      this.values.subarray(0, this.count),
      (loss, n) => `${this.first + (n + 1) * this.width - 1},${loss}`,
    );
    return `step,loss\n${lines.join('\n')}\n`;
  }
}
