/** The common state of a model's parts in one pass of a plan, and the values between them. */
import type { Resident } from '../kernels/host';
import type { PlanHost } from './plan-host';

/** The parameters of a plan, besides the model. */
export interface PassShape {
  readonly batch: number;
  readonly time: number;
  readonly hasLengths: boolean;
  /** Whether a gradient is taken, and dropout acts. */
  readonly training: boolean;
}

/** A source that was read. */
export interface AttendedSource {
  /** [B, S, M], 0 past its rows' lengths. */
  memory(): Resident;
  /** [B, S], 1 where a position is real. */
  readonly valid: Resident;
  /** Takes the gradient of the memory. */
  gradient(gradient: Resident): void;
}

/** The common state of the parts of one pass. */
export interface Pass extends PassShape {
  readonly host: PlanHost;
  parameter(path: string, shape: readonly number[]): Resident;
  /** A state before the first step. */
  state(path: string, width: number): Resident;
  /** Takes a state after the last step. */
  keepState(path: string, state: Resident): void;
  /** The gradient of a state after the last step, where something is made of it. */
  finalGradient(path: string): Resident | undefined;
  /** Takes the gradient of a state before the first step, which it frees. */
  initialGradient(path: string, gradient: Resident): void;
  /** The source of an attention wrapper. */
  readonly attended: AttendedSource | undefined;
  /** Takes the gradient of a parameter. */
  gradient(path: string, gradient: Resident): void;
  /** The seed of the step that runs. */
  seed(): number;
  /** Whether rows are read from their last valid step on. */
  readonly reverse: boolean;
}

/** The value between parts: [B, T, n] or [B, n]. */
export interface Flow {
  readonly tensor: Resident;
  /** Whether values past a row's length are already 0. */
  readonly isMasked: boolean;
  /** Whether the plan may free it: it was made by a part, not given. */
  readonly isOwn: boolean;
}

/** A part in a pass. */
export interface Stage {
  forward(input: Flow): Flow;
  /** @returns the gradient of the input, if it is needed */
  backward(gradient: Resident, wantsInput: boolean): Resident | undefined;
}
