import { checkKind, refuse } from '../refuse';

/**
 * Yields drawn ids up to the first stop sequence. Ids that may begin a stop sequence are held back until that
 * is decided, so no part of it is yielded. If two sequences end at the same id, the longer one is removed.
 */
export class StopSequences {
  /** The drawn ids at the end that have not been yielded yet. */
  private pending: number[] = [];

  constructor(private readonly sequences: readonly ArrayLike<number>[]) {}

  /** @throws UnrolledError if a sequence is empty */
  static check(scope: string, sequences: readonly ArrayLike<number>[]): void {
    for (const [place, sequence] of sequences.entries()) {
      checkKind(scope, `stopSequences[${place}]`, sequence, 'array or typed array');
      if (sequence.length > 0) continue;
      refuse(scope, { expected: 'stop sequences of at least one id', got: 'an empty sequence' });
    }
  }

  /** Takes the next drawn id. Returns the ids to yield, and whether a stop sequence is complete. */
  push(id: number): { readonly given: readonly number[]; readonly stopped: boolean } {
    if (this.sequences.length === 0) return { given: [id], stopped: false };
    this.pending.push(id);
    const { length } = this.pending;
    for (let start = 0; start < length; start++) {
      const stopped = this.sequences.some(
        (sequence) => sequence.length === length - start && this.fits(sequence, start),
      );
      if (stopped) return { given: this.pending.splice(0).slice(0, start), stopped };
    }
    let held = 0;
    while (held < length && !this.sequences.some((sequence) => this.fits(sequence, held))) held += 1;
    return { given: this.pending.splice(0, held), stopped: false };
  }

  /** The ids held back, once nothing more is drawn. */
  rest(): readonly number[] {
    return this.pending.splice(0);
  }

  /** Whether the pending ids from `start` on are a sequence or the beginning of one. */
  private fits(sequence: ArrayLike<number>, start: number): boolean {
    if (this.pending.length - start > sequence.length) return false;
    for (let at = start; at < this.pending.length; at++) {
      if (this.pending[at] !== sequence[at - start]) return false;
    }
    return true;
  }
}
