import type { InputKind } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import { DrawnText } from './drawn-text';
import { textsOf } from './initial-state';
import { checkRepetitionOptions, REPETITION_KINDS, type RepetitionOptions } from './repetition-penalty';
import { checkDrawOptions, DRAW_KINDS, type DrawOptions } from './sampling';
import {
  checkTextModel,
  primesOf,
  readPrime,
  TEXT_MODEL_KINDS,
  TEXTS_MODEL_KINDS,
  type TextModelOptions,
  type TextRows,
  type TextsModelOptions,
} from './text-model';

/** The length of texts and the options of sampling. */
interface Drawing extends DrawOptions, RepetitionOptions {
  /** Maximum number of ids; Infinity continues until the caller stops. */
  readonly length: number;
}

export interface SamplingOptions<P, S, K extends InputKind> extends TextModelOptions<P, S, K>, Drawing {}

export interface GenerateOptions<P, S, K extends InputKind> extends SamplingOptions<P, S, K> {
  /** The same seed gives the same ids; default 0. */
  readonly seed?: number;
}

export interface GenerateSamplesOptions<P, S, K extends InputKind>
  extends Omit<SamplingOptions<P, S, K>, 'initialState'> {
  /**
   * The state before the prime, such as an encoder's last state. It has one row, from which every sample
   * starts, or one row for each sample. It is copied. Default all zeros.
   */
  readonly initialState?: NoInfer<S> | undefined;
  /** One seed for each sample. */
  readonly seeds: ArrayLike<number>;
}

export interface GenerateBatchOptions<P, S, K extends InputKind> extends TextsModelOptions<P, S, K>, Drawing {
  /** Maximum number of ids of a text. */
  readonly length: number;
  /** One seed for each source. A text depends only on its source and its seed. Default 0, 1, 2 … */
  readonly seeds?: ArrayLike<number>;
}

export interface GeneratedText {
  readonly ids: readonly number[];
  /** The result of `outputOf` in the step of each id. */
  readonly outputs?: readonly Float32Array[];
}

const DRAWING_KINDS: OptionKinds<Drawing> = { ...DRAW_KINDS, ...REPETITION_KINDS, length: 'number' };
const KINDS: OptionKinds<GenerateOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  ...DRAWING_KINDS,
  seed: 'number?',
};
const SAMPLES_KINDS: OptionKinds<GenerateSamplesOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  ...DRAWING_KINDS,
  seeds: 'array or typed array',
};
const BATCH_KINDS: OptionKinds<GenerateBatchOptions<object, unknown, InputKind>> = {
  ...TEXTS_MODEL_KINDS,
  ...DRAWING_KINDS,
  length: 'integer of at least 0',
  seeds: 'array or typed array?',
};

/**
 * Samples ids from a model and feeds each drawn id back. Yields one id at a time; leaving the loop frees
 * everything.
 *
 * The logits of excluded ids are set to −Infinity. Then the repetition penalty, temperature, top-k, top-p and
 * min-p apply, in the order of Hugging Face's transformers. At temperature 0, the most likely id after the
 * penalty is chosen.
 *
 * @throws UnrolledError at the call for an empty prime, an id out of range, an option out of range, a state
 *   that does not fit, or a model that cannot run single steps
 */
export function generate<P, S, K extends InputKind = 'vectors'>(
  options: GenerateOptions<P, S, K>,
): Generator<number, void, void> {
  checkOptions('generate', options, KINDS as OptionKinds<typeof options>);
  checkSampling('generate', options, 1);
  return first(drawRows({ ...options, seeds: [options.seed ?? 0] }));
}

/**
 * Several samples from the same prime in one batch, many times faster than one after the other. Yields
 * [sample, id]. A sample depends only on its seed, and equals the sample of `generate` with that seed.
 *
 * @throws UnrolledError for the reasons of `generate`, and if there is no seed
 */
export function generateSamples<P, S, K extends InputKind = 'vectors'>(
  options: GenerateSamplesOptions<P, S, K>,
): Generator<readonly [sample: number, id: number], void, void> {
  checkOptions('generateSamples', options, SAMPLES_KINDS as OptionKinds<typeof options>);
  if (options.seeds.length === 0) {
    refuse('generateSamples', {
      expected: 'a seed for each sample',
      got: 'none',
      remedy: 'pass seeds: [1, 2]',
    });
  }
  checkSeeds('generateSamples', options.seeds);
  checkSampling('generateSamples', options, options.seeds.length);
  return drawRows(options);
}

