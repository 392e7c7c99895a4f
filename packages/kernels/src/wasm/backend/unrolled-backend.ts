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
 * A tensor's data in WebAssembly memory, in the form of the CPU backend's record: the CPU kernels read
 * `values`, which is a view. Floats only.
 */
export class ResidentData {
  refCount: number;
  readonly dtype = 'float32' as const;
  readonly complexTensorInfos: undefined;
  private view: Float32Array | undefined;
  private isReleased = false;
  private ownPacked: PackedWeights | undefined;
  /** The data that belongs to a handle. */
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
    // Growth of an unshared memory replaces its buffer.
    if (this.view?.buffer !== this.engine.buffer) {
      this.view = new Float32Array(this.engine.buffer, this.address, this.size);
    }
    return this.view!;
  }

  /** Whether the tensor's memory is still allocated. */
  get isAlone(): boolean {
    return this.refCount === 1 && !this.isReleased;
  }

  /** The tensor's packed forms for products. */
  get packed(): PackedWeights {
    this.ownPacked ??= new PackedWeights(this.engine);
    return this.ownPacked;
  }

  /** Must be called before the data is overwritten. */
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
 * The tfjs CPU backend with tensors that may be in WebAssembly memory. Our kernels create their outputs there
 * and move their inputs there; all other kernels see such a tensor as a Float32Array. Reading a tensor
 * returns a copy, because freed memory is reused.
 */
export class UnrolledBackend extends MathBackendCPU implements KernelHost {
  constructor(readonly engine: Engine) {
    super();
    // On its first use in Node the CPU backend advises installing another backend.
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }

  /**
   * Kernels of the CPU backend, mostly slices, may return a view of their input. Such a view must not outlive
   * the input, so it is copied.
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

  /** The data that belongs to a handle. */
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
   * Releases one reference that no tensor holds. tfjs counts a buffer as freed when a tensor is disposed;
   * here it must be told.
   */
  letGo(dataId: DataId): void {
    if (this.disposeData(dataId)) tfEngine().removeDataId(dataId, this);
  }

  /**
   * A new float tensor in WebAssembly memory with undefined contents. Outside `making`, ask for the inputs'
   * addresses first, because moving an input into the memory may fail.
   */
  makeResident(shape: readonly number[], what: BlockName): Resident {
    const size = util.sizeFromShape(shape as number[]);
    const address = this.engine.allocate(size * 4, what);
    const dataId = {};
    this.data.set(dataId, new ResidentData(this.engine, address, size, 1));
    return { dataId, shape: shape as number[], dtype: 'float32', address };
  }

  /**
   * Runs code that creates tensors and temporary blocks. The temporary blocks are freed at its end; if it
   * throws, for instance for lack of memory, the tensors are freed too.
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

  /** The tensor's record. Its data is moved into WebAssembly memory if it is elsewhere. */
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
    // tfjs counts every `set` as a new buffer.
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
