/** The options of `train`, its steps, and the run it gives. */
import type { Context } from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import type { Clip } from '@unrolled/kernels';
import { CHECKED, check, checkKind, checkOptions, refuse } from '../refuse';
import { type Averaging, checkAveraging } from './averaging';
import { type Batches, checkBatches } from './batches';
import type { Checkpoint } from './checkpoint';
import type { LossResult } from './gradients';
import type { Optimizer } from './optimizer';
import type { OptimizerName } from './optimizers';
import type { AdaptiveSchedule } from './reduce-on-plateau';
import type { Schedule } from './schedules';
import type { Snapshot } from './snapshot';
import type { StartingParams } from './starting-params';

/**
 * The loss of one batch, a scalar tensor, from tfjs ops. It runs inside a tidy, so it may create any tensors.
 * Pass `context` to `unroll`, so dropout is active only in training. With `carry`, `state` is an argument and
 * a result.
 */
export type LossOf<P, B, S = undefined> = (
  params: P,
  batch: B,
  state: S,
  context: LossContext,
) => LossResult<S>;

/** A context, in training with the number of the step, from 1, for schedules. */
export type LossContext = Context & ({ readonly training: false } | { readonly step: number });

/** How a recurrent state goes from batch to batch: zero at an epoch's start, no gradient across batches. */
export interface Carry<S> {
  /** The part that makes the zero state: a model, a cell or a layer. */
  readonly model: {
    readonly name?: string;
    readonly carriesState?: boolean;
    zeroState(batchSize: number): S;
  };
  readonly batchSize: number;
}

export interface Validation<P, B, S> {
  /**
   * Owned as the training's: tensors made for the run are freed by it, those of an array stay the caller's.
   */
  readonly batches: Batches<B>;
  /** In steps. */
  readonly every: number;
  /** Default the training loss. */
  readonly lossOf?: LossOf<P, B, S>;
  /** Default the training's carry. */
  readonly carry?: Carry<S>;
}

export interface TrainOptions<P, B, S> {
  /**
   * A tree, which is copied and stays the caller's, or a function that makes one, `() => model.init(1)`: what
   * it makes is the run's, which frees it. With `resume` they give the form, the snapshot the values.
   */
  readonly params: StartingParams<P>;
  readonly lossOf: LossOf<P, B, S>;
  /**
   * Tensors that `at(index)` or a function of the epoch makes while the run asks are the run's, which frees
   * them after the step; those in an array, or made before, and kept ones, stay the caller's.
   */
  readonly batches: Batches<B>;
  /** Default 'adam'. */
  readonly optimizer?: Optimizer | OptimizerName;
  /** A function without `settings` cannot be compared with that of a run that is resumed. */
  readonly learningRate: number | Schedule | AdaptiveSchedule;
  readonly clip?: Clip;
  /** Keep an average of the parameters, `run.averages`, on which validation then is done; default none. */
  readonly averaging?: Averaging;
  /** Updates in all, those before `resume` included. Give this, or `epochs`, or both; Infinity is allowed. */
  readonly steps?: number;
  /** Passes over the batches in all. */
  readonly epochs?: number;
  /** Decides shuffling and dropout; default 0, with `resume` the snapshot's. */
  readonly seed?: number;
  /**
   * A new order of the batches in every epoch; default false. A function of the epoch decides the order
   * itself.
   */
  readonly shuffle?: boolean;
  /** The run owns the carried state: `lossOf` returns it and frees nothing. */
  readonly carry?: Carry<S>;
  readonly validation?: Validation<P, B, S>;
  /** How many tokens (or examples) a batch holds: for `tokensPerSecond`, and to weight validation losses. */
  readonly countOf?: (batch: B) => number;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  /**
   * Continue a run, bit for bit on the same kind of machine and backend, from its snapshot or a loaded
   * checkpoint. The options must be those of the run; `{ ...snapshot, hyperparameters: null }` lets the
   * learning rate, the clip and the optimizer's settings be others.
   */
  readonly resume?: Snapshot | Checkpoint;
  /** Told when the machine or backend differs from the snapshot's; default console.warn. */
  readonly onWarning?: (message: string) => void;
}

/** The numbers of one update. */
export interface TrainStep {
  /** The number of this update, from 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  /** The batch's loss before this update. */
  readonly loss: number;
  /** √(Σ g²) over all gradients, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** The batch's count, from `countOf`. */
  readonly tokens?: number;
  /** `tokens` over the time from asking for the batch to the end of the update. */
  readonly tokensPerSecond?: number;
  /** After this update, on the steps that `validation.every` divides. */
  readonly validationLoss?: number;
}

/** A training run. Iterate it once; the parameters change in place during the iteration. */
export interface TrainRun<P> extends AsyncIterable<TrainStep> {
  /** The current parameters, the same tensors throughout; the caller disposes them after the loop. */
  readonly params: P;
  /** With `averaging`: the averaged parameters, tensors like `params`; the caller disposes them too. */
  readonly averages: P | undefined;
  /** Copies everything needed to resume. Call it before the loop, between steps or after the loop. */
  snapshot(): Snapshot;
}