/**
 * One text for each source, such as the rows of an encoder's last state, in one batch; at temperature 0
 * greedy decoding. The number of sources is the number of rows of `initialState`, or of primes. Finished
 * texts run no further steps. Each text equals that of `generate` for its source and seed, to the last bit.
 *
 * @throws UnrolledError for the reasons of `generate`, and if there is not one seed for each source
 */
export function generateBatch<P, S, K extends InputKind = 'vectors'>(
  options: GenerateBatchOptions<P, S, K>,
): GeneratedText[] {
  const scope = 'generateBatch';
  checkOptions(scope, options, BATCH_KINDS as OptionKinds<typeof options>);
  const { prime, initialState, seeds: given, outputOf } = options;
  const count = textsOf(primesOf(prime).length, initialState);
  const seeds = given ?? Array.from({ length: count }, (_, source) => source);
  checkSeeds(scope, seeds);
  if (seeds.length !== count) {
    refuse(scope, {
      expected: `a seed for each of ${count} sources`,
      got: String(seeds.length),
      remedy: 'omit seeds, or pass one for each row of initialState',
    });
  }
  checkSampling(scope, options, count);
  const ids = Array.from(seeds, (): number[] => []);
  const outputs = Array.from(seeds, (): Float32Array[] => []);
  for (const [source, id] of drawRows({ ...options, seeds }, outputs)) ids[source]!.push(id);
  return ids.map((own, source) => ({
    ids: own,
    ...(outputOf && { outputs: outputs[source]!.slice(0, own.length) }),
  }));
}

function* first(drawn: Generator<readonly [number, number], void, void>): Generator<number, void, void> {
  for (const [, id] of drawn) yield id;
}

/** If at least this share of the rows has stopped, it pays to remove them. */
const STOPPED = 1 / 8;

/** @param outputs receives the results of `outputOf`, one list for each text */
function* drawRows<P, S, K extends InputKind>(
  options: GenerateBatchOptions<P, S, K> & { readonly seeds: ArrayLike<number> },
  outputs?: readonly Float32Array[][],
): Generator<readonly [number, number], void, void> {
  const { model, length, seeds } = options;
  const primes = primesOf(options.prime);
  const texts = Array.from(seeds, (seed, n) => new DrawnText(options, primes[n] ?? primes[0]!, seed));
  if (length === 0) return;
  const { rows, logits: primed } = readPrime(options, seeds.length);
  try {
    const size = model.outputSize;
    let logits = primed;
    /** The text of each row. */
    let places = texts.map((_, n) => n);
    for (let drawn = 0; drawn < length; drawn++) {
      for (const [row, n] of places.entries()) {
        if (texts[n]!.stopped) continue;
        const output = outputs && rows.outputOf(row);
        if (output) outputs[n]!.push(output);
        for (const id of texts[n]!.draw(logits.subarray(row * size, (row + 1) * size))) yield [n, id];
      }
      if (texts.every(({ stopped }) => stopped)) return;
      if (drawn + 1 === length) break;
      places = goingOn(places, texts, rows);
      logits = rows.feed(places.map((n) => texts[n]!.last));
    }
    for (const [n, text] of texts.entries()) for (const id of text.rest()) yield [n, id];
  } finally {
    rows.dispose();
  }
}

/** Removes the rows of stopped texts if they are numerous enough. */
function goingOn(places: number[], texts: readonly DrawnText[], rows: TextRows): number[] {
  const going = [...places.keys()].filter((row) => !texts[places[row]!]!.stopped);
  if (places.length - going.length < STOPPED * places.length) return places;
  rows.gather(going);
  return going.map((row) => places[row]!);
}

function checkSeeds(scope: string, seeds: ArrayLike<number>): void {
  for (const seed of Array.from(seeds)) checkKind(scope, 'each of seeds', seed, 'number');
}

function checkSampling<P, S, K extends InputKind>(
  scope: string,
  options: TextsModelOptions<P, S, K> & Drawing,
  rows: number,
): void {
  const { length } = options;
  checkTextModel(scope, options, rows);
  check.number(scope, 'a length', length, length >= 0, 'of at least 0');
  checkDrawOptions(scope, options);
  checkRepetitionOptions(scope, options);
}
