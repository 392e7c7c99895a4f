/**
 * The contract between models and the code that runs them.
 *
 * A core is a pure function `(params, input, state) → (output, state)`, without hidden fields and without
 * flags that change the return type (the form of Haiku's `RNNCore` and Equinox's cells). The layout is
 * batch-major: B rows in a batch, T time steps, I input size, O output size.
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';

/** The kind of input: float vectors, or int32 ids, which are equivalent to one-hot vectors. */
export type InputKind = 'vectors' | 'ids';

/** The kind of a part's input: vectors or ids for a cell, and also pictures (channels last) for a layer. */
export type PartInput = InputKind | 'pictures';

/** One time step of input: vectors [B, I] or ids [B]. */
export type StepInput<K extends InputKind> = K extends 'ids' ? Tensor1D : Tensor2D;

/** A whole sequence of input: vectors [B, T, I] or ids [B, T]; or pictures [B, H, W, I]. */
export type SequenceInput<K extends PartInput> = K extends 'ids'
  ? Tensor2D
  : K extends 'pictures'
    ? Tensor4D
    : Tensor3D;

/** Whether random parts (dropout) act, and their seed. Two calls with equal seeds drop the same units. */
export type Context = { readonly training: false } | { readonly training: true; readonly seed: number };

/**
 * A context at one time step. `time` counts in the order of the input, also if the sequence runs in reverse.
 */
export type StepContext = Context & { readonly time: number };

/** The context of steps that were called without one. Dropout distinguishes it from a given context. */
export const NO_CONTEXT = { training: false, unsaid: true } as const;

/** Whether no context was given. */
export const isUnsaid = (context: Context | undefined) => context === undefined || 'unsaid' in context;

export interface UnrollOptions {
  /**
   * Valid steps of each row, 0 … T. Past them the output is exactly 0 and the state does not change. The
   * input's values there, even NaN, affect no output, state or gradient.
   */
  readonly lengths?: readonly number[] | undefined;
  /** Runs from each row's last valid step to its first. The output keeps the order of the input. */
  readonly reverse?: boolean;
  readonly context?: Context;
  /** `false` forces the step-by-step reference even if a fused path exists. */
  readonly fused?: boolean;
}

/** A type, not an interface, so `tf.tidy` accepts it as a record of tensors. */
export type Unrolled<S, Y extends Tensor = Tensor3D> = {
  /** [B, T, O], or [B, O] for a part with one output a row */
  readonly output: Y;
  /** The state after each row's last step. */
  readonly state: S;
};

interface Part<P, S, K extends PartInput> {
  /** Its name in error messages; default 'cell'. */
  readonly name?: string;
  /**
   * I: the length of an input vector; for ids the number of distinct ids, for pictures the number of
   * channels.
   */
  readonly inputSize: number;
  /** O: the length of an output vector. */
  readonly outputSize: number;
  /** Default 'vectors'. */
  readonly inputKind?: K;
  /** `false` if the state cannot be carried into the next batch (bidirectional); default true. */
  readonly carriesState?: boolean;
  /**
   * The shape of the output for a shape of the input, if it differs from [B, T, O] (from [B, O] for a part
   * with one output a row). A stride reduces the number of steps; a row that is too short has no output.
   * Given a row's length as T, it returns the length of the row's output.
   */
  outputShape?(inputShape: readonly number[]): number[];
  /** New parameters. The same seed gives the same values on every backend. The caller owns the tensors. */
  init(seed: number): P;
  /**
   * The state before the first step. Every tensor in it is float32 [B, …]. An axis of size 0 may have any
   * size in a run, such as the number of positions of the source that a decoder attends to. The caller owns
   * the tensors.
   */
  zeroState(batchSize: number): S;
}

/**
 * Maps a whole sequence: [B, T, I] → [B, T, O]; with `Y` Tensor2D → [B, O]; with `K` 'pictures' [B, H, W, I],
 * and with `Y` Tensor4D → pictures [B, H', W', O].
 */
export interface Layer<P, S, K extends PartInput = 'vectors', Y extends Tensor = Tensor3D>
  extends Part<P, S, K> {
  unroll(params: P, inputs: SequenceInput<K>, state: S, options?: UnrollOptions): Unrolled<S, Y>;
}

/**
 * Takes one step: [B, I] → [B, O]. A user-defined cell only needs this method; unrolling, lengths, reverse,
 * stacking, both directions, dropout and training work with it.
 */
