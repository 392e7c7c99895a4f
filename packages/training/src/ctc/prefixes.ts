/**
 * The prefix beam of one row: the candidate labels so far, each with the probability of all paths that lead
 * to them.
 */
import type { CtcScores } from './scores';
import { logAdd } from './scores';

/** A prefix of labels, as a linked list from the last label back. */
export interface Prefix {
  readonly before: Prefix | undefined;
  /** −1 in the empty prefix. */
  readonly label: number;
  readonly size: number;
  /** ln P of the paths that end with a blank, of those that end with the label, and of both together. */
  blankEnd: number;
  labelEnd: number;
  total: number;
  /** The terms of the language model and the length, added to ln P. */
  readonly bonus: number;
  /** The score of each next label, [C]; undefined without a language model, and before it is computed. */
  bonuses: Float64Array | undefined;
  /** The language model's row that has read the prefix. */
  row: number;
  /** The last step before which the prefix was on the beam. */
  step: number;
  /**
   * The prefixes that are longer by one label, including all that were ever on the beam, so that a prefix
   * that returns is the same node.
   */
  readonly longer: Map<number, Prefix>;
}

const NEVER = -Infinity;

export class PrefixBeam {
  live: Prefix[];

  constructor(
    private readonly scores: CtcScores,
    private readonly width: number,
    private readonly lengthBonus: number,
  ) {
    this.live = [{ ...made(undefined, -1, 0), blankEnd: 0, total: 0 }];
  }

  /** Processes step t of the row, keeps the best prefixes, and returns the new ones. */
  advance(t: number): Prefix[] {
    const { classes, blank, logs } = this.scores;
    const now = t * classes;
    for (const prefix of this.live) prefix.step = t;
    const stayed = this.live.map((prefix) => {
      const { before, label } = prefix;
      let labelEnd = label < 0 ? NEVER : prefix.labelEnd + logs[now + label]!;
      if (before?.step === t) labelEnd = logAdd(labelEnd, paths(before, label) + logs[now + label]!);
      return { blankEnd: prefix.total + logs[now + blank]!, labelEnd };
    });
    const best = new Best(this.width);
    for (const [n, { blankEnd, labelEnd }] of stayed.entries()) {
      const prefix = this.live[n]!;
      best.add(logAdd(blankEnd, labelEnd) + prefix.bonus, n, -1);
    }
    for (const [n, prefix] of this.live.entries()) this.addLonger(best, n, prefix, now);
    return this.keep(best, stayed, now);
  }

  /** Extends a prefix by every label, except prefixes that are already on the beam. */
  private addLonger(best: Best, n: number, prefix: Prefix, now: number): void {
    const { classes, blank, logs } = this.scores;
    const { bonuses, label: last } = prefix;
    const base = prefix.total + prefix.bonus + this.lengthBonus;
    let { least } = best;
    for (let label = 0; label < classes; label++) {
      let score = base + logs[now + label]!;
      if (label === last) score += prefix.blankEnd - prefix.total;
      if (bonuses) score += bonuses[label]!;
      if (!(score > least) || label === blank || prefix.longer.get(label)?.step === prefix.step) continue;
      best.add(score, n, label);
      least = best.least;
    }
  }

  private keep(best: Best, stayed: { blankEnd: number; labelEnd: number }[], now: number): Prefix[] {
    const { logs } = this.scores;
    const fresh: Prefix[] = [];
    const live: Prefix[] = [];
    const kept = new Set<Prefix>();
    for (let place = 0; place < best.size; place++) {
      const prefix = this.live[best.from[place]!]!;
      const label = best.labels[place]!;
      if (label < 0) {
        kept.add(prefix);
        live.push(prefix);
        continue;
      }
      const next = this.longer(prefix, label);
      next.blankEnd = NEVER;
      next.labelEnd = paths(prefix, label) + logs[now + label]!;
      next.total = next.labelEnd;
      next.row = prefix.row;
      fresh.push(next);
      live.push(next);
    }
    for (const [n, prefix] of this.live.entries()) {
      Object.assign(prefix, stayed[n]!);
      prefix.total = logAdd(prefix.blankEnd, prefix.labelEnd);
      if (!kept.has(prefix)) prefix.bonuses = undefined;
    }
    this.live = live;
    return fresh;
  }

  private longer(prefix: Prefix, label: number): Prefix {
    const known = prefix.longer.get(label);
    if (known) return known;
    const bonus = prefix.bonus + this.lengthBonus + (prefix.bonuses?.[label] ?? 0);
    const next = made(prefix, label, bonus);
    prefix.longer.set(label, next);
    return next;
  }
}

function made(before: Prefix | undefined, label: number, bonus: number): Prefix {
  const size = before ? before.size + 1 : 0;
  const ends = { blankEnd: NEVER, labelEnd: NEVER, total: NEVER };
  return { before, label, size, ...ends, bonus, bonuses: undefined, row: -1, step: -1, longer: new Map() };
}

/** ln P of the paths that a label may extend: after an equal label only those that end with a blank. */
const paths = (prefix: Prefix, label: number) => (label === prefix.label ? prefix.blankEnd : prefix.total);

/** The labels of a prefix, in order. */
export function labelsOf(prefix: Prefix): number[] {
  const labels: number[] = [];
  for (let at = prefix; at.before; at = at.before) labels.push(at.label);
  return labels.reverse();
}

/** Keeps the largest of the added entries, in order; of equal entries the first. */
class Best {
  size = 0;
  readonly from: Int32Array;
  readonly labels: Int32Array;
  private readonly values: Float64Array;

  constructor(private readonly room: number) {
    this.from = new Int32Array(room + 1);
    this.labels = new Int32Array(room + 1);
    this.values = new Float64Array(room + 1);
  }

  /** The score that a new entry must exceed. */
  get least(): number {
    return this.size < this.room ? NEVER : this.values[this.room - 1]!;
  }

  add(value: number, from: number, label: number): void {
    if (!(value > this.least)) return;
    const { values, labels } = this;
    let place = this.size;
    for (; place > 0 && values[place - 1]! < value; place--) {
      values[place] = values[place - 1]!;
      this.from[place] = this.from[place - 1]!;
      labels[place] = labels[place - 1]!;
    }
    values[place] = value;
    this.from[place] = from;
    labels[place] = label;
    this.size = Math.min(this.room, this.size + 1);
  }
}
