/** Single steps of a decoder in WebAssembly's memory: no tensor and no op of tfjs for any of them. */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import { refuse } from '../../refuse';
import { currentUnrolledBackend } from '../backend/register';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { writeIds } from '../kernels/ids';
import { StepJobs } from './step-jobs';
import { StepMemory } from './step-memory';
import { type StepPart, tensorsOf } from './step-parts';

/** How `createSteps` begins. */
export interface StepOptions {
  /** I: the number of ids of a model that reads ids. */
  readonly inputSize: number;
  readonly takesIds: boolean;
  /** [B, …] by the names of the states; those that are missing are zeros. */
  readonly states: Readonly<Record<string, Tensor>>;
  /** B */
  readonly rows: number;
  /** The most rows that are expected; default B. */
  readonly room?: number | undefined;
}

/** A model that is fed one step at a time. */
export class Steps {
  private memory: StepMemory;
  private jobs: StepJobs | undefined;
  private readonly tensors: Tensor[];
  /** For each row the row before the last `gather`, and the row of its source. */
  private from: Int32Array;
  private sources: Int32Array;
  private runtime: number;
  private threads: number;
  private isDisposed = false;

  /** @internal use createSteps */
  constructor(
    private readonly backend: UnrolledBackend,
    private readonly parts: readonly StepPart[],
    private readonly options: StepOptions,
  ) {
    const { rows, room = rows, states } = options;
    this.tensors = tensorsOf(parts).map((tensor) => keep(tensor.clone()));
    this.runtime = backend.engine.runtimeNumber;
    this.threads = backend.engine.threads;
    this.memory = new StepMemory(backend.engine, Math.max(rows, room));
    this.from = Int32Array.from({ length: rows }, (_, row) => row);
    this.sources = this.from.slice();
    const values = new Map(
      Object.entries(states).map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]),
    );
    try {
      this.write(this.jobsFor(rows), values);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** B, after the last `gather`. */
  get rows(): number {
    return this.from.length;
  }

  /**
   * One step of all rows.
   *
   * @param input ids [B], or floats [B·I]
   * @returns [B·O]
   * @throws UnrolledError on an id out of range, and once the steps are disposed
   */
  step(input: Int32Array | Float32Array): Float32Array {
    this.checkLive();
    const { engine } = this.backend;
    const { inputSize, takesIds } = this.options;
    const jobs = this.jobsFor(this.rows);
    if (takesIds) writeIds(engine.int32, jobs.ids / 4, input, inputSize, 'embeddingLookup');
    else engine.float32.set(input, jobs.input / 4);
    engine.int32.set(this.from, jobs.from / 4);
    engine.int32.set(this.sources, jobs.sources / 4);
    jobs.run();
    for (let row = 0; row < this.from.length; row++) this.from[row] = row;
    const { at, width } = jobs.output;
    return engine.float32.slice(at / 4, at / 4 + this.rows * width);
  }

  /** Row i continues from row `rows[i]`; afterwards there are `rows.length` rows. */
  gather(rows: ArrayLike<number>): void {
    this.checkLive();
    const { from, sources } = this;
    this.from = new Int32Array(rows.length);
    this.sources = new Int32Array(rows.length);
    for (let n = 0; n < rows.length; n++) {
      this.from[n] = from[rows[n]!]!;
      this.sources[n] = sources[rows[n]!]!;
    }
    if (rows.length > this.memory.room) this.widen(rows.length);
  }

  /** B, before the first `gather`. */
  get given(): number {
    return this.options.rows;
  }

  /** Which row of the first batch each row belongs to. */
  get origins(): Int32Array {
    return this.sources.slice();
  }

  /** The states by name, [B · width]. */
  states(): Map<string, Float32Array> {
    this.checkLive();
    const { float32 } = this.backend.engine;
    return new Map(
      this.jobs!.states.map(({ name, width, after }) => {
        const values = new Float32Array(this.rows * width);
        this.from.forEach((row, n) => {
          const at = after / 4 + row * width;
          values.set(float32.subarray(at, at + width), n * width);
        });
        return [name, values];
      }),
    );
  }

  /** Frees all memory, whose next owner another step would write over. */
  dispose(): void {
    this.isDisposed = true;
    this.jobs?.release();
    this.jobs = undefined;
    this.memory.release();
    for (const tensor of this.tensors) tensor.dispose();
    this.tensors.length = 0;
  }

  private checkLive(): void {
    if (!this.isDisposed) return;
    const [expected, got] = ['steps of a model that are still to be taken', 'disposed ones'];
    refuse('steps', { expected, got, remedy: 'make a new stepper', code: 'state' });
  }

  /** The jobs for `rows` rows. */
  private jobsFor(rows: number): StepJobs {
    const { runtimeNumber, threads } = this.backend.engine;
    if (runtimeNumber !== this.runtime || threads !== this.threads) {
      // Another executor packs in another way, and the scratch of a share is for its rows among all threads.
      this.runtime = runtimeNumber;
      this.threads = threads;
      if (this.jobs) this.widen(this.memory.room);
    }
    const { inputSize, takesIds } = this.options;
    this.jobs ??= new StepJobs(this.backend, this.memory, this.parts, takesIds ? 1 : inputSize);
    if (this.jobs.rows !== rows) this.jobs.setRows(rows);
    return this.jobs;
  }

  /** Goes on in other memory. */
  private widen(room: number): void {
    const states = this.states();
    const [jobs, memory] = [this.jobs!, this.memory];
    this.memory = new StepMemory(this.backend.engine, room);
    this.jobs = undefined;
    jobs.release();
    memory.release();
    this.write(this.jobsFor(this.rows), states);
    this.from = this.from.map((_, row) => row);
  }

  private write({ states }: StepJobs, values: ReadonlyMap<string, Float32Array>): void {
    const { float32 } = this.backend.engine;
    for (const { name, width, after } of states) {
      const own = values.get(name);
      if (own) float32.set(own, after / 4);
      else float32.fill(0, after / 4, after / 4 + this.memory.room * width);
    }
  }
}

/**
 * Steps of a model on the backend `unrolled`, or undefined if it is not registered. The weights are packed
 * once; the caller keeps the tensors and must not change them until `dispose`.
 *
 * @param parts those that `canStep` has, and attention around them, from the input to the output
 */
export function createSteps(parts: readonly StepPart[], options: StepOptions): Steps | undefined {
  const backend = currentUnrolledBackend();
  return backend && new Steps(backend, parts, options);
}
