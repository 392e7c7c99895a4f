import { type EarlyStopping, earlyStopping, type TrainRun, type TrainStep } from '@unrolled/training';
import { evaluateOn } from '../model/evaluation';
import { refuse } from '../refuse';
import { createLossHistory, type LossHistory } from '../run/loss-history';
import type { RunCheckpoint, RunOptions, RunOutcome } from '../run/run-contract';
import type { RunState, Sum } from '../run/run-state';
import type { LearningRate } from './learning-rate';
import type { Timetable } from './timetable';

/** The state of a run that has not begun. */
export function initialState({ initial }: LearningRate): RunState {
  return {
    elapsedSeconds: null,
    best: null,
    stopping: { best: null, waited: 0 },
    schedule: initial,
    lastStep: null,
    sinceValidation: { sum: 0, count: 0 },
    sinceLog: { sum: 0, count: 0 },
    trainLoss: null,
    isValidationDue: false,
    history: createLossHistory().state(),
  };
}

interface TrainerOptions extends RunOptions {
  readonly timetable: Timetable;
  readonly rate: LearningRate;
  readonly state: RunState;
  /** The checkpoint that there is already, of the state that the run goes on from. */
  readonly saved: Pick<RunCheckpoint, 'snapshot'> & { readonly file: string };
}

/** Takes the steps of a run; validates, logs, saves and tells when the timetable says so. */
export class Trainer {
  private readonly history: LossHistory;
  private readonly stopping: EarlyStopping;
  private state: Omit<RunState, 'elapsedSeconds' | 'stopping' | 'history'>;
  private saved: { step: number; file: string };
  private steps: number;
  /** Of this process, on training steps. */
  private spent = { tokens: 0, seconds: 0 };
  private spentAtLog = { tokens: 0, seconds: 0 };
  private run!: TrainRun<unknown[]>;
  private hasStepped = false;
  /** Steps or time have ended the run; asked once a step, since time goes on. */
  private isAtLimit: boolean;

  constructor(private readonly options: TrainerOptions) {
    const { state, saved, settings } = options;
    this.state = state;
    this.history = createLossHistory(state.history);
    this.stopping = earlyStopping({
      patience: settings.patience ?? Number.MAX_SAFE_INTEGER,
      state: state.stopping,
    });
    this.steps = saved.snapshot.step;
    this.saved = { step: this.steps, file: saved.file };
    this.isAtLimit = options.timetable.isOver(this.steps);
  }

  /** The rate of a step, from 1. */
  learningRate(step: number): number {
    const { rate, timetable } = this.options;
    return rate.at(step, timetable.share(step - 1), this.state.schedule);
  }

  async follow(run: TrainRun<unknown[]>): Promise<RunOutcome> {
    this.run = run;
    try {
      if (this.state.isValidationDue) await this.pause();
      if (!this.isOver()) {
        for await (const step of run) {
          await this.after(step);
          if (this.isOver() && !this.goesOnForGoal()) break;
        }
      }
      if (this.saved.step < this.steps) await this.save(null, false);
    } catch (error) {
      throw this.explain(error);
    }
    return this.outcome();
  }

  private outcome(): RunOutcome {
    const { sinceValidation, trainLoss, best } = this.state;
    const { tokens, seconds } = this.spent;
    return {
      steps: this.steps,
      trainLoss: meanOf(sinceValidation) ?? trainLoss ?? undefined,
      best: best ?? undefined,
      tokensPerSecond: seconds > 0 ? tokens / seconds : undefined,
      interrupted: this.options.signal?.aborted ?? false,
      stoppedEarly: this.hasLostPatience(),
      history: this.history,
    };
  }

  private isOver(): boolean {
    return this.isAtLimit || this.hasLostPatience();
  }

  private hasLostPatience(): boolean {
    return this.stopping.state().waited >= (this.options.settings.patience ?? Number.POSITIVE_INFINITY);
  }

  /** More time for a run that time has ended while its loss is not below the goal. */
  private goesOnForGoal(): boolean {
    const { goal, signal, timetable, listener } = this.options;
    const { best } = this.state;
    if (goal === undefined || signal?.aborted || this.hasLostPatience()) return false;
    if (best === null || best.validationLoss < goal || !timetable.extend()) return false;
    this.isAtLimit = false;
    listener.extended();
    return true;
  }

  /** What follows a step. */
  private async after(step: TrainStep): Promise<void> {
    const { timetable, listener, signal } = this.options;
    this.record(step);
    listener.stepped({ ...step, expectedSteps: timetable.expectedSteps(step.step) });
    this.isAtLimit = timetable.isOver(step.step);
    const validates = timetable.validatesAfter(step.step) || this.isAtLimit;
    const samples = timetable.samplesAfter(step.step);
    if (validates) this.state = { ...this.state, isValidationDue: true };
    await this.pause();
    if (samples && !this.isOver() && !signal?.aborted) listener.sample(step.step, this.model());
  }

