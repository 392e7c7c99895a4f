import { type ErrorCode, inWords, UnrolledError } from '@unrolled/errors';
import {
  type EarlyStopping,
  earlyStopping,
  evaluate,
  type TrainRun,
  type TrainStep,
} from '@unrolled/training';
import { checkpointOf } from './checkpoint-store';
import { type LossHistory, lossHistory } from './loss-history';
import { refuse } from './refuse';
import type { RunOptions, RunOutcome } from './run-contract';
import type { LogRecord } from './run-log';
import type { RunState, Sum } from './run-state';
import type { Timetable } from './timetable';

/**
 * Errors that end a run which can be resumed: a loss that is not finite, or a file that cannot be written.
 */
const EXPLAINED: ReadonlySet<string> = new Set(['not-finite', 'file'] satisfies ErrorCode[]);

/** The part of a run's state that no other object stores. */
type Progress = Omit<RunState, 'elapsedSeconds' | 'stopping' | 'scoring' | 'history'>;

/** Observes the steps of `train`, and validates, logs and saves according to the timetable. */
export class Trainer<P, B, S> {
  private readonly history: LossHistory;
  /** The best validation loss and, for a run with a score, the best score. */
  private readonly losses: EarlyStopping;
  private readonly scores: EarlyStopping | undefined;
  private progress: Progress;
  private savedAt: number | undefined;
  /**
   * Number of batches of each validation if time limits the run: as many as the first validation had time
   * for.
   */
  private validationBatches: number | undefined;
  /** Seconds of training steps in this process. */
  private spent = { tokens: 0, seconds: 0 };
  private spentAtLog = { tokens: 0, seconds: 0 };
  /** Whether the limit of steps or time has been reached. Call it once per step, because time passes. */
  private isAtLimit: boolean;

  /** @param step number of completed steps: those of the resumed checkpoint, or 0 */
  constructor(
    private readonly options: RunOptions<P, B, S>,
    private readonly timetable: Timetable,
    state: RunState,
    private step: number,
  ) {
    const { elapsedSeconds: _, stopping, scoring, history, ...progress } = state;
    this.progress = progress;
    this.history = lossHistory(history);
    const { patience, score } = options;
    this.losses = earlyStopping({ patience: score ? undefined : patience, state: stopping });
    this.scores = score && earlyStopping({ patience, better: score.better, state: scoring });
    this.savedAt = options.resume ? step : undefined;
    this.isAtLimit = timetable.isOver(step);
  }

  /** The measure that determines the best validation, and when to stop early. */
  private get stopping(): EarlyStopping {
    return this.scores ?? this.losses;
  }

  /** The learning rate of a step, from 1. */
  learningRate(step: number): number {
    const { learningRate } = this.options;
    if (typeof learningRate === 'number') return learningRate;
    const share = this.timetable.share(step - 1);
    if (typeof learningRate === 'function') return learningRate(step, share);
    return learningRate.at(step, this.progress.schedule!, share);
  }

  async follow(run: TrainRun<P>): Promise<RunOutcome> {
    try {
      if (this.savedAt === undefined) await this.save(run);
      if (this.progress.isValidationDue || this.isRecordDue()) await this.pause(run);
      if (!this.isOver()) {
        for await (const step of run) {
          await this.after(step, run);
          if (this.isOver() && !this.goesOnForGoal()) break;
        }
      }
      if (this.savedAt! < this.step) await this.save(run);
    } catch (error) {
      throw error instanceof UnrolledError && EXPLAINED.has(error.code) ? this.explained(error) : error;
    }
    return this.outcome();
  }

  /**
   * The run resumes from a step whose record could not be written. After a record, the sums of losses start
   * at zero.
   */
  private isRecordDue(): boolean {
    return this.step > 0 && this.timetable.logsAfter(this.step) && this.progress.sinceLog.count > 0;
  }

  private outcome(): RunOutcome {
    const { sinceValidation, trainLoss } = this.progress;
    const { tokens, seconds } = this.spent;
    const bestScore = this.scores?.best ?? undefined;
    return {
      steps: this.step,
      trainLoss: meanOf(sinceValidation) ?? trainLoss ?? undefined,
      best: this.losses.best ?? undefined,
      bestScore: bestScore && { step: bestScore.step, score: bestScore.loss },
      tokensPerSecond: seconds > 0 ? tokens / seconds : undefined,
      interrupted: this.options.signal?.aborted ?? false,
      stoppedEarly: this.stopping.stopped,
      history: this.history,
    };
  }