export interface Cell<P, S, K extends InputKind = 'vectors'> extends Part<P, S, K> {
  /** One step: `input` [B, I] (ids: [B]) → `output` [B, O]. It never returns one of its arguments. */
  step(params: P, input: StepInput<K>, state: S, context?: StepContext): { output: Tensor2D; state: S };
  /**
   * A faster implementation for a whole sequence with the same results; `unroll` prefers it. The built-in
   * cells do not have one: `unroll` finds their fused kernels by the identity of the cell object, so a
   * modified copy of a cell does not inherit them.
   */
  unroll?: Layer<P, S, K>['unroll'];
}

// biome-ignore lint/suspicious/noExplicitAny: any part at all; `unknown` would reject parts by variance.
export type AnyCell = Cell<any, any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnyLayer = Layer<any, any, any, any>;
export type AnyPart = AnyCell | AnyLayer;
/** Any part with an output at every step. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnySequencePart = AnyCell | Layer<any, any, any>;

/**
 * Any model with one output a step, for any parameters and state: vectors [B, T, I], or ids [B, T] with
 * `ManyToMany<'ids'>`, to [B, T, O].
 */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type ManyToMany<K extends InputKind = 'vectors'> = Cell<any, any, K> | Layer<any, any, K>;
/**
 * Any model with one output a row, such as a classifier of sequences: vectors [B, T, I], ids [B, T] with
 * `ManyToOne<'ids'>`, or pictures with `ManyToOne<'pictures'>`, to [B, O].
 */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type ManyToOne<K extends PartInput = 'vectors'> = Layer<any, any, K, Tensor2D>;

/** The parameters of a part. */
export type ParamsOf<L> = L extends { init(seed: number): infer P } ? P : never;
/** The state of a part. */
export type StateOf<L> = L extends { zeroState(batchSize: number): infer S } ? S : never;
/**
 * The input kind of a part: 'vectors' unless it is 'ids' or 'pictures'. For `any`, which TypeScript infers in
 * a list of parts, it is unknown.
 */
export type InputKindOf<L> = L extends { readonly inputKind?: infer K }
  ? 0 extends 1 & K
    ? 'vectors'
    : NonNullable<K> extends 'ids'
      ? 'ids'
      : NonNullable<K> extends 'pictures'
        ? 'pictures'
        : 'vectors'
  : 'vectors';

/** A whole sequence of a part's input. */
export type InputOf<L> = SequenceInput<InputKindOf<L>>;
/** The result of a part for a whole sequence: [B, T, O], [B, O] for one output a row, or pictures. */
export type OutputOf<L> = L extends { step(...given: never[]): unknown }
  ? Tensor3D
  : // biome-ignore lint/suspicious/noExplicitAny: as above.
    L extends { unroll(...given: never[]): Unrolled<any, infer Y> }
    ? 0 extends 1 & Y
      ? Tensor3D
      : Y
    : Tensor3D;

/** The state of a part without one. */
export type NoState = Readonly<Record<string, never>>;
/** The parameters of a part without any. */
export type NoParams = Readonly<Record<string, never>>;

/** True for a part that can take single steps. */
export function isCell(part: AnyPart): part is AnyCell {
  return typeof (Object(part) as { step?: unknown }).step === 'function';
}

/**
 * The properties that a wrapper copies from its part, except name and `unroll`: sizes, parameters and state.
 */
export function sharedWith<P, S, K extends PartInput>(part: Part<P, S, K>): Omit<Part<P, S, K>, 'name'> {
  return {
    inputSize: part.inputSize,
    outputSize: part.outputSize,
    inputKind: part.inputKind,
    carriesState: part.carriesState,
    ...(part.outputShape && { outputShape: (shape) => part.outputShape!(shape) }),
    init: (seed) => part.init(seed),
    zeroState: (batchSize) => part.zeroState(batchSize),
  };
}

/** A part's name for messages. */
export function nameOf(part: AnyPart): string {
  return typeof part.name === 'string' ? part.name : 'cell';
}

/** The input kind of a part. */
export function inputKindOf(part: AnyPart): PartInput {
  return part.inputKind ?? 'vectors';
}

/**
 * The shape of a part's output for a shape of the input. An input without steps has an output without steps.
 */
export function outputShapeOf(part: AnyPart, inputShape: readonly number[]): readonly number[] {
  if (part.outputShape) return part.outputShape(inputShape);
  return [inputShape[0]!, inputShape[1]!, part.outputSize];
}

/** The lengths of the output rows for the lengths of the input rows. */
export function lengthsAfter(part: AnyPart, lengths: UnrollOptions['lengths']): UnrollOptions['lengths'] {
  if (!part.outputShape || !lengths) return lengths;
  return lengths.map((length) =>
    length === 0 ? 0 : (part.outputShape!([1, length, part.inputSize])[1] ?? 0),
  );
}
