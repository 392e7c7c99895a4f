import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  type backend_util,
  type DataType,
  type TensorInfo,
  engine as tfEngine,
  util,
} from '@tensorflow/tfjs-core';
import type { BlockName, Engine } from '../engine/engine';
import type { IdRows, KernelHost, Resident } from '../kernels/host';
import { writeIds } from '../kernels/ids';
import { type Kept, keptNothing } from './kept';
import { PackedWeights } from './packed-weights';

type BackendValues = backend_util.BackendValues;
type DataId = object;

/**
 * A tensor's data in WebAssembly memory, in the shape of the CPU backend's record: its kernels read `values`,
 * which is a view. Floats only.
 */
export class ResidentData {
  refCount: number;
  readonly dtype = 'float32' as const;
  readonly complexTensorInfos: undefined;
  private view: Float32Array | undefined;
  private isReleased = false;
  private ownPacked: PackedWeights | undefined;
  /** For a handle: its data. */
  kept: Kept | undefined;

  constructor(
    private readonly engine: Engine,
    readonly address: number,
    readonly size: number,
    refCount: number,
  ) {
    this.refCount = refCount;
  }

  get values(): Float32Array {
    // The buffer is replaced when an unshared memory grows.
    if (this.view?.buffer !== this.engine.buffer) {
      this.view = new Float32Array(this.engine.buffer, this.address, this.size);
    }
    return this.view!;
  }

  /** Whether the memory still belongs to the tensor. */
  get isAlone(): boolean {
    return this.refCount === 1 && !this.isReleased;
  }

  /** Its packed forms for products. */
  get packed(): PackedWeights {
    this.ownPacked ??= new PackedWeights(this.engine);
    return this.ownPacked;
  }

  /** Tells that its numbers are about to be written over. */
  willChange(): void {
    this.ownPacked?.release();
  }

  release(): void {
    this.isReleased = true;
    this.ownPacked?.release();
    this.engine.release(this.address);
    if (this.kept?.block) this.engine.release(this.kept.block);
  }
}

/**
 * The tfjs CPU backend, with tensors that may live in WebAssembly memory. Our kernels' outputs are created
 * there, and their inputs are moved there; every other kernel sees them as a Float32Array. Reading a tensor
 * gives a copy, since freed memory is used again.
 */
export class UnrolledBackend extends MathBackendCPU implements KernelHost {
  constructor(readonly engine: Engine) {
    super();
    // The CPU backend advises Node users, on first use, to install another one.
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }

  /**
   * Kernels of the CPU backend (slices, above all) may answer with a view of their input: that must not
   * outlive the input.
   */
  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const own = ArrayBuffer.isView(values) && values.buffer === this.engine.buffer;
    return super.write(own ? (values as Float32Array).slice() : values, shape, dtype);
  }

  override readSync(dataId: DataId): BackendValues {
    const data = this.data.get(dataId);
    return data instanceof ResidentData ? data.values.slice() : super.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const data = this.data.has(dataId) ? this.data.get(dataId) : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && data instanceof ResidentData) {
      data.release();
      for (const tensor of data.kept?.tensors ?? []) this.letGo(tensor);
    }
    return gone;
  }

  /** The data of a handle. */
  keptBy(handle: TensorInfo): Kept {
    const own = this.resident(handle, 'a handle');
    own.kept ??= keptNothing();
    return own.kept;
  }

  /** Keeps tensors until `handle` is disposed, even if the caller disposes them first. */
  hold(handle: TensorInfo, lent: readonly TensorInfo[]): Kept {
    const kept = this.keptBy(handle);
    for (const { dataId } of lent) {
      this.incRef(dataId);
      kept.tensors.push(dataId);
    }
    return kept;
  }

  between(run: () => void): void {
    run();
  }

  get floats(): Float32Array {
    return this.engine.float32;
  }

  /**
   * Releases one reference that is not a tensor's. tfjs counts a buffer as gone when a tensor's disposal
   * frees it; here it has to be told.
   */
  letGo(dataId: DataId): void {
    if (this.disposeData(dataId)) tfEngine().removeDataId(dataId, this);
  }

  /**
   * A new float tensor in WebAssembly memory; its contents are undefined. Outside of `making` ask for the
   * inputs' addresses first: to move an input into the memory may fail.
   */
  makeResident(shape: readonly number[], what: BlockName): Resident {
    const size = util.sizeFromShape(shape as number[]);
    const address = this.engine.allocate(size * 4, what);
    const dataId = {};
    this.data.set(dataId, new ResidentData(this.engine, address, size, 1));
    return { dataId, shape: shape as number[], dtype: 'float32', address };
  }

  /**
   * Runs what makes tensors and takes temporaries. The temporaries go when it ends; where it throws, as when
   * the memory is exhausted, so do the tensors.
   */
  making<R>(run: (make: UnrolledBackend['makeResident']) => R): R {
    const made: TensorInfo[] = [];
    try {
      return run((shape, what) => {
        const info = this.makeResident(shape, what);
        made.push(info);
        return info;
      });
    } catch (error) {
      for (const { dataId } of made) this.disposeData(dataId);
      throw error;
    } finally {
      this.engine.releaseTemporaries();
    }
  }

  /** The tensor's record, moved into WebAssembly memory if it is not there yet. */
  resident(tensor: TensorInfo, what: BlockName): ResidentData {
    const data = this.data.get(tensor.dataId);
    if (data instanceof ResidentData) return data;
    const values = data.values as Float32Array;
    const moved = new ResidentData(
      this.engine,
      this.engine.allocate(values.length * 4, what),
      values.length,
      data.refCount,
    );
    moved.values.set(values);
    // tfjs counts every set as one more.
    this.data.delete(tensor.dataId);
    this.data.set(tensor.dataId, moved);
    return moved;
  }

  /** The address of a float tensor's data. */
  address(tensor: TensorInfo, what: BlockName): number {
    return this.resident(tensor, what).address;
  }

  ids(ids: TensorInfo, count: number, scope: string, rows?: IdRows): number {
    const values = this.data.get(ids.dataId).values as Int32Array;
    const address = this.engine.temporary(values.length * 4, `${scope}'s ids`);
    writeIds(this.engine.int32, address / 4, values, count, scope, rows);
    return address;
  }

  lengths(lengths: readonly number[], what: BlockName): number {
    return this.engine.temporaryIntegers(lengths, what);
  }

  zeros(count: number, what: BlockName): number {
    const address = this.engine.temporary(count * 4, what);
    this.engine.float32.fill(0, address / 4, address / 4 + count);
    return address;
  }

  override dispose(): void {
    this.engine.stop();
    super.dispose();
  }
}