  private isOver(): boolean {
    return this.isAtLimit || this.stopping.stopped;
  }

  /** Extends the time limit of a run that has reached it, while the loss is above the goal. */
  private goesOnForGoal(): boolean {
    const { goal, signal, listener } = this.options;
    const { best } = this.losses;
    const { stopped } = this.stopping;
    if (goal === undefined || signal?.aborted || stopped) return false;
    if (best === null || best.loss < goal || !this.timetable.extend()) return false;
    this.isAtLimit = false;
    listener?.extended?.();
    return true;
  }

  /** Everything that is due after a step. */
  private async after(step: TrainStep, run: TrainRun<P>): Promise<void> {
    const { timetable, options } = this;
    const { listener, signal, validation } = options;
    this.record(step);
    listener?.stepped?.({ ...step, expectedSteps: timetable.expectedSteps(step.step) });
    this.isAtLimit = timetable.isOver(step.step);
    const validates = timetable.validatesAfter(step.step) || this.isAtLimit;
    const samples = timetable.samplesAfter(step.step);
    if (validates && validation) this.progress = { ...this.progress, isValidationDue: true };
    await this.pause(run);
    if (!samples || this.isOver() || signal?.aborted) return;
    const isLate = () => signal?.aborted === true || timetable.isOver(step.step);
    await listener?.sample?.(step.step, modelOf(run), isLate);
  }

  private record({ step, loss, epoch, learningRate, gradientNorm, ...speed }: TrainStep): void {
    const { tokens = 0, tokensPerSecond } = speed;
    this.step = step;
    if (tokensPerSecond !== undefined) {
      const { spent } = this;
      const took = tokens / tokensPerSecond;
      this.spent = { tokens: spent.tokens + tokens, seconds: spent.seconds + took };
      this.timetable.stepTook(took);
    }
    this.progress = {
      ...this.progress,
      tokens: this.progress.tokens + tokens,
      lastStep: { epoch, learningRate, gradientNorm },
      sinceValidation: added(this.progress.sinceValidation, loss),
      sinceLog: added(this.progress.sinceLog, loss),
      validationLoss: null,
    };
    this.history.add(step, loss);
  }

  /**
   * Validates, logs and saves after the current step, if due. If the run is stopped during a validation, the
   * validation and its log record remain due.
   */
  private async pause(run: TrainRun<P>): Promise<void> {
    const { timetable, options } = this;
    if (!this.progress.isValidationDue) {
      if (timetable.logsAfter(this.step)) await this.log(run);
      if (timetable.savesAfter(this.step)) await this.save(run);
      return;
    }
    const validationLoss = await this.validate(run);
    if (validationLoss === undefined) return;
    const score = await this.scoreOf(run);
    if (score === 'stopped') return;
    await this.log(run, validationLoss, score);
    const improved = this.settle(validationLoss, score);
    await this.save(run, improved);
    const { trainLoss } = this.progress;
    const result = { step: this.step, trainLoss: trainLoss!, validationLoss, improved };
    options.listener?.validated?.(score === undefined ? result : { ...result, score });
  }

  /** The mean validation loss; undefined if the signal aborted. */
  private async validate(run: TrainRun<P>): Promise<number | undefined> {
    const { lossOf, carry, countOf, validation, signal, listener } = this.options;
    const budget = this.timetable.validationBudget(this.validationBatches);
    let loss: number;
    try {
      const { isEnough } = budget;
      const { batches, ...own } = validation!;
      const params = modelOf(run);
      loss = await evaluate({ params, batches, lossOf, carry, countOf, ...own, signal, isEnough });
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return undefined;
      throw error;
    }
    if (!Number.isFinite(loss))
      refuse('evaluate', { expected: 'a finite validation loss', got: String(loss), code: 'not-finite' });
    const { batches, isCut } = budget.end();
    if (batches !== undefined && isCut && this.validationBatches === undefined)
      listener?.validationCut?.(batches);
    this.validationBatches = batches;
    return loss;
  }

