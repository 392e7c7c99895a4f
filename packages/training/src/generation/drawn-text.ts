/** One sample while it is generated. */
import { type InputKind, random } from '@unrolled/cells';
import { type RepetitionOptions, RepetitionPenalty } from './repetition-penalty';
import { type DrawOptions, drawId } from './sampling';
import { StopSequences } from './stop-sequences';
import type { TextModelOptions } from './text-model';

/** Rules for drawing and ending a text. */
export interface DrawnTextOptions
  extends DrawOptions,
    RepetitionOptions,
    Pick<
      TextModelOptions<unknown, unknown, InputKind>,
      'exclude' | 'stopAt' | 'stopSequences' | 'minLength'
    > {}

export class DrawnText {
  /** The last drawn id. */
  last = 0;
  stopped = false;
  private size = 0;
  private readonly draws;
  private readonly penalty: RepetitionPenalty;
  private readonly stops: StopSequences;
  private readonly excluded: readonly number[];

  constructor(
    private readonly options: DrawnTextOptions,
    prime: ArrayLike<number>,
    seed: number,
  ) {
    this.draws = { ...options, random: random(seed) };
    this.penalty = new RepetitionPenalty(options);
    this.stops = new StopSequences(options.stopSequences ?? []);
    this.excluded = Array.from(options.exclude ?? []);
    for (let place = 0; place < prime.length; place++) this.penalty.add(prime[place]!);
  }

  /** Draws the next id, and returns the ids that can be yielded. Changes the logits. */
  draw(logits: Float32Array): readonly number[] {
    const { stopAt, minLength = 0 } = this.options;
    for (const id of this.excluded) logits[id] = Number.NEGATIVE_INFINITY;
    if (stopAt !== undefined && this.size < minLength) logits[stopAt] = Number.NEGATIVE_INFINITY;
    this.penalty.apply(logits);
    this.last = drawId(logits, this.draws);
    this.size += 1;
    this.stopped = this.last === stopAt;
    if (this.stopped) return this.stops.rest();
    this.penalty.add(this.last);
    const { given, stopped } = this.stops.push(this.last);
    this.stopped = stopped;
    return given;
  }

  /** The ids that are held back because they may begin a stop sequence. */
  rest(): readonly number[] {
    return this.stops.rest();
  }
}
