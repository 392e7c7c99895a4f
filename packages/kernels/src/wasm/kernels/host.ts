/**
 * The interface between kernels and whatever runs their jobs. The backend runs them at once, on tensors. A
 * plan (src/wasm/plan) records them, for memory that it allocates once.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Job } from '../../generated/abi';
import type { Kept } from '../backend/kept';
import type { BufferSizes } from '../engine/buffer-sizes';
import type { BlockName } from '../engine/engine';
import type { RecordType } from '../engine/record';

/** A tensor in WebAssembly memory. */
export type Resident = TensorInfo & { address: number };

/** The part of the engine that kernels use. */
export interface KernelEngine {
  sizes(job: Job): BufferSizes;
  threadsFor(work: number): number;
  threadsToPack(floats: number): number;
  /** A block that lives as long as the handle that owns it. */
  allocate(bytes: number, what: BlockName): number;
  /** A block that is freed when `making` ends. */
  temporary(bytes: number, what: BlockName): number;
  /** A temporary copy of 32-bit integers. */
  temporaryIntegers(values: ArrayLike<number>, what: BlockName): number;
  /** Writes the arguments of the next run. */
  write<V>(record: RecordType<V>, values: NoInfer<V>): void;
  run(job: Job, threads: number): void;
}

export interface KernelHost {
  readonly engine: KernelEngine;
  making<R>(run: (make: (shape: readonly number[], what: BlockName) => Resident) => R): R;
  makeResident(shape: readonly number[], what: BlockName): Resident;
  address(tensor: TensorInfo, what: BlockName): number;
  keptBy(handle: TensorInfo): Kept;
  /** Keeps tensors alive as long as a handle. */
  hold(handle: TensorInfo, lent: readonly TensorInfo[]): Kept;
  /**
   * Runs JavaScript code between two jobs, in order. The code gets the memory from `floats`; the index is the
   * address / 4.
   */
  between(run: () => void): void;
  readonly floats: Float32Array;
  /**
   * The address of ids, each from 0 to count − 1, valid until `making` ends. With `rows`, the ids past a
   * row's length are 0.
   *
   * @throws UnrolledError on an id out of range
   */
  ids(ids: TensorInfo, count: number, scope: string, rows?: IdRows): number;
  /** The address of the rows' lengths, valid until `making` ends. */
  lengths(lengths: readonly number[], what: BlockName): number;
  /** The address of `count` zeros, valid until `making` ends. */
  zeros(count: number, what: BlockName): number;
}

/** The rows' lengths, past which ids are ignored. */
export interface IdRows {
  readonly lengths: readonly number[];
  readonly time: number;
}
