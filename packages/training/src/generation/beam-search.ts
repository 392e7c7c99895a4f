import type { Cell, InputKind } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { checkMemory } from '../loop/memory';
import { check, checkOptions, refuse } from '../refuse';
import { Beam, type BeamCandidate } from './beam';
import { stateForm, textsOf } from './initial-state';
import {
  checkTextModel,
  primesOf,
  readPrime,
  TEXT_MODEL_KINDS,
  TEXTS_MODEL_KINDS,
  type TextModelOptions,
  type TextsModelOptions,
} from './text-model';

/** The limits of a beam search. */
interface Breadth {
  /** Maximum number of ids of a candidate. */
  readonly length: number;
  /** Number of candidates kept at each step; 1 is greedy search. */
  readonly width: number;
  /** α of the length penalty, at least 0: a larger value favours longer candidates. Default 0, no penalty. */
  readonly lengthPenalty?: number;
  /**
   * Number of candidates to return, at most `width`; default `width`. With fewer, the search ends as soon as
   * no other text can rank among them.
   */
  readonly best?: number;
}

export interface BeamSearchOptions<P, S, K extends InputKind> extends TextModelOptions<P, S, K>, Breadth {}

/** The options of a beam search over many sources at once. */
export interface BeamSearchBatchOptions<P, S, K extends InputKind>
  extends TextsModelOptions<P, S, K>,
    Breadth {}

/**
 * The most likely texts found by a beam search of `width`, best first. At each step every text is extended by
 * every id, and the best extensions are kept. A finished text is set aside and narrows the beam by one
 * (Sutskever et al., 2014). Candidates are ranked by ln P / ((5 + |ids|) / 6)^α (Wu et al., 2016, equation
 * 14), where |ids| includes the stop id. Of equally likely extensions, that of the better text comes first,
 * then that with the lower id. Nothing is random. All texts of the beam run a step together, starting from
 * `initialState` if it is given.
 *
 * @returns at least one candidate and at most `width`
 * @throws UnrolledError for an empty prime, an id out of range, an option out of range, a state that does not
 *   fit, a model that cannot run single steps, or if every id is excluded
 */
export function beamSearch<P, S, K extends InputKind = 'vectors'>(
  options: BeamSearchOptions<P, S, K>,
): BeamCandidate[] {
  checkOptions('beamSearch', options, KINDS as OptionKinds<typeof options>);
  return search('beamSearch', options, 1)[0]!;
}

/**
 * Runs `beamSearch` for many sources in one batch, such as the rows of an encoder's last state. The
 * unfinished texts of all beams run a step together. The number of sources is the number of rows of
 * `initialState`, or of primes. Each source gets the result of `beamSearch` alone, to the last bit.
 *
 * @returns the candidates of each source, best first
 * @throws UnrolledError for the reasons of `beamSearch`
 */
export function beamSearchBatch<P, S, K extends InputKind = 'vectors'>(
  options: BeamSearchBatchOptions<P, S, K>,
): BeamCandidate[][] {
  checkOptions('beamSearchBatch', options, BATCH_KINDS as OptionKinds<typeof options>);
  return search('beamSearchBatch', options, textsOf(primesOf(options.prime).length, options.initialState));
}

function search<P, S, K extends InputKind>(
  scope: string,
  options: BeamSearchBatchOptions<P, S, K>,
  sources: number,
): BeamCandidate[][] {
  checkBeam(scope, options, sources);
  const { model, length, width, constantState = [] } = options;
  checkMemory(
    scope,
    () => `${sources * width} texts at once`,
    4 * sources * width * numbersOfRow(model),
    sources > 1 ? 'reduce the width, or decode fewer sources at once' : 'reduce the width',
  );
  const beams = Array.from({ length: sources }, (_, row) => new Beam(options, row));
  const { rows, logits: primed } = readPrime(options, sources, sources * Math.min(width, model.outputSize));
  try {
    const step = { logits: primed, classes: model.outputSize, outputOf: rows.outputOf };
    /** The beam of each row. */
    let places: readonly Beam[] = beams;
    let going = beams;
    for (let taken = 1; ; taken++) {
      for (const beam of going) beam.extend(step);
      going = going.filter(({ isSettled }) => !isSettled);
      if (going.length === 0 || taken === length) break;
      const next = nextRows(places, going, constantState.length > 0);
      if (!isSame(next.from, places.length)) rows.gather(next.from);
      places = next.places;
      step.logits = rows.feed(next.ids);
    }
  } finally {
    rows.dispose();
  }
  return beams.map((beam) => beam.candidates());
}

const isSame = (from: readonly number[], rows: number) =>
  from.length === rows && from.every((row, place) => row === place);

/**
 * If at least this share of the rows is in use, moving the constant state would take longer than stepping the
 * unused rows.
 */
const USED = 7 / 8;

/**
 * A row for each unfinished text, and its input id. If rows `stay` with their sources, the constant state
 * needs no copy; unused rows then repeat another row of the same source.
 */
function nextRows(places: readonly Beam[], going: readonly Beam[], stay: boolean) {
  const next = { from: [] as number[], ids: [] as number[], places: [] as Beam[] };
  const add = (beam: Beam, from: number, id: number) => {
    next.places.push(beam);
    next.ids.push(id);
    return next.from.push(from) - 1;
  };
  const rowsOf = new Map<Beam, number>();
  for (const beam of places) rowsOf.set(beam, (rowsOf.get(beam) ?? 0) + 1);
  const texts = going.reduce((sum, { live }) => sum + live.length, 0);
  const fits = going.every((beam) => beam.live.length <= rowsOf.get(beam)!);
  const stays = stay && fits && texts > USED * places.length;
  const goes = new Set(going);
  for (const beam of stays ? rowsOf.keys() : going) {
    const live = goes.has(beam) ? beam.live : [];
    for (const text of live) text.row = add(beam, text.row, text.id);
    if (!stays) continue;
    const own = live.length > 0 ? next.from.at(-1)! : places.indexOf(beam);
    for (let spare = live.length; spare < rowsOf.get(beam)!; spare++) add(beam, own, 0);
  }
  return next;
}

/** The number of logits and state values of a text. */
function numbersOfRow<P, S, K extends InputKind>(model: Cell<P, S, K>): number {
  return stateForm(model).tensors.reduce((sum, [, { size }]) => sum + size, model.outputSize);
}

const BREADTH_KINDS: OptionKinds<Breadth> = {
  length: 'positive integer',
  width: 'positive integer',
  lengthPenalty: 'number?',
  best: 'positive integer?',
};
const KINDS: OptionKinds<BeamSearchOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  ...BREADTH_KINDS,
};
const BATCH_KINDS: OptionKinds<BeamSearchBatchOptions<object, unknown, InputKind>> = {
  ...TEXTS_MODEL_KINDS,
  ...BREADTH_KINDS,
};

function checkBeam<P, S, K extends InputKind>(
  scope: string,
  options: BeamSearchBatchOptions<P, S, K>,
  sources: number,
): void {
  const { lengthPenalty = 0, width, best = 1 } = options;
  checkTextModel(scope, options, sources);
  const isPenalty = lengthPenalty >= 0 && lengthPenalty < Infinity;
  check.number(scope, 'a length penalty', lengthPenalty, isPenalty, 'of at least 0');
  if (best <= width) return;
  refuse(scope, {
    expected: `best to be at most the width, ${width}`,
    got: String(best),
    remedy: 'increase the width, or reduce best',
  });
}
