/** A model on the page: its Worker, and the Worker's messages as signals. */
import { signal } from '@preact/signals';
import type { Choice } from '../choice';
import type { Begun, FromWorker, Machine, QuestionName, Questions, Sample, ToWorker } from '../messages';
import { Losses } from './losses';

export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Maximum number of samples that are kept. */
const SAMPLES = 30;

export class Model {
  readonly begun = signal<Begun | undefined>(undefined);
  readonly machine = signal<Machine | undefined>(undefined);
  readonly step = signal(0);
  readonly isRunning = signal(false);
  readonly hasEnded = signal(false);
  readonly speed = signal(0);
  readonly checkpoints = signal<readonly number[]>([]);
  readonly samples = signal<readonly Sample[]>([]);
  readonly validation = signal<readonly (readonly [step: number, loss: number])[]>([]);
  readonly failure = signal<Failure | undefined>(undefined);
  /** The selected checkpoint; undefined for the current model. */
  readonly looked = signal<number | undefined>(undefined);
  /** Changes with each message that may change what a view shows. */
  readonly version = signal(0);
  readonly losses = new Losses();
  private run = 0;
  private asked = 0;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private readonly worker: Worker;

  constructor() {
    this.worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.failure.value = { code: 'worker', message: event.message };
      for (const { reject } of this.waiting.values()) reject(new Error(event.message));
      this.waiting.clear();
    };
    if (document.hidden) this.hide(true);
  }

  private say(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  /** Starts another run, which trains `steps` steps immediately. */
  begin(given: {
    choice: Choice;
    text: string;
    threads: number;
    steps: number;
    checkpoint?: Uint8Array;
  }): void {
    this.stop();
    this.isRunning.value = given.steps > 0;
    this.say({ kind: 'begin', run: this.run, ...given });
  }

  /** Ends the run, so the page has none. */
  stop(): void {
    this.run += 1;
    this.begun.value = undefined;
    this.clear();
    this.say({ kind: 'pause' });
  }

  private clear(): void {
    this.step.value = 0;
    this.isRunning.value = false;
    this.hasEnded.value = false;
    this.checkpoints.value = [];
    this.samples.value = [];
    this.validation.value = [];
    this.failure.value = undefined;
    this.looked.value = undefined;
    this.losses.rewind(-1);
  }

  /** Trains without a limit, or the given number of steps. */
  go(steps?: number): void {
    this.looked.value = undefined;
    this.failure.value = undefined;
    this.say({ kind: 'go', ...(steps !== undefined && { steps }) });
  }

  pause(): void {
    this.say({ kind: 'pause' });
  }

  /** Training pauses while the page is hidden. */
  hide(isHidden: boolean): void {
    this.say({ kind: 'hide', isHidden });
  }

  setTemperature(value: number): void {
    this.say({ kind: 'temperature', value });
  }

  /** Selects the newest checkpoint at or before a step; undefined selects the current model. */
  look(step: number | undefined): void {
    this.looked.value = step;
    this.say({ kind: 'look', step });
    this.version.value += 1;
  }

  rewind(step: number): void {
    this.say({ kind: 'rewind', step });
  }

  ask<Name extends QuestionName>(
    name: Name,
    ask: Questions[Name]['ask'],
  ): Promise<Questions[Name]['answer']> {
    this.asked += 1;
    const id = this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.say({ kind: 'ask', id, name, ask });
    });
  }

  close(): void {
    this.worker.terminate();
  }

  /** Requests more after the time that drawing took, so half of the time remains for the user's input. */
  private answerWhenDrawn(): void {
    const from = performance.now();
    requestAnimationFrame(() =>
      setTimeout(() => setTimeout(() => this.say({ kind: 'seen' }), performance.now() - from)),
    );
  }

  private hear(message: FromWorker): void {
    if ('run' in message && message.run !== this.run) return;
    switch (message.kind) {
      case 'begun':
        this.begun.value = message.begun;
        this.machine.value = message.machine;
        break;
      case 'progress': {
        const { step, losses, validation, checkpoints, charactersPerSecond, isRunning } = message;
        this.losses.add(losses.steps, losses.train);
        if (validation.length > 0) this.validation.value = [...this.validation.value, ...validation];
        this.step.value = step;
        this.checkpoints.value = checkpoints;
        this.speed.value = charactersPerSecond;
        this.isRunning.value = isRunning;
        this.answerWhenDrawn();
        break;
      }
      case 'sample':
        this.samples.value = [message.sample, ...this.samples.value].slice(0, SAMPLES);
        break;
      case 'rewound':
        this.losses.rewind(message.step);
        this.validation.value = this.validation.value.filter(([step]) => step <= message.step);
        this.samples.value = this.samples.value.filter(({ step }) => step <= message.step);
        this.looked.value = undefined;
        this.hasEnded.value = false;
        break;
      case 'ended':
        this.hasEnded.value = true;
        break;
      case 'failed':
        this.isRunning.value = false;
        this.failure.value = { code: message.code, message: message.message };
        break;
      default: {
        const waiting = this.waiting.get(message.id);
        this.waiting.delete(message.id);
        if (message.kind === 'answer') waiting?.resolve(message.answer);
        else waiting?.reject(new Error(message.message));
        return;
      }
    }
    this.version.value += 1;
  }
}