  private record({ step, loss, epoch, learningRate, gradientNorm, tokensPerSecond }: TrainStep): void {
    const tokens = this.tokensPerStep();
    this.hasStepped = true;
    this.steps = step;
    this.spent = {
      tokens: this.spent.tokens + tokens,
      seconds: this.spent.seconds + tokens / tokensPerSecond!,
    };
    this.state = {
      ...this.state,
      lastStep: { epoch, learningRate, gradientNorm },
      sinceValidation: added(this.state.sinceValidation, loss),
      sinceLog: added(this.state.sinceLog, loss),
    };
    this.history.add(step, loss);
  }

  /**
   * Validates, logs and saves after the current step, as far as it is time to. Stopped in a validation, that is still
   * due, and so is the line of the log that would hold its loss.
   */
  private async pause(): Promise<void> {
    const { timetable, listener } = this.options;
    if (!this.state.isValidationDue) {
      if (timetable.logsAfter(this.steps)) await this.log();
      if (timetable.savesAfter(this.steps)) await this.save(null, false);
      return;
    }
    const validation = await this.validate();
    if (!validation) return;
    const { validationLoss, improved } = validation;
    await this.log(validationLoss);
    await this.save(validationLoss, improved);
    listener.validated({ step: this.steps, trainLoss: this.state.trainLoss!, validationLoss, improved });
  }

  /** Undefined when it was interrupted: the loss of what was read until then is not to be believed. */
  private async validate(): Promise<{ validationLoss: number; improved: boolean } | undefined> {
    const { dataset, model, signal, rate } = this.options;
    const validationLoss = await evaluateOn(dataset.validation, model, this.model(), signal);
    if (signal?.aborted) return undefined;
    if (!Number.isFinite(validationLoss)) this.refuseLoss('validation loss', String(validationLoss));
    const { improved } = this.stopping.update({ step: this.steps, loss: validationLoss });
    this.history.validated(this.steps, validationLoss);
    this.state = {
      ...this.state,
      isValidationDue: false,
      best: improved ? { step: this.steps, validationLoss } : this.state.best,
      schedule: rate.observe(this.state.schedule, validationLoss),
      trainLoss: meanOf(this.state.sinceValidation) ?? this.state.trainLoss,
      sinceValidation: { sum: 0, count: 0 },
    };
    return { validationLoss, improved };
  }

  private async log(validationLoss?: number): Promise<void> {
    const tokens = this.spent.tokens - this.spentAtLog.tokens;
    const seconds = this.spent.seconds - this.spentAtLog.seconds;
    this.spentAtLog = this.spent;
    const trainLoss = meanOf(this.state.sinceLog)!;
    this.state = { ...this.state, sinceLog: { sum: 0, count: 0 } };
    await this.options.listener.logged({
      step: this.steps,
      ...this.state.lastStep!,
      tokens: this.steps * this.tokensPerStep(),
      trainLoss,
      ...(validationLoss !== undefined && { validationLoss }),
      tokensPerSecond: seconds > 0 ? tokens / seconds : null,
    });
  }

  private async save(validationLoss: number | null, isBest: boolean): Promise<void> {
    const { listener, timetable, saved } = this.options;
    const file = await listener.save({
      snapshot: this.hasStepped ? this.run.snapshot() : saved.snapshot,
      state: {
        ...this.state,
        elapsedSeconds: timetable.elapsedSeconds(),
        stopping: this.stopping.state(),
        history: this.history.state(),
      },
      validationLoss,
      isBest,
    });
    this.saved = { step: this.steps, file };
  }

  /** The parameters that a model of this moment has: the averaged ones where there are any. */
  private model(): unknown[] {
    return this.run.averages ?? this.run.params;
  }

  private tokensPerStep(): number {
    const { dataset, settings } = this.options;
    return dataset.batchSize * settings.sequenceLength;
  }

  /** A loss of the training loop that is not finite, in the words of the command line; other errors as they are. */
  private explain(error: unknown): unknown {
    const { name, expected, got } = error as { name?: string; expected?: string; got?: string };
    const [, what] =
      (name === 'UnrolledError' && /^a finite (loss|gradient norm)/.exec(expected ?? '')) || [];
    if (what === undefined) return error;
    try {
      return this.refuseLoss(what, got!);
    } catch (refusal) {
      return refusal;
    }
  }

  private refuseLoss(what: string, got: string): never {
    const { step, file } = this.saved;
    return refuse('train', {
      expected: `a finite ${what}`,
      got: `${got} after step ${this.steps}`,
      remedy: `lower --learning-rate or --clip; the checkpoint of step ${step} is kept as ${file}`,
    });
  }
}

const meanOf = ({ sum, count }: Sum) => (count > 0 ? sum / count : undefined);
const added = ({ sum, count }: Sum, loss: number): Sum => ({ sum: sum + loss, count: count + 1 });
