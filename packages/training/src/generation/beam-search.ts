import { type Cell, disposeTree, type InputKind, tensorsOf } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkMemory } from '../loop/memory';
import { check, checkOptions, refuse } from '../refuse';
import { largestOf } from './sampling';
import { checkTextModel, readPrime, TEXT_MODEL_KINDS, type TextModelOptions } from './text-model';

export interface BeamSearchOptions<P, S, K extends InputKind> extends TextModelOptions<P, S, K> {
  /** The most ids of a candidate. */
  readonly length: number;
  /** How many candidates are kept at each step; 1 is greedy. */
  readonly width: number;
  /** α of the length penalty, at least 0: a larger one favours longer candidates. Default 0, none. */
  readonly lengthPenalty?: number;
}

export interface BeamCandidate {
  readonly ids: readonly number[];
  /** ln P(ids | prime) under the model, the stop included where one ended the candidate. */
  readonly logProbability: number;
  /** The logarithm of the probability over the length penalty, by which candidates are ranked. */
  readonly score: number;
}

/** A text that may go on. */
interface Hypothesis {
  readonly ids: readonly number[];
  readonly logProbability: number;
  /** Which row of the model read it. */
  readonly row: number;
}

/**
 * The likeliest texts that a beam of `width` finds, best first: at each step every text is extended by every
 * id, and the best are kept. A text that has stopped is set aside and the beam is one narrower (Sutskever et
 * al., 2014). Candidates are ranked by ln P / ((5 + |ids|) / 6)^α (Wu et al., 2016, equation 14), |ids| with
 * the stop. Of equally likely extensions the one of the better text, then the lower id, goes first. Nothing
 * is random. All texts of the beam take a step together; all start from `initialState`, where there is one.
 *
 * @returns at most `width` candidates, at least one
 * @throws UnrolledError for an empty prime, an id out of range, an option outside its range, a state that does
 * not fit, a model that cannot take single steps, or when every id is excluded
 */
export function beamSearch<P, S, K extends InputKind = 'vectors'>(
  options: BeamSearchOptions<P, S, K>,
): BeamCandidate[] {
  checkBeam(options);
  const { model, length, width, exclude = [] } = options;
  checkMemory(
    'beamSearch',
    () => `${width} texts side by side`,
    4 * width * numbersOfRow(model),
    'lower the width',
  );
  const excluded = new Set(Array.from(exclude));
  const done: BeamCandidate[] = [];
  let live: Hypothesis[] = [{ ids: [], logProbability: 0, row: 0 }];
  const { rows, logits: primed } = readPrime(options, width);
  try {
    let logits = primed;
    for (let step = 0; step < length && live.length > 0; step++) {
      const best = new BestExtensions(width - done.length);
      for (const text of live) {
        const row = logits.subarray(text.row * model.outputSize, (text.row + 1) * model.outputSize);
        addExtensions(best, text, row, excluded);
      }
      if (best.inOrder.length === 0) refuseAll();
      live = [];
      for (const { text, id, logProbability } of best.inOrder) {
        const ids = [...text.ids, id];
        const stop = stopLength(ids, options);
        if (stop === 0) live.push({ ids, logProbability, row: text.row });
        else done.push(candidate(ids, stop, logProbability, options));
      }
      if (live.length === 0 || step + 1 === length) break;
      // Rows that no text needs any more repeat the first one's step.
      const feeding = Array.from({ length: width }, (_, row) => live[row] ?? live[0]!);
      rows.gather(feeding.map(({ row }) => row));
      logits = rows.feed(feeding.map(({ ids }) => ids.at(-1)!));
      live = live.map((text, row) => ({ ...text, row }));
    }
  } finally {
    rows.dispose();
  }
  const all = [...done, ...live.map(({ ids, logProbability }) => candidate(ids, 0, logProbability, options))];
  return all.sort((a, b) => b.score - a.score);
}

/** Logits and states of a text. */
function numbersOfRow<P, S, K extends InputKind>(model: Cell<P, S, K>): number {
  const state = model.zeroState(1);
  const numbers = tensorsOf(state).reduce((sum, { size }) => sum + size, model.outputSize);
  disposeTree(state);
  return numbers;
}

interface Extension {
  readonly text: Hypothesis;
  readonly id: number;
  readonly logProbability: number;
}

/** The likeliest of all that is added; of equal ones the first. */
class BestExtensions {
  readonly inOrder: Extension[] = [];

  constructor(private readonly room: number) {}

  /** The score that a further one has to exceed. */
  get least(): number {
    return this.inOrder.length < this.room ? Number.NEGATIVE_INFINITY : this.inOrder.at(-1)!.logProbability;
  }

  add(extension: Extension): void {
    let place = this.inOrder.length;
    while (place > 0 && this.inOrder[place - 1]!.logProbability < extension.logProbability) place -= 1;
    this.inOrder.splice(place, 0, extension);
    if (this.inOrder.length > this.room) this.inOrder.pop();
  }
}

/** Adds a text's extensions by every id: ln P grows by logit − ln Σ exp(logits). */
function addExtensions(
  best: BestExtensions,
  text: Hypothesis,
  logits: Float32Array,
  excluded: ReadonlySet<number>,
): void {
  const largest = logits[largestOf(logits)]!;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const base = text.logProbability - largest - Math.log(sum);
  for (let id = 0; id < logits.length; id++) {
    const logProbability = base + logits[id]!;
    if (logProbability > best.least && !excluded.has(id)) best.add({ text, id, logProbability });
  }
}

function refuseAll(): never {
  refuse('beamSearch', {
    expected: 'an id that may be taken',
    got: 'none',
    remedy: 'exclude fewer; or the logits are not finite',
  });
}

/** How many of the last ids are a stop; 0 for a text that goes on. */
function stopLength(
  ids: readonly number[],
  {
    stopAt,
    stopSequences = [],
  }: Pick<BeamSearchOptions<unknown, unknown, InputKind>, 'stopAt' | 'stopSequences'>,
): number {
  if (ids.at(-1) === stopAt) return 1;
  const endsWith = (sequence: ArrayLike<number>) =>
    Array.from(sequence).every((id, at) => ids[ids.length - sequence.length + at] === id);
  return Math.max(0, ...stopSequences.filter(endsWith).map((sequence) => sequence.length));
}

function candidate(
  ids: readonly number[],
  stop: number,
  logProbability: number,
  { lengthPenalty = 0 }: { readonly lengthPenalty?: number },
): BeamCandidate {
  const score = logProbability / ((5 + ids.length) / 6) ** lengthPenalty;
  return { ids: ids.slice(0, ids.length - stop), logProbability, score };
}

const KINDS: OptionKinds<BeamSearchOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  length: 'positive integer',
  width: 'positive integer',
  lengthPenalty: 'number?',
};

function checkBeam<P, S, K extends InputKind>(options: BeamSearchOptions<P, S, K>): void {
  const scope = 'beamSearch';
  checkOptions(scope, options, KINDS as OptionKinds<typeof options>);
  const { lengthPenalty = 0 } = options;
  checkTextModel(scope, options);
  const isPenalty = lengthPenalty >= 0 && lengthPenalty < Infinity;
  check.number(scope, 'a length penalty', lengthPenalty, isPenalty, 'of at least 0');
}
