/**
 * The training loop as an async iterator. Progress bars, checkpoints, early stopping and plots are written
 * around it.
 *
 * A step changes the run completely or not at all. If something fails before the update, the parameters, the
 * optimizer and the position in the data are those of the previous step.
 */
import type { Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { deriveSeed, disposeTree, flattenParams, mapTree, tensorsOf } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import type { PlannedParameter } from '@unrolled/kernels';
import { refuse } from '../refuse';
import { average, averagingShare } from './averaging';
import { checkAlive } from './batch-tensors';
import { batchesOf, countBatches } from './batches';
import { checkTrainOptions, type TrainOptions, type TrainRun, type TrainStep } from './contract';
import { checkDevice, readLoss } from './device';
import { currentEnvironment } from './environment';
import { disposeExcept, evaluateWith } from './evaluate';
import { copyOf, lossAndGradients } from './gradients';
import type { Json } from './json';
import type { Optimizer } from './optimizer';
import { resolveOptimizer } from './optimizers';
import { makePause } from './pause';
import { PlannedSteps, trainedParameters } from './planned-steps';
import type { ScheduleState } from './reduce-on-plateau';
import { checkResume, snapshotOf } from './resume';
import { settingsOf } from './schedules';
import { dataOf, restoreTree, type Snapshot, type TensorRecord, tensorData, tensorOf } from './snapshot';
import { withParams } from './starting-params';
import { checkFinite, type Step, type Trainable, updateParameters } from './update';

/** The seeds derived from a run's seed. */
const seedFor = { shuffle: 1, context: 2 };

/**
 * Trains a copy of `params` by gradient descent. Nothing happens until the result is iterated:
 *
 *     for await (const { step, loss } of run) …
 *
 * When the loop ends in any way (its end, break, an error, the signal), everything is freed except
 * `run.params` and, with `averaging`, `run.averages`, which the caller then owns. The run owns tensors that
 * the options' functions create for it, for parameters or a batch. Tensors created earlier belong to the
 * caller. The same seed, data and machine give the same losses to the last bit.
 *
 * @throws UnrolledError at the call if the options contradict each other or the snapshot does not match;
 *   during iteration if a loss or gradient is not finite. It throws before the update, so `run.params` are
 *   the last valid ones
 */
export function train<P, B, S = undefined>(options: TrainOptions<P, B, S>): TrainRun<P> {
  checkTrainOptions(options);
  const optimizer = resolveOptimizer(options.optimizer ?? 'adam');
  const resume = options.resume === undefined ? undefined : snapshotOf('train', options.resume);
  const run = withParams('train', options.params, (params) => {
    if (resume) checkResume({ ...options, params }, optimizer, resume);
    return new Run(options, { params, optimizer, resume });
  });
  const steps = run.iterate();
  return {
    params: run.params,
    averages: run.averages,
    snapshot: () => run.snapshot(),
    [Symbol.asyncIterator]: () => steps,
  };
}

type StepNumbers = Pick<TrainStep, 'loss' | 'gradientNorm'>;

/** The checked initial values of a run. */
interface Beginning<P> {
  readonly params: P;
  readonly optimizer: Optimizer;
  readonly resume: Snapshot | undefined;
}

class Run<P, B, S> {
  readonly params: P;
  readonly averages: P | undefined;
  private readonly seed: number;
  private trainables: Trainable[] = [];
  /** Undefined if no step can be planned. */
  private planned: PlannedSteps | undefined;
  private plannedParameters: readonly PlannedParameter[] = [];
  /** Only with carry; its tensors are kept. */
  private state: S | undefined;
  private step: number;
  private epoch: number;
  private cursor: number;
  private scheduleState: ScheduleState | null;
  private begun = false;
  private last: Snapshot | undefined;
  private readonly optimizer: Optimizer;
  private readonly resume: Snapshot | undefined;

  constructor(
    private readonly options: TrainOptions<P, B, S>,
    { params, optimizer, resume }: Beginning<P>,
  ) {
    const { learningRate, averaging, seed } = options;
    this.optimizer = optimizer;
    this.resume = resume;
    this.params = ownVariables(params, resume?.params);
    this.averages = averaging && ownVariables(params, resume?.averaging?.params);
    this.seed = seed ?? resume?.seed ?? 0;
    this.step = resume?.step ?? 0;
    this.epoch = resume?.epoch ?? 1;
    this.cursor = resume?.cursor ?? 0;
    this.scheduleState =
      typeof learningRate === 'object' ? (resume?.learningRate ?? learningRate.initial) : null;
  }

  async *iterate(): AsyncGenerator<TrainStep, void, void> {
    const { batches, shuffle, signal, countOf } = this.options;
    const pause = makePause();
    try {
      this.begin();
      while (!this.isDone()) {
        const order = {
          epoch: this.epoch,
          cursor: this.cursor,
          shuffleSeed: shuffle ? deriveSeed(this.seed, seedFor.shuffle) : undefined,
        };
        let from = performance.now();
        for await (const batch of batchesOf('train', batches, order)) {
          if (signal?.aborted) return;
          const result = this.takeStep(batch);
          const seconds = (performance.now() - from) / 1000;
          const tokens = countOf?.(batch);
          const validationLoss = await this.validate();
          yield {
            ...result,
            ...(tokens === undefined ? {} : { tokens, tokensPerSecond: tokens / Math.max(seconds, 1e-9) }),
            ...(validationLoss === undefined ? {} : { validationLoss }),
          };
          await pause();
          if (signal?.aborted || this.step >= (this.options.steps ?? Infinity)) return;
          from = performance.now();
        }
        if (this.epoch >= (this.options.epochs ?? Infinity)) return;
        this.nextEpoch();
      }
    } finally {
      this.end();
    }
  }

  snapshot(): Snapshot {
    if (this.last) return this.last;
    if (this.begun) return this.currentSnapshot();
    this.begin();
    try {
      return this.currentSnapshot();
    } finally {
      this.release();
    }
  }

  private currentSnapshot(): Snapshot {
    const { optimizer, trainables } = this;
    const { averaging, batches, shuffle = false, carry, learningRate, clip } = this.options;
    checkDevice('snapshot', trainables[0]?.variable);
    const slots = optimizer.slots.map((slot) => [
      slot,
      Object.fromEntries(trainables.map(({ path, slots: own }) => [path, tensorData(own[slot]!)])),
    ]);
    return {
      step: this.step,
      epoch: this.epoch,
      cursor: this.cursor,
      epochLength: countBatches(batches),
      shuffle,
      seed: this.seed,
      params: dataOf(this.params),
      optimizer: {
        name: optimizer.name,
        settings: { ...optimizer.settings },
        slots: Object.fromEntries(slots),
      },
      averaging: averaging ? { decay: averaging.decay, params: dataOf(this.averages) } : null,
      learningRate: this.scheduleState,
      hyperparameters: { learningRate: settingsOf(learningRate), clip: (clip as Json | undefined) ?? null },
      state: carry ? dataOf(this.state) : null,
      environment: currentEnvironment(),
    };
  }

  private begin(): void {
    const { resume } = this;
    const { carry } = this.options;
    for (const tensor of tensorsOf([this.params, this.averages ?? []])) {
      checkAlive(
        'train',
        'run.params and run.averages',
        tensor,
        'dispose them only after the loop, or after snapshot()',
      );
    }
    const before = resume?.optimizer.slots;
    this.trainables = Object.entries(flattenParams(this.params)).map(([path, tensor]) => ({
      path,
      variable: tensor as Variable,
      slots: Object.fromEntries(
        this.optimizer.slots.map((slot) => {
          const data = before?.[slot]?.[path];
          return [slot, ownVariable(data ? tensorOf(data) : tf.zeros(tensor.shape))];
        }),
      ),
    }));
    if (carry && resume?.state) this.state = restoredState(carry.model.zeroState(carry.batchSize), resume);
    else this.resetState();
    this.planned = PlannedSteps.of('train', this.options.lossOf, this.optimizer);
    this.plannedParameters = trainedParameters(this.trainables, this.optimizer);
    this.begun = true;
  }

  private isDone(): boolean {
    const { steps = Infinity, epochs = Infinity } = this.options;
    return this.step >= steps || this.epoch > epochs;
  }

  private takeStep(batch: B): Omit<TrainStep, 'tokens' | 'tokensPerSecond' | 'validationLoss'> {
    const step = this.step + 1;
    const learningRate = this.rateAt(step);
    const seed = deriveSeed(deriveSeed(this.seed, seedFor.context), step);
    const settings = { step, learningRate, clip: this.options.clip };
    const numbers = this.takePlanned(batch, settings, seed) ?? this.takeByOps(batch, settings, seed);
    return { step, epoch: this.epoch, ...numbers, learningRate };
  }

  /** Runs the step by a plan, in one call; undefined if no plan supports it. */
  private takePlanned(batch: B, { step, learningRate, clip }: Step, seed: number): StepNumbers | undefined {
    const { averaging } = this.options;
    const { planned, averages } = this;
    if (!planned) return undefined;
    const numbers = planned.step(batch, this.state, this.plannedParameters, {
      seed,
      update: { ...this.optimizer.fused!({ step, learningRate }), clip },
      check: (what, value) => checkFinite(what, value, step),
      averages: averaging && {
        variables: tensorsOf(averages) as Variable[],
        share: averagingShare(averaging, step),
      },
    });
    if (numbers) this.count(step);
    return numbers;
  }

  private takeByOps(batch: B, settings: Step, seed: number): StepNumbers {
    const { lossOf, carry, averaging } = this.options;
    const { step } = settings;
    const variables = this.trainables.map(({ variable }) => variable);
    return tf.tidy(() => {
      const result = lossAndGradients(
        variables,
        () => lossOf(this.params, batch, this.state as S, { training: true, seed, step }),
        carry && { state: this.state },
      );
      try {
        const loss = readLoss('train', result.loss);
        checkFinite('loss', loss, step);
        const gradientNorm = updateParameters(this.trainables, result.gradients, this.optimizer, settings);
        this.count(step);
        if (averaging) average(this.averages!, this.params, averaging, step);
        this.replaceState(result.state);
        return { loss, gradientNorm };
      } catch (error) {
        if (carry) disposeExcept(result.state, this.state);
        throw error;
      }
    });
  }

  private count(step: number): void {
    this.step = step;
    this.cursor += 1;
  }

  private rateAt(step: number): number {
    const { learningRate } = this.options;
    const rate =
      typeof learningRate === 'number'
        ? learningRate
        : typeof learningRate === 'function'
          ? learningRate(step)
          : learningRate.at(step, this.scheduleState!);
    if (Number.isFinite(rate) && rate >= 0) return rate;
    return refuse('train', {
      expected: `a finite learning rate of at least 0 at step ${step}`,
      got: inWords(rate),
      remedy: 'return a number from the schedule for every step from 1 on',
    });
  }

  private async validate(): Promise<number | undefined> {
    const { validation, countOf, learningRate } = this.options;
    if (!validation || this.step % validation.every !== 0) return undefined;
    const { batches, lossOf = this.options.lossOf, carry = this.options.carry } = validation;
    const params = this.averages ?? this.params;
    const planned = lossOf === this.options.lossOf ? (this.planned ?? null) : undefined;
    const loss = await evaluateWith({ params, lossOf, carry, countOf, batches }, planned);
    if (typeof learningRate === 'object')
      this.scheduleState = learningRate.observe(this.scheduleState!, loss);
    return loss;
  }

  private nextEpoch(): void {
    this.epoch += 1;
    this.cursor = 0;
    this.resetState();
  }

  private resetState(): void {
    const { carry } = this.options;
    if (carry) {
      this.replaceState(mapTree(carry.model.zeroState(carry.batchSize), (tensor) => tf.keep(tensor)));
    }
  }

  private replaceState(state: S | undefined): void {
    if (state !== undefined && this.state !== undefined) disposeExcept(this.state, state);
    this.state = state;
  }

  /** Keeps the last snapshot as plain data, and frees everything except the parameters. */
  private end(): void {
    try {
      if (this.begun) this.last = this.snapshot();
    } finally {
      this.release();
    }
  }

  private release(): void {
    for (const { slots } of this.trainables) disposeTree(slots);
    if (this.state !== undefined) disposeTree(this.state);
    this.state = undefined;
    this.planned?.dispose();
    this.planned = undefined;
    this.trainables = [];
    this.begun = false;
  }
}

/**
 * Variables with their own memory, because updates are in place. They are not `trainable`, so no other
 * optimizer changes them.
 */
function ownVariables<P>(params: P, values: TensorRecord | undefined): P {
  return mapTree(params, (tensor, path) => ownVariable(values ? tensorOf(values[path]!) : copyOf(tensor)));
}

function ownVariable(value: tf.Tensor): Variable {
  const variable = tf.variable(value, false);
  value.dispose();
  return variable;
}

function restoredState<S>(template: S, resume: Snapshot): S {
  try {
    return mapTree(restoreTree('train', 'state', template, resume.state!), (tensor) => tf.keep(tensor));
  } finally {
    disposeTree(template);
  }
}
