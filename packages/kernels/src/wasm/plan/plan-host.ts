/**
 * The host of a plan's kernels. Where the backend would run a job at once, it allocates the memory of the
 * result and records the job with its arguments. The kernels run twice: first without memory, to find the
 * required size, then with it.
 *
 * The memory has two parts. One lives from step to step: records, ids, constants, zeros. The other is an
 * arena for the data of one step. Plans that never run at the same time share the arena.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { ListedJob } from '../../generated/abi';
import { type Kept, keptNothing } from '../backend/kept';
import { Allocator } from '../engine/allocator';
import type { Engine, JobList, NotedJob } from '../engine/engine';
import type { RecordType } from '../engine/record';
import type { KernelEngine, KernelHost, Resident } from '../kernels/host';

/** Consecutive jobs that run in one call, or JavaScript code between two such runs. */
export type PlanStep = JobList | (() => void);

/**
 * A tensor that the plan does not own. Its address is written into the records when it is known, and again
 * when it changes.
 */
export interface External {
  address: number;
  /** The positions in the records that hold the address, in 32-bit words. */
  readonly words: number[];
}

/** The addresses of a plan's two parts of memory; both are 0 in the first pass, which writes nothing. */
export interface PlanMemory {
  readonly fixed: number;
  readonly arena: number;
  /** Number of zero floats that the first pass needed. */
  readonly zeros: number;
}

type PlanTensor = Resident & { kept?: Kept };

const LINE = 64;
const roundUp = (bytes: number) => Math.ceil(bytes / LINE) * LINE;

export class PlanHost implements KernelHost {
  readonly engine: KernelEngine;
  private readonly noted: (NotedJob[] | (() => void))[] = [];
  readonly externals: External[] = [];
  private readonly arena: Allocator;
  private arenaEnd: number;
  private fixedEnd: number;
  private zeroFloats = 0;
  /** Address of an i32 per row, in a plan for batches with lengths. */
  rowLengths = 0;
  private temporaries: number[] = [];
  private record = 0;

  constructor(
    private readonly memory: Engine,
    private readonly at: PlanMemory | undefined,
  ) {
    const base = at?.arena ?? 0;
    this.arenaEnd = base;
    this.fixedEnd = (at?.fixed ?? 0) + roundUp((at?.zeros ?? 0) * 4);
    const grow = (end: number) => {
      this.arenaEnd = Math.max(this.arenaEnd, end);
      return true;
    };
    this.arena = new Allocator(base, grow, 0);
    this.engine = {
      sizes: (job) => memory.sizes(job),
      threadsFor: (work) => memory.threadsFor(work),
      threadsToPack: (floats) => memory.threadsToPack(floats),
      allocate: (bytes) => this.allocate(bytes),
      temporary: (bytes) => this.temporary(bytes),
      temporaryIntegers: (values) => this.integersThatStay(values),
      write: (record, values) => this.write(record, values),
      run: (job, threads) => this.note({ job, threads, record: this.record }),
    };
    if (at) memory.float32.fill(0, at.fixed / 4, at.fixed / 4 + at.zeros);
  }

  /** The whole memory as floats and integers during a step; the index is the address / 4. */
  get floats(): Float32Array {
    return this.memory.float32;
  }

  get integers(): Int32Array {
    return this.memory.int32;
  }

  /** The results of the first pass: sizes of both parts in bytes, and the number of zeros. */
  get wanted(): { fixed: number; arena: number; zeros: number } {
    return {
      fixed: this.fixedEnd + roundUp(this.zeroFloats * 4),
      arena: this.arenaEnd,
      zeros: this.zeroFloats,
    };
  }

  /** A block that lives from step to step, with undefined contents. */
  fixed(bytes: number): number {
    const address = this.fixedEnd;
    this.fixedEnd += roundUp(bytes);
    return address;
  }

  /** Constant floats. */
  constant(count: number, value: number): number {
    const address = this.fixed(count * 4);
    if (this.at) this.memory.float32.fill(value, address / 4, address / 4 + count);
    return address;
  }

