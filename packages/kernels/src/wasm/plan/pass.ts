/** The state that a model's parts share in one pass of a plan, and the values that they exchange. */
import type { Resident } from '../kernels/host';
import type { PlanHost } from './plan-host';

/** The parameters of a pass besides the model. */
export interface PassShape {
  readonly batch: number;
  readonly time: number;
  readonly hasLengths: boolean;
  /** Whether a gradient is computed and dropout is applied. */
  readonly training: boolean;
}

/** A source that the encoder has read. */
export interface AttendedSource {
  /** [B, S, M], 0 past its rows' lengths. */
  memory(): Resident;
  /** [B, S], 1 at valid positions. */
  readonly valid: Resident;
  /** Receives the gradient of the memory. */
  gradient(gradient: Resident): void;
}

/** The state that the parts of one pass share. */
export interface Pass extends PassShape {
  readonly host: PlanHost;
  parameter(path: string, shape: readonly number[]): Resident;
  /** A state before the first step. */
  state(path: string, width: number): Resident;
  /** Receives a state after the last step. */
  keepState(path: string, state: Resident): void;
  /** The gradient of a state after the last step; undefined if nothing depends on it. */
  finalGradient(path: string): Resident | undefined;
  /** Receives the gradient of a state before the first step, and frees it. */
  initialGradient(path: string, gradient: Resident): void;
  /** The source that an attention wrapper attends to. */
  readonly attended: AttendedSource | undefined;
  /** Receives the gradient of a parameter. */
  gradient(path: string, gradient: Resident): void;
  /** The seed of the current step. */
  seed(): number;
  /** Whether rows run from their last valid step to the first. */
  readonly reverse: boolean;
}

/** A value between parts: [B, T, n] or [B, n]. */
export interface Flow {
  readonly tensor: Resident;
  /** Whether values past a row's length are 0 already. */
  readonly isMasked: boolean;
  /** Whether the plan may free it: a part created it. */
  readonly isOwn: boolean;
}

/** A part in a pass. */
export interface Stage {
  forward(input: Flow): Flow;
  /** @returns the gradient of the input, if `wantsInput` */
  backward(gradient: Resident, wantsInput: boolean): Resident | undefined;
}
