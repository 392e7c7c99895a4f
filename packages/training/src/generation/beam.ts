/** The beam of one source: the unfinished and the finished texts. */
import { refuse } from '../refuse';
import { largestOf } from './sampling';

export interface BeamCandidate {
  readonly ids: readonly number[];
  /** ln P(ids | prime) under the model, including the stop if the candidate ended with one. */
  readonly logProbability: number;
  /** The score that ranks candidates: the logarithm of the probability divided by the length penalty. */
  readonly score: number;
  /** The result of `outputOf` in the step of each id. */
  readonly outputs?: readonly Float32Array[];
}

/** The rules for extending and ending texts. */
export interface BeamRules {
  readonly width: number;
  /** Maximum number of ids of a text. */
  readonly length: number;
  readonly minLength?: number | undefined;
  readonly lengthPenalty?: number | undefined;
  /** Number of candidates to return. */
  readonly best?: number | undefined;
  readonly exclude?: ArrayLike<number> | undefined;
  readonly stopAt?: number | undefined;
  readonly stopSequences?: readonly ArrayLike<number>[] | undefined;
}

/** A text, as a linked list from its last id back. */
export interface Hypothesis {
  readonly before: Hypothesis | undefined;
  /** −1 in the empty text. */
  readonly id: number;
  /** Number of ids. */
  readonly size: number;
  readonly logProbability: number;
  readonly output: Float32Array | undefined;
  /** The model's row that has read the text, or its parent before the id is fed. */
  row: number;
}

/** The logits of the rows [rows, V], and other results of the step. */
export interface StepNumbers {
  readonly logits: Float32Array;
  /** V */
  readonly classes: number;
  outputOf(row: number): Float32Array | undefined;
}

export class Beam {
  /** The unfinished texts, most likely first. */
  live: readonly Hypothesis[];
  private readonly done: BeamCandidate[] = [];
  private readonly excluded: ReadonlySet<number>;
  private readonly excludedAtFirst: ReadonlySet<number>;

  /** @param row the model's row that has read the prime */
  constructor(
    private readonly rules: BeamRules,
    row: number,
  ) {
    this.live = [{ before: undefined, id: -1, size: 0, logProbability: 0, output: undefined, row }];
    this.excluded = new Set(Array.from(rules.exclude ?? []));
    this.excludedAtFirst = new Set([...this.excluded, rules.stopAt ?? -1]);
  }

  /** Extends every text by every id, and keeps the best extensions. */
  extend({ logits, classes, outputOf }: StepNumbers): void {
    const { rules } = this;
    const best = new BestExtensions(rules.width - this.done.length);
    const isEarly = this.live[0]!.size < (rules.minLength ?? 0);
    const excluded = isEarly ? this.excludedAtFirst : this.excluded;
    for (const text of this.live) addExtensions(best, text, logits, classes, excluded);
    if (best.count === 0) refuseAll();
    const live: Hypothesis[] = [];
    for (let place = 0; place < best.count; place++) {
      const [text, id, logProbability] = [best.texts[place]!, best.ids[place]!, best.scores[place]!];
      const { row, size } = text;
      const next = { before: text, id, size: size + 1, logProbability, output: outputOf(row), row };
      const stop = stopLength(next, rules);
      if (stop === 0) live.push(next);
      else this.done.push(candidate(next, stop, rules));
    }
    this.live = live;
  }

  /**
   * Whether no unfinished text can rank among the candidates any more. This can be decided because ln P only
   * decreases.
   */
  get isSettled(): boolean {
    const { best, length } = this.rules;
    const likeliest = this.live[0];
    if (likeliest === undefined) return true;
    if (best === undefined || this.done.length < best) return false;
    const worst = this.done.map(({ score }) => score).sort((a, b) => b - a)[best - 1]!;
    return worst >= scoreOf(likeliest.logProbability, length, this.rules);
  }