const KINDS: OptionKinds<TrainOptions<object, object, object>> = {
  params: CHECKED,
  lossOf: 'function',
  batches: CHECKED,
  optimizer: 'string or object?',
  learningRate: CHECKED,
  clip: 'value?',
  averaging: 'object?',
  steps: 'number?',
  epochs: 'number?',
  seed: 'number?',
  shuffle: 'boolean?',
  carry: 'object?',
  validation: 'object?',
  countOf: 'function?',
  signal: 'AbortSignal?',
  resume: 'value?',
  onWarning: 'function?',
};

const VALIDATION_KINDS: OptionKinds<Validation<object, object, object>> = {
  batches: CHECKED,
  every: CHECKED,
  lossOf: 'function?',
  carry: 'object?',
};

/** Refuses options of a wrong kind, or that contradict each other, before anything is allocated. */
export function checkTrainOptions<P, B, S>(options: TrainOptions<P, B, S>): void {
  checkOptions<TrainOptions<object, object, object>>('train', options as never, KINDS);
  const { steps, epochs, shuffle, carry, clip, validation, learningRate, batches } = options;
  checkLearningRate(learningRate);
  if (steps === undefined && epochs === undefined) {
    refuse('train', {
      expected: 'steps or epochs',
      got: 'neither',
      remedy: 'steps: Infinity trains until the loop is left',
    });
  }
  for (const [what, value] of Object.entries({ steps, epochs })) {
    if (value !== undefined && value !== Infinity) checkKind('train', what, value, 'positive integer?');
  }
  checkBatches('train', batches);
  checkCarry('train', carry);
  checkAveraging(options.averaging);
  if (shuffle) checkShuffle(options);
  if (clip !== undefined) checkClip(clip);
  if (validation) {
    checkKind('train', 'validation.every', validation.every, 'positive integer');
    checkOptions<Validation<object, object, object>>('validation', validation as never, VALIDATION_KINDS);
    checkBatches('train', validation.batches);
    checkCarry('train', validation.carry);
  }
  if (typeof learningRate === 'object' && !validation) {
    refuse('train', {
      expected: 'validation, which this learning rate depends on',
      got: 'none',
      remedy: 'add validation: { batches, every }',
    });
  }
}

function checkShuffle<P, B, S>({ batches, carry }: TrainOptions<P, B, S>): void {
  if (typeof batches === 'function') {
    refuse('train', {
      expected: 'shuffle of batches that have numbers: an array, or a { length, at(index) }',
      got: 'a function of the epoch',
      remedy:
        'the function decides the order: leave shuffle out, and shuffle in it by the epoch that it is given',
    });
  }
  if (carry) {
    refuse('train', {
      expected: 'shuffle or carry',
      got: 'both',
      remedy: 'a carried state belongs to the batch that follows in the text',
    });
  }
}

/** Refuses what is neither of the two forms of a clip; a limit under another name would clip nothing. */
function checkClip(clip: unknown): void {
  const all = typeof clip === 'object' && clip !== null ? Object.entries(clip) : [];
  const limits = all.filter(([, limit]) => limit !== undefined);
  const [name, limit] = limits[0] ?? [];
  if (limits.length !== 1 || (name !== 'globalNorm' && name !== 'value')) {
    refuse('train', {
      expected: 'clip { globalNorm } or { value }',
      got: limits.length > 0 ? `{ ${limits.map(([key]) => key).join(', ')} }` : inWords(clip),
      remedy: 'globalNorm limits √(Σ g²) over all gradients, value each number',
    });
  }
  const fits = typeof limit === 'number' && limit > 0;
  check.number('train', `clip.${name}`, limit as number, fits, 'to be above 0', 'globalNorm: 1 is usual');
}

const USUAL_RATE = '0.001 is usual for adam';

function checkLearningRate(rate: unknown): void {
  if (typeof rate === 'number') {
    const fits = Number.isFinite(rate) && rate >= 0;
    check.number('train', 'learningRate', rate, fits, 'to be a finite number of at least 0', USUAL_RATE);
    return;
  }
  const { at, observe } = (typeof rate === 'object' && rate !== null ? rate : {}) as Record<string, unknown>;
  if (typeof rate === 'function' || (typeof at === 'function' && typeof observe === 'function')) return;
  refuse('train', {
    expected: 'learningRate: a number, or a schedule such as cosineDecay gives',
    got: rate === undefined ? 'none' : inWords(rate),
    remedy: USUAL_RATE,
  });
}

const CARRY_KINDS: OptionKinds<Carry<object>> = { model: 'object', batchSize: CHECKED };

/** Refuses a carry of what has no zero state, or of a layer whose state has no successor. */
export function checkCarry(scope: string, carry: Carry<unknown> | undefined): void {
  if (!carry) return;
  checkOptions<Carry<unknown>>('carry', carry, CARRY_KINDS);
  checkKind(scope, 'carry.batchSize', carry.batchSize, 'positive integer');
  if (typeof carry.model.zeroState !== 'function') {
    refuse(scope, {
      expected: 'carry.model: a model, a cell or a layer, which makes the zero state',
      got: inWords(carry.model),
      remedy: 'give the model that lossOf unrolls',
    });
  }
  if (carry.model.carriesState !== false) return;
  refuse(scope, {
    expected: 'carry of a layer whose state goes on in the next batch',
    got: carry.model.name ?? 'one that cannot',
    remedy:
      'a bidirectional layer reads each batch from its end, a convolution or pooling keeps nothing: train it without carry',
  });
}
