/** One model in training: the run, its speed, its checkpoints, and its messages to the page. */
import { disposeTree, flattenParams } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { type LanguageModel, languageModel, trainLanguageModel, writeText } from '@unrolled/language-model';
import { loadRun, type SavedRun } from '@unrolled/runs';
import { decodeCheckpoint, type TrainStep } from '@unrolled/training';
import type { FromWorker } from '../messages';
import { Aside } from './aside';
import { type Checkpoints, createCheckpoints, MOST } from './checkpoints';
import type { Prepared } from './corpus';
import { fileOf, paramsIn } from './files';
import { Gate } from './gate';

/** Milliseconds between two progress messages, and between two samples. */
const TELL_EVERY = 160;
const SAMPLE_EVERY = 500;
const SAMPLE_LENGTH = 120;

/** A model that a view requests. The lane keeps and disposes its parameters. */
export interface Looked {
  readonly model: LanguageModel;
  readonly params: unknown[];
  readonly step: number;
}

export class Lane {
  readonly gate = new Gate();
  readonly aside = new Aside(() => this.gate.letsThrough);
  readonly checkpoints: Checkpoints = createCheckpoints();
  private readonly model: LanguageModel;
  private abort = new AbortController();
  private isClosed = false;
  private resume: SavedRun | undefined;
  /** Work between two stretches of training, when the last checkpoint has the current step. */
  private pending: (() => Promise<void>)[] = [];
  /** The current parameters: those of the run while it trains, otherwise those of `owned`. */
  private live: Looked;
  private owned: unknown[] | undefined;
  /** The model of the selected checkpoint. */
  private past: Looked | undefined;
  private unsaid = { steps: [] as number[], train: [] as number[] };
  private validation: (readonly [step: number, loss: number])[] = [];
  private toldAt = 0;
  /** Whether the page has drawn the last progress. */
  private isSeen = true;
  private sampledAt = 0;
  private samples = 0;
  private speed = 0;
  /** Number of steps between checkpoints, which are also validations. */
  private interval: number;

  constructor(
    private readonly run: number,
    readonly prepared: Prepared,
    private temperature: number,
    private readonly tell: (message: FromWorker) => void,
  ) {
    const { dataset, settings, params, interval } = prepared;
    this.interval = interval;
    this.model = languageModel(dataset.vocabulary.size, settings);
    this.owned = params?.() ?? this.model.init(settings.seed);
    this.live = { model: this.model, params: this.owned, step: 0 };
  }

  /** The model that views show: the current one, or that of a checkpoint. */
  get looked(): Looked {
    return this.past ?? this.live;
  }

  /** Trains while the gate allows it, until it is closed. */
  async follow(): Promise<void> {
    const { resume } = this.prepared;
    if (resume) await this.goBackTo(resume);
    this.sample();
    this.report();
    while (!this.isClosed) {
      await this.gate.pass(() => this.isClosed || this.pending.length > 0);
      if (this.isClosed) break;
      // A stretch that is stopped before it starts only writes a checkpoint of its first step.
      if (this.pending.length > 0) this.abort.abort();
      await this.train(this.abort.signal);
      this.abort = new AbortController();
      for (let work = this.pending.shift(); work && !this.isClosed; work = this.pending.shift()) await work();
    }
    this.free();
  }

  private async train(signal: AbortSignal): Promise<void> {
    const { resume } = this;
    const { dataset, settings, params } = this.prepared;
    try {
      await trainLanguageModel({
        dataset,
        settings: { ...settings, ...this.times() },
        ...{ store: this.checkpoints, resume, signal },
        ...(!resume && params && { params }),
        // A checkpoint of another machine may give different last bits. The page has no console for that
        // warning.
        onWarning: () => {},
        listener: {
          stepped: (step) => this.note(step),
          validated: ({ step, validationLoss }) => this.validation.push([step, validationLoss]),
          sample: (step, present) => this.between(step, present as unknown[]),
        },
      });
      if (!signal.aborted) this.end({ kind: 'ended', run: this.run });
    } catch (error) {
      const code = error instanceof UnrolledError ? error.code : 'unexpected';
      const message = error instanceof Error ? error.message : String(error);
      this.end({ kind: 'failed', run: this.run, message, code });
    }
    await this.keepLast();
  }

  /** The run waits after each step in the callback for samples. This does not affect the losses. */
  private times() {
    const { interval } = this;
    return { sampleEvery: 1, validateEvery: interval, checkpointEvery: interval, logEvery: interval };
  }

  private note({ step, loss, tokensPerSecond = 0 }: TrainStep): void {
    this.unsaid.steps.push(step);
    this.unsaid.train.push(loss);
    this.speed = this.speed ? this.speed + 0.05 * (tokensPerSecond - this.speed) : tokensPerSecond;
  }

  private end(message: FromWorker): void {
    this.pause();
    this.tell(message);
  }

