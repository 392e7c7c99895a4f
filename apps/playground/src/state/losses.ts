/** Every loss of a run, and as few points of them as a curve can show. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

export class Losses {
  private values = new Float64Array(1024);
  private first = 1;
  private count = 0;

  /** Adds the losses of the steps that follow. */
  add(steps: readonly number[], losses: readonly number[]): void {
    if (steps.length === 0) return;
    if (this.count === 0) this.first = steps[0]!;
    const needed = this.count + steps.length;
    if (needed > this.values.length) {
      const wider = new Float64Array(Math.max(needed, 2 * this.values.length));
      wider.set(this.values.subarray(0, this.count));
      this.values = wider;
    }
    this.values.set(losses, this.count);
    this.count = needed;
  }

  /** Forgets those after a step. */
  rewind(step: number): void {
    this.count = Math.max(0, Math.min(this.count, step - this.first + 1));
  }

  get last(): number | undefined {
    return this.count > 0 ? this.values[this.count - 1] : undefined;
  }

  /** Means over equal stretches, each at its last step. */
  points(most: number): Point[] {
    const width = Math.max(1, Math.ceil(this.count / most));
    const points: Point[] = [];
    for (let start = 0; start < this.count; start += width) {
      const end = Math.min(this.count, start + width);
      let sum = 0;
      for (let n = start; n < end; n++) sum += this.values[n]!;
      points.push({ step: this.first + end - 1, loss: sum / (end - start) });
    }
    return points;
  }

  /** One line a step, each number with all of its digits. */
  csv(): string {
    const lines = Array.from(this.values.subarray(0, this.count), (loss, n) => `${this.first + n},${loss}`);
    return `step,loss\n${lines.join('\n')}\n`;
  }
}
