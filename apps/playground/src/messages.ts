/** The messages between the page and its Worker: plain data that can be cloned. */
import type { Choice } from './choice';
import type { ModelTrace } from './worker/trace';

/** The engine in use, which the page describes. */
export interface Machine {
  readonly binary: 'plain' | 'relaxed';
  readonly threads: number;
  /** The messages of the kernels, if threads could not start. */
  readonly problem: string | undefined;
}

export interface Begun {
  readonly symbols: readonly string[];
  readonly weights: number;
  /** The loss of the bigram baseline on the validation set, in nats per character. */
  readonly bigram: number;
  /** The actual settings of the run, if a checkpoint determined them. */
  readonly cell: string;
  readonly layers: number;
  readonly units: number;
  /** Whether the run of an opened checkpoint continues; if not, only its weights are used. */
  readonly continues: boolean;
  /** Characters of the text that the checkpoint's model does not know. They are left out. */
  readonly unknown: readonly string[];
  /** Whether nearly all characters are unknown, so the model reads its own samples instead. */
  readonly isWritten: boolean;
}

export interface Losses {
  readonly steps: readonly number[];
  readonly train: readonly number[];
}

export interface Sample {
  readonly step: number;
  readonly text: string;
}

/** A forecast of prices, and its evaluation on the newer rows. */
export interface Forecast {
  readonly column: string;
  /** The date of the last row of the file. */
  readonly rows: number;
  /** The coverage of the intervals. */
  readonly level: number;
  readonly tested: readonly {
    readonly row: number;
    readonly price: number;
    readonly forecast: number;
    readonly low: number;
    readonly high: number;
  }[];
  /** One for each test row; undefined in a file without dates. */
  readonly dates: readonly (string | undefined)[];
  /** Mean absolute errors, in the unit of the prices. */
  readonly errors: { readonly network: number; readonly naive: number };
  /** The Diebold–Mariano test of the network against "tomorrow = today". */
  readonly verdict: string | undefined;
  readonly next: {
    readonly forecast: number;
    readonly low: number | null;
    readonly high: number | null;
    readonly date: string | null;
  };
}

/** Row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** A request of a view about a model, and its answer. */
export interface Questions {
  /** The model's gates and states over a text, and the surprisal of each character. */
  trace: {
    ask: { readonly text: string };
    answer: {
      readonly symbols: readonly string[];
      /** The character of each id. */
      readonly alphabet: readonly string[];
      readonly trace: ModelTrace;
    };
  };
  /** The norms of the gradient by distance back in time, from 0, averaged over windows of the text. */
  reach: {
    ask: { readonly distance: number };
    answer: { readonly h: readonly number[]; readonly factor: number };
  };
  /**
   * For one character of a text: the norm of the gradient of its loss with respect to the input of each
   * earlier character.
   */
  blame: {
    ask: { readonly text: string; readonly at: number };
    answer: { readonly norms: readonly number[] };
  };
  /** The share of correct answers to problems that the text does not contain. */
  answers: {
    ask: { readonly lines: readonly string[] };
    answer: {
      readonly right: number;
      readonly of: number;
      readonly wrote: readonly (readonly [line: string, wrote: string])[];
    };
  };
  /** The weights as matrices. For a large matrix, the means of neighbouring values are shown. */
  weights: {
    ask: Record<string, never>;
    answer: readonly {
      readonly name: string;
      readonly rows: number;
      readonly columns: number;
      readonly drawn: Matrix;
    }[];
  };
  /** Requests nothing: the view of prices has a separate model. */
  forecast: { ask: { readonly csv: string; readonly threads: number }; answer: Forecast };
  /** The training text, as the model reads it. */
  text: { ask: Record<string, never>; answer: string };
  checkpoint: { ask: Record<string, never>; answer: Uint8Array };
  onnx: { ask: Record<string, never>; answer: Uint8Array };
}
export type QuestionName = keyof Questions;

export type ToWorker =
  | {
      readonly kind: 'begin';
      readonly run: number;
      readonly choice: Choice;
      readonly text: string;
      readonly threads: number;
      readonly steps: number;
      readonly checkpoint?: Uint8Array;
    }
  | { readonly kind: 'go'; readonly steps?: number }
  | { readonly kind: 'pause' }
  /** The page has drawn the last progress, and can draw more. */
  | { readonly kind: 'seen' }
  /** Training pauses while the page is hidden. */
  | { readonly kind: 'hide'; readonly isHidden: boolean }
  | { readonly kind: 'temperature'; readonly value: number }
  /** Selects the model of an earlier checkpoint, or the current one. */
  | { readonly kind: 'look'; readonly step: number | undefined }
  /** Resumes from the selected checkpoint. */
  | { readonly kind: 'rewind'; readonly step: number }
  | { readonly kind: 'ask'; readonly id: number; readonly name: QuestionName; readonly ask: unknown };

export type FromWorker =
  | { readonly kind: 'begun'; readonly run: number; readonly begun: Begun; readonly machine: Machine }
  | {
      readonly kind: 'progress';
      readonly run: number;
      readonly step: number;
      readonly losses: Losses;
      readonly validation: readonly (readonly [step: number, loss: number])[];
      readonly checkpoints: readonly number[];
      readonly charactersPerSecond: number;
      readonly isRunning: boolean;
    }
  | { readonly kind: 'sample'; readonly run: number; readonly sample: Sample }
  | { readonly kind: 'rewound'; readonly run: number; readonly step: number }
  | { readonly kind: 'ended'; readonly run: number }
  | { readonly kind: 'failed'; readonly run: number; readonly message: string; readonly code: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly id: number; readonly message: string };
