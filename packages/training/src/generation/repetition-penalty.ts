/**
 * The repetition penalty of CTRL (Keskar et al., 2019, section 4.1). The logit of an id that is already in
 * the text is divided by θ if it is positive and multiplied by θ if it is negative, as in Hugging Face's
 * transformers. The penalty applies once for any number of occurrences. θ = 1 has no effect; the paper uses
 * about 1.2.
 */
import type { OptionKinds } from '@unrolled/errors';
import { check } from '../refuse';

export interface RepetitionOptions {
  /** θ: above 1 discourages repetition, below 1 encourages it. Default 1. */
  readonly repetitionPenalty?: number;
  /**
   * Number of last ids that are considered, including those of the prime; Infinity for all. Default 64, as in
   * llama.cpp.
   */
  readonly repetitionWindow?: number;
}

export const REPETITION_KINDS: OptionKinds<RepetitionOptions> = {
  repetitionPenalty: 'number?',
  repetitionWindow: 'number?',
};

/** @throws UnrolledError if an option is out of range */
export function checkRepetitionOptions(scope: string, options: RepetitionOptions): void {
  const { repetitionPenalty = 1, repetitionWindow = 64 } = options;
  const isPenalty = repetitionPenalty > 0 && repetitionPenalty < Infinity;
  check.number(scope, 'a repetition penalty', repetitionPenalty, isPenalty, 'above 0');
  const isWindow = repetitionWindow === Infinity || Number.isInteger(repetitionWindow);
  check.number(
    scope,
    'a repetition window',
    repetitionWindow,
    isWindow && repetitionWindow > 0,
    'to be a positive integer or Infinity',
  );
}

/** The last ids of a text, and their penalty on the next logits. */
export class RepetitionPenalty {
  private readonly recent: number[] = [];
  private readonly counts = new Map<number, number>();
  private readonly penalty: number;
  private readonly window: number;

  constructor({ repetitionPenalty = 1, repetitionWindow = 64 }: RepetitionOptions) {
    this.penalty = repetitionPenalty;
    this.window = repetitionWindow;
  }

  /** Records the next id of the text. */
  add(id: number): void {
    if (this.penalty === 1) return;
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
    if (this.window === Infinity) return;
    this.recent.push(id);
    if (this.recent.length <= this.window) return;
    const gone = this.recent.shift()!;
    const left = this.counts.get(gone)! - 1;
    if (left > 0) this.counts.set(gone, left);
    else this.counts.delete(gone);
  }

  /** Changes logits in place. */
  apply(logits: Float32Array): void {
    for (const id of this.counts.keys()) {
      const logit = logits[id]!;
      logits[id] = logit > 0 ? logit / this.penalty : logit * this.penalty;
    }
  }
}
