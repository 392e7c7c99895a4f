/** The options of `train`, its steps, and the run that it returns. */
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
 * The loss of one batch, a scalar tensor, computed by tfjs ops. It runs inside a tidy, so it may create any
 * tensors. Pass `context` to `unroll`, so that dropout is active only in training. With `carry`, `state` is
 * an argument and part of the result.
 */
export type LossOf<P, B, S = undefined> = (
  params: P,
  batch: B,
  state: S,
  context: LossContext,
) => LossResult<S>;

/** A context. In training it has the number of the step, from 1, for schedules. */
export type LossContext = Context & ({ readonly training: false } | { readonly step: number });

/**
 * Carries the recurrent state from batch to batch. It is zero at the start of an epoch. Gradients do not flow
 * from one batch to another.
 */
export interface Carry<S> {
  /** The part whose zero state is used: a model, a cell or a layer. */
  readonly model: {
    readonly name?: string;
    readonly carriesState?: boolean;
    zeroState(batchSize: number): S;
  };
  readonly batchSize: number;
}

export interface Validation<P, B, S> {
  /**
   * Tensors are owned as in the training batches: the run frees those that are created for it, and those in
   * an array belong to the caller.
   */
  readonly batches: Batches<B>;
  /** Number of steps between validations. */
  readonly every: number;
  /** Default the training loss. */
  readonly lossOf?: LossOf<P, B, S>;
  /** Default the training's carry. */
  readonly carry?: Carry<S>;
}

export interface TrainOptions<P, B, S> {
  /**
   * A tree, which is copied and belongs to the caller; or a function that creates a tree, such as
   * `() => model.init(1)`, whose tensors the run frees. With `resume` it only determines the form, and the
   * snapshot has the values.
   */
  readonly params: StartingParams<P>;
  readonly lossOf: LossOf<P, B, S>;
  /**
   * The run owns tensors that `at(index)` or a function of the epoch creates when it is called, and frees
   * them after the step. Tensors in an array, tensors created earlier and kept tensors belong to the caller.
   */
  readonly batches: Batches<B>;
  /** Default 'adam'. */
  readonly optimizer?: Optimizer | OptimizerName;
  /** A function without `settings` is not compared with that of the resumed run. */
  readonly learningRate: number | Schedule | AdaptiveSchedule;
  readonly clip?: Clip;
  /** Keeps an average of the parameters, `run.averages`, and validates with it; default none. */
  readonly averaging?: Averaging;
  /**
   * Total number of updates, including those before `resume`. Set `steps`, `epochs` or both; Infinity is
   * allowed.
   */
  readonly steps?: number;
  /** Total number of passes over the batches. */
  readonly epochs?: number;
  /** The seed of shuffling and dropout; default 0, with `resume` the snapshot's seed. */
  readonly seed?: number;
  /**
   * Shuffles the batches in every epoch; default false. A function of the epoch determines the order itself.
   */
  readonly shuffle?: boolean;
  /** The run owns the carried state: `lossOf` returns the state and need not free anything. */
  readonly carry?: Carry<S>;
  readonly validation?: Validation<P, B, S>;
  /** Number of tokens (or examples) in a batch, for `tokensPerSecond` and as weights of validation losses. */
  readonly countOf?: (batch: B) => number;
  /** Stops after the current step. */
  readonly signal?: AbortSignal;
  /**
   * Continues a run from its snapshot or a loaded checkpoint, bit for bit on the same kind of machine and
   * backend. The options must be those of the original run. `{ ...snapshot, hyperparameters: null }` allows
   * another learning rate, clip and optimizer settings.
   */
  readonly resume?: Snapshot | Checkpoint;
  /** Called if the machine or backend differs from the snapshot's; default console.warn. */
  readonly onWarning?: (message: string) => void;
}

/** The results of one update. */
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
  /** `tokens` divided by the time from the request of the batch to the end of the update. */
  readonly tokensPerSecond?: number;
  /** Measured after this update, at steps that `validation.every` divides. */
  readonly validationLoss?: number;
}

/** A training run. It can be iterated once. The parameters change in place during the iteration. */
export interface TrainRun<P> extends AsyncIterable<TrainStep> {
  /** The current parameters, the same tensors throughout. The caller disposes of them after the loop. */
  readonly params: P;
  /** With `averaging`, the averaged parameters. The caller disposes of them as of `params`. */
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

/** Throws if options have a wrong kind or contradict each other, before anything is allocated. */
export function checkTrainOptions<P, B, S>(options: TrainOptions<P, B, S>): void {
  checkOptions<TrainOptions<object, object, object>>('train', options as never, KINDS);
  const { steps, epochs, shuffle, carry, clip, validation, learningRate, batches } = options;
  checkLearningRate(learningRate);
  if (steps === undefined && epochs === undefined) {
    refuse('train', {
      expected: 'steps or epochs',
      got: 'neither',
      remedy: 'set one of them; steps: Infinity trains until the loop is left',
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
      expected: 'shuffle only with batches that have numbers: an array, or a { length, at(index) }',
      got: 'a function of the epoch',
      remedy: 'omit shuffle, and shuffle inside the function of the epoch',
    });
  }
  if (carry) {
    refuse('train', {
      expected: 'either shuffle or carry',
      got: 'both',
      remedy: 'omit shuffle or carry: a carried state must continue in the next batch of the text',
    });
  }
}

/** Throws if a clip has neither of the two forms; an unknown name would clip nothing. */
function checkClip(clip: unknown): void {
  const all = typeof clip === 'object' && clip !== null ? Object.entries(clip) : [];
  const limits = all.filter(([, limit]) => limit !== undefined);
  const [name, limit] = limits[0] ?? [];
  if (limits.length !== 1 || (name !== 'globalNorm' && name !== 'value')) {
    refuse('train', {
      expected: 'clip { globalNorm } or { value }',
      got: limits.length > 0 ? `{ ${limits.map(([key]) => key).join(', ')} }` : inWords(clip),
      remedy: 'pass globalNorm to limit √(Σ g²) over all gradients, or value to limit each element',
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
    expected: 'learningRate: a number, or a schedule such as cosineDecay',
    got: rate === undefined ? 'none' : inWords(rate),
    remedy: USUAL_RATE,
  });
}

const CARRY_KINDS: OptionKinds<Carry<object>> = { model: 'object', batchSize: CHECKED };

/** Throws for a carry of a part without a zero state, or of a layer whose state cannot be carried. */
export function checkCarry(scope: string, carry: Carry<unknown> | undefined): void {
  if (!carry) return;
  checkOptions<Carry<unknown>>('carry', carry, CARRY_KINDS);
  checkKind(scope, 'carry.batchSize', carry.batchSize, 'positive integer');
  if (typeof carry.model.zeroState !== 'function') {
    refuse(scope, {
      expected: 'carry.model: a model, a cell or a layer with a zero state',
      got: inWords(carry.model),
      remedy: 'pass the model that lossOf unrolls',
    });
  }
  if (carry.model.carriesState !== false) return;
  refuse(scope, {
    expected: 'carry of a layer whose state can continue in the next batch',
    got: carry.model.name ?? 'a layer whose state cannot',
    remedy:
      'train it without carry: a bidirectional layer starts at the end of each batch, and convolution and pooling have no state',
  });
}