  /** Constant integers. */
  private integersThatStay(values: ArrayLike<number>): number {
    const address = this.fixed(values.length * 4);
    if (this.at) this.memory.int32.set(values, address / 4);
    return address;
  }

  /** A tensor of the caller. Its address is given later. */
  external(shape: readonly number[]): Resident {
    this.externals.push({ address: 0, words: [] });
    return this.tensor(shape, -this.externals.length);
  }

  /** A tensor at an address. */
  tensor(shape: readonly number[], address: number, dtype: 'float32' | 'int32' = 'float32'): Resident {
    return { dataId: {}, shape: shape as number[], dtype, address };
  }

  /** The current address of a tensor during a step. */
  now({ address }: Resident): number {
    return address < 0 ? this.externals[-address - 1]!.address : address;
  }

  /** Records JavaScript code to run between jobs. */
  between(run: () => void): void {
    this.noted.push(run);
  }

  /** Everything recorded, ready to run. Call it once, at the end. */
  steps(): PlanStep[] {
    return this.noted.map((step) => {
      if (typeof step === 'function') return step;
      const table = this.fixed(step.length * ListedJob.bytes);
      return this.at ? this.memory.makeList(step, table) : () => {};
    });
  }

  making<R>(run: (make: (shape: readonly number[]) => Resident) => R): R {
    const result = run((shape) => this.makeResident(shape));
    for (const address of this.temporaries) this.arena.release(address);
    this.temporaries = [];
    return result;
  }

  makeResident(shape: readonly number[]): Resident {
    return this.tensor(shape, this.allocate(4 * shape.reduce((size, extent) => size * extent, 1)));
  }

  /** Frees the memory of tensors for use by later results. */
  release(...tensors: (TensorInfo | undefined)[]): void {
    for (const tensor of tensors) {
      if (!tensor) continue;
      const { address, kept } = tensor as PlanTensor;
      if (kept?.block) this.arena.release(kept.block);
      this.arena.release(address);
    }
  }

  address(tensor: TensorInfo): number {
    return (tensor as Resident).address;
  }

  keptBy(handle: TensorInfo): Kept {
    const own = handle as PlanTensor;
    own.kept ??= keptNothing();
    return own.kept;
  }

  /** Keeps a tensor of the plan alive until the plan is released. */
  hold(handle: TensorInfo): Kept {
    return this.keptBy(handle);
  }

  /** Ids are checked in each step. */
  ids(ids: TensorInfo): number {
    return (ids as Resident).address;
  }

  /**
   * All kernels read the same block of lengths, which each step fills. The argument only indicates that there
   * are lengths.
   */
  lengths(): number {
    return this.rowLengths;
  }

  zeros(count: number): number {
    this.zeroFloats = Math.max(this.zeroFloats, count);
    return this.at?.fixed ?? 0;
  }

  private allocate(bytes: number): number {
    return this.arena.allocate(bytes)!;
  }

  private temporary(bytes: number): number {
    const address = this.allocate(bytes);
    this.temporaries.push(address);
    return address;
  }

  /** Writes a new record. */
  write<V>(type: RecordType<V>, values: V): number {
    this.record = this.fixed(type.bytes);
    this.writeAt(this.record, type, values);
    return this.record;
  }

  /** Writes a record at an address, and notes the words that hold an external tensor's address. */
  writeAt<V>(record: number, type: RecordType<V>, values: V): void {
    if (!this.at) return;
    type.write(this.memory.int32, this.memory.float32, record / 4, values);
    for (const [field, value] of Object.entries(values as Record<string, unknown>)) {
      if (typeof value !== 'number' || value >= 0) continue;
      this.externals[-value - 1]!.words.push((record + type.offsets[field as keyof V]) / 4);
    }
  }

  /** Records a job. */
  note(job: NotedJob): void {
    const last = this.noted.at(-1);
    if (Array.isArray(last)) last.push(job);
    else this.noted.push([job]);
  }
}