  /** The candidates, best first; of equal scores those that ended first. */
  candidates(): BeamCandidate[] {
    const all = [...this.done, ...this.live.map((text) => candidate(text, 0, this.rules))];
    return all.sort((a, b) => b.score - a.score).slice(0, this.rules.best);
  }
}

/** Keeps the most likely of the added extensions, in order; of equal extensions the first. */
class BestExtensions {
  count = 0;
  readonly texts: Hypothesis[] = [];
  readonly ids: number[] = [];
  readonly scores: number[] = [];

  constructor(private readonly room: number) {}

  /** The score that a new extension must exceed. */
  get least(): number {
    return this.count < this.room ? Number.NEGATIVE_INFINITY : this.scores[this.count - 1]!;
  }

  /** Adds an extension whose score exceeds `least`. */
  add(text: Hypothesis, id: number, score: number): void {
    const { texts, ids, scores } = this;
    if (this.count < this.room) this.count += 1;
    let place = this.count - 1;
    for (; place > 0 && scores[place - 1]! < score; place--) {
      texts[place] = texts[place - 1]!;
      ids[place] = ids[place - 1]!;
      scores[place] = scores[place - 1]!;
    }
    texts[place] = text;
    ids[place] = id;
    scores[place] = score;
  }
}

/** Adds a text's extensions by every id. ln P changes by logit − ln Σ exp(logits). */
function addExtensions(
  best: BestExtensions,
  text: Hypothesis,
  logits: Float32Array,
  classes: number,
  excluded: ReadonlySet<number>,
): void {
  const start = text.row * classes;
  const end = start + classes;
  let largest = Number.NEGATIVE_INFINITY;
  let isNumber = true;
  for (let at = start; at < end; at++) {
    const logit = logits[at]!;
    if (logit > largest) largest = logit;
    isNumber &&= !Number.isNaN(logit);
  }
  // Throws for a row with NaN.
  if (!isNumber) largestOf(logits.subarray(start, end));
  let sum = 0;
  for (let at = start; at < end; at++) sum += Math.exp(logits[at]! - largest);
  const base = text.logProbability - largest - Math.log(sum);
  let { least } = best;
  for (let id = 0; id < classes; id++) {
    const logProbability = base + logits[start + id]!;
    if (!(logProbability > least) || excluded.has(id)) continue;
    best.add(text, id, logProbability);
    least = best.least;
  }
}

function refuseAll(): never {
  refuse('beamSearch', {
    expected: 'an id that may be chosen',
    got: 'none',
    remedy: 'exclude fewer ids; if few are excluded, the logits are not finite',
  });
}

/** Number of ids at the end that form a stop; 0 for an unfinished text. */
function stopLength(text: Hypothesis, { stopAt, stopSequences = [] }: BeamRules): number {
  if (text.id === stopAt) return 1;
  if (stopSequences.length === 0) return 0;
  const endsWith = (sequence: ArrayLike<number>) => {
    let at: Hypothesis | undefined = text;
    for (let place = sequence.length - 1; place >= 0; place--, at = at?.before)
      if (at?.id !== sequence[place]) return false;
    return true;
  };
  return Math.max(0, ...stopSequences.filter(endsWith).map((sequence) => sequence.length));
}

function candidate(text: Hypothesis, stop: number, rules: BeamRules): BeamCandidate {
  const steps: Hypothesis[] = [];
  for (let at = text; at.before; at = at.before) steps.unshift(at);
  const kept = steps.slice(0, steps.length - stop);
  const { logProbability, size, output } = text;
  return {
    ids: kept.map(({ id }) => id),
    logProbability,
    score: scoreOf(logProbability, size, rules),
    ...(output && { outputs: kept.map((step) => step.output!) }),
  };
}

/** ln P / ((5 + |ids|) / 6)^α (Wu et al., 2016, equation 14). */
function scoreOf(logProbability: number, size: number, { lengthPenalty = 0 }: BeamRules): number {
  return logProbability / ((5 + size) / 6) ** lengthPenalty;
}
