import { type InputKind, random } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';
import {
  checkRepetitionOptions,
  REPETITION_KINDS,
  type RepetitionOptions,
  RepetitionPenalty,
} from './repetition-penalty';
import { checkDrawOptions, DRAW_KINDS, type DrawOptions, drawId } from './sampling';
import { StopSequences } from './stop-sequences';
import { checkTextModel, readPrime, TEXT_MODEL_KINDS, type TextModelOptions } from './text-model';

export interface SamplingOptions<P, S, K extends InputKind>
  extends TextModelOptions<P, S, K>,
    DrawOptions,
    RepetitionOptions {
  /** The most ids to draw; Infinity goes on until the caller stops. */
  readonly length: number;
}

export interface GenerateOptions<P, S, K extends InputKind> extends SamplingOptions<P, S, K> {
  /** The same seed gives the same ids; default 0. */
  readonly seed?: number;
}

export interface GenerateSamplesOptions<P, S, K extends InputKind>
  extends Omit<SamplingOptions<P, S, K>, 'initialState'> {
  /**
   * The state before the prime, such as an encoder's last one: of one row, from which every sample starts, or of one for
   * each sample; copied. Default all zeros.
   */
  readonly initialState?: NoInfer<S> | undefined;
  /** One for each sample. */
  readonly seeds: ArrayLike<number>;
}

const SAMPLING_KINDS: OptionKinds<SamplingOptions<object, unknown, InputKind>> = {
  ...TEXT_MODEL_KINDS,
  ...DRAW_KINDS,
  ...REPETITION_KINDS,
  length: 'number',
};
const KINDS: OptionKinds<GenerateOptions<object, unknown, InputKind>> = {
  ...SAMPLING_KINDS,
  seed: 'number?',
};
const SAMPLES_KINDS: OptionKinds<GenerateSamplesOptions<object, unknown, InputKind>> = {
  ...SAMPLING_KINDS,
  seeds: 'array or typed array',
};

/**
 * Samples from a model, feeding each drawn id back in. Gives one id at a time; breaking off frees everything.
 *
 * The logits of excluded ids are −Infinity; then come the repetition penalty, temperature, top-k, top-p and
 * min-p, the order of Hugging Face's transformers. At temperature 0 the likeliest id that the penalty leaves
 * is taken.
 *
 * @throws UnrolledError at once for an empty prime, an id out of range, an option outside its range, a state that does
 * not fit, or a model that cannot take single steps
 */
export function generate<P, S, K extends InputKind = 'vectors'>(
  options: GenerateOptions<P, S, K>,
): Generator<number, void, void> {
  checkOptions('generate', options, KINDS as OptionKinds<typeof options>);
  checkSampling('generate', options, 1);
  return first(drawRows({ ...options, seeds: [options.seed ?? 0] }));
}

/**
 * Several samples that go on from the same prime, fed side by side: many times faster than one after the
 * other. Gives [sample, id] as they are drawn. A sample depends on its seed alone, and is what `generate`
 * gives for it.
 *
 * @throws UnrolledError as `generate`, and without a seed
 */
export function generateSamples<P, S, K extends InputKind = 'vectors'>(
  options: GenerateSamplesOptions<P, S, K>,
): Generator<readonly [sample: number, id: number], void, void> {
  checkOptions('generateSamples', options, SAMPLES_KINDS as OptionKinds<typeof options>);
  if (options.seeds.length === 0) {
    refuse('generateSamples', {
      expected: 'a seed for each sample',
      got: 'none',
      remedy: 'give seeds: [1, 2]',
    });
  }
  for (const seed of Array.from(options.seeds)) checkKind('generateSamples', 'each of seeds', seed, 'number');
  checkSampling('generateSamples', options, options.seeds.length);
  return drawRows(options);
}

function* first(drawn: Generator<readonly [number, number], void, void>): Generator<number, void, void> {
  for (const [, id] of drawn) yield id;
}

function* drawRows<P, S, K extends InputKind>(
  options: GenerateSamplesOptions<P, S, K>,
): Generator<readonly [number, number], void, void> {
  const { model, length, seeds } = options;
  const texts = Array.from(seeds, (seed) => new DrawnText(options, seed));
  if (length === 0) return;
  const { rows, logits: primed } = readPrime(options, seeds.length);
  try {
    const size = model.outputSize;
    let logits = primed;
    for (let drawn = 0; drawn < length; drawn++) {
      for (const [row, text] of texts.entries()) {
        for (const id of text.draw(logits.subarray(row * size, (row + 1) * size))) yield [row, id];
      }
      if (texts.every(({ stopped }) => stopped)) return;
      if (drawn + 1 < length) logits = rows.feed(texts.map(({ last }) => last));
    }
    for (const [row, text] of texts.entries()) for (const id of text.rest()) yield [row, id];
  } finally {
    rows.dispose();
  }
}

/** One sample as it grows. */
class DrawnText {
  /** The id drawn last; what a stopped sample is fed with does not matter. */
  last = 0;
  stopped = false;
  private readonly draws;
  private readonly penalty: RepetitionPenalty;
  private readonly stops: StopSequences;
  private readonly excluded: readonly number[];

  constructor(
    private readonly options: SamplingOptions<unknown, unknown, InputKind> & { readonly model: object },
    seed: number,
  ) {
    this.draws = { ...options, random: random(seed) };
    this.penalty = new RepetitionPenalty(options);
    this.stops = new StopSequences(options.stopSequences ?? []);
    this.excluded = Array.from(options.exclude ?? []);
    for (let place = 0; place < options.prime.length; place++) this.penalty.add(options.prime[place]!);
  }

  /** Draws the next id, and gives those that are settled. Changes the logits. */
  draw(logits: Float32Array): readonly number[] {
    if (this.stopped) return [];
    for (const id of this.excluded) logits[id] = Number.NEGATIVE_INFINITY;
    this.penalty.apply(logits);
    this.last = drawId(logits, this.draws);
    this.stopped = this.last === this.options.stopAt;
    if (this.stopped) return this.stops.rest();
    this.penalty.add(this.last);
    const { given, stopped } = this.stops.push(this.last);
    this.stopped = stopped;
    return given;
  }

  /** The ids that were held back in case a stop sequence would follow. */
  rest(): readonly number[] {
    return this.stops.rest();
  }
}

function checkSampling<P, S, K extends InputKind>(
  scope: string,
  options: SamplingOptions<P, S, K>,
  rows: number,
): void {
  const { length } = options;
  checkTextModel(scope, options, rows);
  check.number(scope, 'a length', length, length >= 0, 'of at least 0');
  checkDrawOptions(scope, options);
  checkRepetitionOptions(scope, options);
}