  /** The score of this validation, if it has one. */
  private async scoreOf(run: TrainRun<P>): Promise<number | undefined | 'stopped'> {
    const { score, signal } = this.options;
    if (!score) return undefined;
    const count = this.history.validation().length + 1;
    if (count % (score.every ?? 1) !== 0 && !this.isAtLimit) return undefined;
    let value: number;
    try {
      value = await score.of(modelOf(run), { step: this.step, signal });
    } catch (error) {
      if (signal?.aborted && error === signal.reason) return 'stopped';
      throw error;
    }
    if (Number.isFinite(value)) return value;
    return refuse('runTraining', {
      expected: `a finite number as the score '${score.name}'`,
      got: `${inWords(value)} after step ${this.step}`,
      remedy:
        'return a finite number for every model, also for a poor one: for example 0 if nothing could be counted',
    });
  }

  /** Adds a validation to the run's state. @returns whether it is the best so far */
  private settle(loss: number, score: number | undefined): boolean {
    const { learningRate } = this.options;
    this.history.validated(this.step, loss);
    if (score !== undefined) this.history.scored(this.step, score);
    const { schedule, sinceValidation, trainLoss } = this.progress;
    this.progress = {
      ...this.progress,
      isValidationDue: false,
      schedule: typeof learningRate === 'object' ? learningRate.observe(schedule!, loss) : schedule,
      trainLoss: meanOf(sinceValidation) ?? trainLoss,
      sinceValidation: { sum: 0, count: 0 },
      validationLoss: loss,
    };
    const { improved } = this.losses.update({ step: this.step, loss });
    if (!this.scores) return improved;
    return score !== undefined && this.scores.update({ step: this.step, loss: score }).improved;
  }

  /**
   * Adds a log record. If the log cannot be written, for example on a full disk, the run ends with a
   * checkpoint in which the record and its validation are still due.
   */
  private async log(run: TrainRun<P>, validationLoss?: number, score?: number): Promise<void> {
    const tokens = this.spent.tokens - this.spentAtLog.tokens;
    const seconds = this.spent.seconds - this.spentAtLog.seconds;
    const { sinceLog, lastStep, tokens: all } = this.progress;
    const record: LogRecord = {
      step: this.step,
      ...lastStep!,
      ...(this.options.countOf && { tokens: all }),
      trainLoss: meanOf(sinceLog)!,
      ...(validationLoss !== undefined && { validationLoss }),
      ...(score !== undefined && { score }),
      tokensPerSecond: seconds > 0 ? tokens / seconds : null,
    };
    try {
      await this.options.log?.add(record);
    } catch (error) {
      // If this checkpoint cannot be written either, the previous one is kept.
      await this.save(run).catch(() => {});
      throw error;
    }
    this.spentAtLog = this.spent;
    this.progress = { ...this.progress, sinceLog: { sum: 0, count: 0 } };
  }

  /**
   * The best checkpoint is a copy of the last one. If the process is killed between writing the two, resuming
   * completes the copy.
   */
  private async save(run: TrainRun<P>, isBest = false): Promise<void> {
    const { store, config = {}, model } = this.options;
    const state: RunState = {
      elapsedSeconds: this.timetable.elapsedSeconds(),
      stopping: this.losses.state(),
      ...(this.scores && { scoring: { name: this.options.score!.name, ...this.scores.state() } }),
      history: this.history.state(),
      ...this.progress,
    };
    await store.save('last', checkpointOf({ snapshot: run.snapshot(), state, config, model }));
    if (isBest) await store.copy('last', 'best');
    this.savedAt = this.step;
  }

  /** The error that ended a run, with its step and the checkpoint that is kept, if there is one. */
  private explained(cause: UnrolledError): UnrolledError {
    const { expected, got, code } = cause;
    const { store, advice = 'reduce the learning rate, or clip the gradients' } = this.options;
    const remedy = code === 'not-finite' ? advice : cause.remedy;
    const kept = `the checkpoint of step ${this.savedAt} is kept as ${store.locationOf('last')}`;
    const remedies = [remedy, this.savedAt !== undefined && kept].filter(Boolean).join('; ');
    const complaint = { expected, got: `${got} after step ${this.step}`, remedy: remedies, code };
    return new UnrolledError('runs', 'runTraining', complaint, { cause });
  }
}

/** The parameters of a model at this moment: the averaged ones if there are any. */
const modelOf = <P>(run: TrainRun<P>): P => run.averages ?? run.params;
const meanOf = ({ sum, count }: Sum) => (count > 0 ? sum / count : undefined);
const added = ({ sum, count }: Sum, loss: number): Sum => ({ sum: sum + loss, count: count + 1 });