  /** After a step: sends what is due, and waits until the next step is allowed. */
  private async between(step: number, params: unknown[]): Promise<void> {
    this.own(undefined);
    this.live = { model: this.model, params, step };
    const now = performance.now();
    const isLast = !this.gate.isOpen;
    const isDue = now - this.sampledAt > SAMPLE_EVERY && !this.past && this.aside.isFree && this.isSeen;
    if (isDue || isLast) this.aside.do(() => this.sample());
    if ((now - this.toldAt > TELL_EVERY && this.isSeen) || isLast) this.report();
    this.aside.go();
    if (step >= MOST * this.interval) {
      // In a long run, the distance between checkpoints grows, so their cost stays small.
      while (step >= MOST * this.interval) this.interval *= 2;
      this.abort.abort();
    }
    await this.gate.pass(() => this.abort.signal.aborted);
  }

  /**
   * The tensors of a run are disposed with it. Its last checkpoint has the same values, and the run resumes
   * from it.
   */
  private async keepLast(): Promise<void> {
    const kept = this.checkpoints.kept().at(-1);
    if (!kept) return;
    this.resume = await loadRun(this.checkpoints);
    const params = paramsIn(kept.bytes);
    this.own(params);
    this.live = { model: this.model, params, step: kept.step };
  }

  private own(params: unknown[] | undefined): void {
    if (this.owned) disposeTree(this.owned);
    this.owned = params;
  }

  private async goBackTo({ snapshot, config, state, model }: SavedRun): Promise<void> {
    await this.checkpoints.save('last', {
      snapshot,
      config: { ...config, run: state as never },
      ...(model && { model }),
    });
    await this.keepLast();
  }

  /** Runs an action when the last checkpoint has the current step. Training then continues. */
  private interrupt<T>(work: () => Promise<T> | T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.pending.push(async () => {
        try {
          resolve(await work());
        } catch (error) {
          reject(error);
        }
      });
      this.abort.abort();
      this.gate.wake();
    });
  }

  weightCount(): number {
    return Object.values(flattenParams(this.live.params)).reduce((sum, { size }) => sum + size, 0);
  }

  /** Trains a number of steps, or without a limit. */
  go(steps: number): void {
    this.look(undefined);
    this.gate.open(steps);
    this.report();
  }

  pause(): void {
    this.gate.close();
    this.report();
    this.aside.go();
  }

  /**
   * The page gets new progress only after it has drawn the last one; otherwise a slow page could do nothing
   * else.
   */
  seen(): void {
    this.isSeen = true;
  }

  /** Pauses between two steps while the page is hidden. The run then continues unchanged. */
  hold(isHeld: boolean): void {
    this.gate.hold(isHeld);
    this.aside.go();
  }

  setTemperature(value: number): void {
    this.temperature = value;
    if (!this.gate.isOpen) this.sample();
  }

  /** Generates a text with the selected model, each time with a different seed. */
  sample(): void {
    this.sampledAt = performance.now();
    const { model, params, step } = this.looked;
    const { vocabulary } = this.prepared.dataset;
    this.samples += 1;
    const { temperature, samples: seed } = this;
    const text = [...writeText({ model, params, vocabulary, length: SAMPLE_LENGTH, temperature, seed })].join(
      '',
    );
    this.tell({ kind: 'sample', run: this.run, sample: { step, text } });
  }

  private report(): void {
    this.toldAt = performance.now();
    this.isSeen = false;
    const [losses, validation] = [this.unsaid, this.validation];
    this.unsaid = { steps: [], train: [] };
    this.validation = [];
    this.tell({
      ...{ kind: 'progress', run: this.run, step: this.live.step, losses, validation },
      checkpoints: this.checkpoints.kept().map(({ step }) => step),
      charactersPerSecond: this.speed,
      isRunning: this.gate.isOpen,
    });
  }

  /** Selects the model of a checkpoint for the views; undefined selects the current one. */
  look(step: number | undefined): void {
    if (this.past) disposeTree(this.past.params);
    const kept = step === undefined ? undefined : this.checkpoints.at(step);
    const wasPast = this.past !== undefined;
    this.past = kept && { model: this.model, params: paramsIn(kept.bytes), step: kept.step };
    if (kept || wasPast) this.sample();
  }

  /** Returns to a checkpoint. The following steps equal those that followed it before, to the last bit. */
  rewind(step: number): Promise<void> {
    this.gate.close();
    this.aside.go();
    return this.interrupt(async () => {
      const kept = this.checkpoints.at(step);
      if (!kept) return;
      this.look(undefined);
      this.checkpoints.rewind(kept.step);
      await this.checkpoints.save('last', decodeCheckpoint(kept.bytes));
      await this.keepLast();
      this.tell({ kind: 'rewound', run: this.run, step: kept.step });
      this.report();
      this.sample();
    });
  }

  /** The selected checkpoint, or one of the current step, as a file that char-rnn reads. */
  async file(): Promise<Uint8Array> {
    const { settings } = this.prepared;
    if (this.past) return fileOf(this.checkpoints.at(this.past.step)!.bytes, settings);
    return this.interrupt(() => fileOf(this.checkpoints.kept().at(-1)!.bytes, settings));
  }

  close(): void {
    this.isClosed = true;
    this.gate.close();
    this.aside.go();
    this.abort.abort();
    this.gate.wake();
  }

  private free(): void {
    this.own(undefined);
    if (this.past) disposeTree(this.past.params);
    this.past = undefined;
  }
}
