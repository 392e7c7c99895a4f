/**
 * Runs a few jobs in the native executor and in WebAssembly on the same numbers, before the native executor's
 * first use, and compares the results. It takes about a millisecond. It writes to the memory from HEAP on,
 * which is not yet in use.
 */
import {
  CrossEntropyArguments,
  HEAP,
  Job,
  LayerCode,
  MatmulArguments,
  SequenceArguments,
  UpdateArguments,
  UpdateRow,
} from '../generated/abi';
import { type BufferSizes, WASM_SIZES } from '../wasm/engine/buffer-sizes';
import type { RecordType } from '../wasm/engine/record';
import type { NativeJobs } from './native-jobs';

/** The parts of the module that the test needs. */
interface ModuleJobs {
  runJob(job: number, record: number, index: number, threads: number): void;
}

/**
 * The executors differ only in rounding: a multiply-add rounds once in one of them and twice in the other.
 */
const TOLERANCE = 1e-4;
const RECORD = HEAP;

/**
 * A test of one record: its jobs, the record for an executor's buffer sizes, and the addresses of the
 * results.
 */
interface Trial<V> {
  readonly jobs: readonly Job[];
  readonly type: RecordType<V>;
  record(sizes: BufferSizes, space: Space): V;
  results(values: V): readonly (readonly [address: number, floats: number])[];
}

/** Allocates memory from HEAP on and fills it with the same numbers on each run. */
class Space {
  private at = HEAP + 4096;
  readonly int32: Int32Array;
  readonly float32: Float32Array;

  constructor(buffer: ArrayBufferLike) {
    this.int32 = new Int32Array(buffer);
    this.float32 = new Float32Array(buffer);
  }

  empty(count: number): number {
    const address = this.at;
    this.at += Math.ceil(count / 16) * 64 + 64;
    return address;
  }

  floats(count: number, scale = 0.5): number {
    const address = this.empty(count);
    for (let i = 0; i < count; i++)
      this.float32[address / 4 + i] = scale * Math.sin(1.7 * i + (address % 89));
    return address;
  }

  integers(values: readonly number[]): number {
    const address = this.empty(values.length);
    this.int32.set(values, address / 4);
    return address;
  }
}

const [BATCH, TIME, INPUT, UNITS] = [3, 3, 5, 19];

function sequenceTrial(layer: LayerCode, gates: number): Trial<SequenceArguments> {
  const states = BATCH * UNITS;
  return {
    jobs: ['packForward', 'forward'],
    type: SequenceArguments,
    record: (sizes, space) => ({
      ...SequenceArguments.blank,
      layer,
      batch: BATCH,
      time: TIME,
      inputSize: INPUT,
      units: UNITS,
      reserveWidth: 0,
      lengths: space.integers([3, 2, 1]),
      x: space.floats(BATCH * TIME * INPUT),
      kernel: space.floats(INPUT * gates * UNITS),
      recurrentKernel: space.floats(UNITS * gates * UNITS),
      bias: space.floats(gates * UNITS),
      recurrentBias: layer === 'gruResetAfter' ? space.floats(gates * UNITS) : 0,
      initialH: space.floats(states),
      initialC: space.floats(states),
      output: space.empty(BATCH * TIME * UNITS),
      finalH: space.empty(states),
      finalC: space.empty(states),
      packedKernel: space.empty(sizes.packedKernelFloats(gates, UNITS, INPUT)),
      packedRecurrent: space.empty(sizes.packedRecurrentFloats(gates, UNITS)),
      scratch: space.empty(sizes.sequenceScratchBytes(BATCH, UNITS, 1) / 4),
      scratchBytes: sizes.sequenceScratchBytes(BATCH, UNITS, 1),
    }),
    results: ({ output, finalH }) => [
      [output!, BATCH * TIME * UNITS],
      [finalH!, states],
    ],
  };
}

const MATMUL: Trial<MatmulArguments> = {
  jobs: ['packMatmul', 'matmul'],
  type: MatmulArguments,
  record: (sizes, space) => ({
    batch: 1,
    rows: 7,
    columns: 37,
    inner: 11,
    transposeA: false,
    transposeB: true,
    aBatch: 0,
    bBatch: 0,
    a: space.floats(77),
    b: space.floats(407),
    bias: space.floats(37),
    c: space.empty(259),
    packed: space.empty(sizes.paddedColumns(37) * 11),
    scratch: space.empty(sizes.productScratchBytes / 4),
  }),
  results: ({ c }) => [[c, 259]],
};

const CROSS_ENTROPY: Trial<CrossEntropyArguments> = {
  jobs: ['crossEntropy'],
  type: CrossEntropyArguments,
  record: (_, space) => ({
    rows: 4,
    classes: 21,
    logits: space.floats(84, 5),
    ids: space.integers([0, 7, 20, 3]),
    loss: space.empty(4),
    maximum: space.empty(4),
    logSum: space.empty(4),
  }),
  results: ({ loss }) => [[loss!, 4]],
};

const UPDATE: Trial<UpdateArguments> = {
  jobs: ['update'],
  type: UpdateArguments,
  record(_, space) {
    const row = {
      parameter: space.floats(35),
      gradient: space.floats(35),
      slot1: space.floats(35),
      // The moving average of the squares.
      slot2: space.floats(35, 0),
      count: 35,
      kept: 0.999,
    };
    const table = space.empty(UpdateRow.bytes / 4);
    UpdateRow.write(space.int32, space.float32, table / 4, row);
    const rule = { rate: 0.01, decay1: 0.9, decay2: 0.999, epsilon: 1e-8, scale: 0.7, limit: 1 };
    return { kind: 'adam', tensors: 1, table, sums: 0, ...rule };
  },
  // The parameter is the first block allocated.
  results: () => [[HEAP + 4096, 35]],
};

const TRIALS: readonly Trial<never>[] = [
  ...(Object.keys(LayerCode) as LayerCode[]).map((layer) =>
    sequenceTrial(layer, layer === 'lstm' ? 4 : layer.startsWith('gru') ? 3 : 1),
  ),
  MATMUL,
  CROSS_ENTROPY,
  UPDATE,
] as unknown as Trial<never>[];

function resultsOf<V>(
  trial: Trial<V>,
  sizes: BufferSizes,
  buffer: ArrayBufferLike,
  run: (job: Job) => void,
): number[] {
  const space = new Space(buffer);
  const values = trial.record(sizes, space);
  trial.type.write(space.int32, space.float32, RECORD / 4, values);
  for (const job of trial.jobs) run(job);
  return trial
    .results(values)
    .flatMap(([address, floats]) => Array.from(space.float32.subarray(address / 4, address / 4 + floats)));
}

/** The first difference between the two executors, as text; undefined if there is none. */
export function difference(
  native: NativeJobs,
  exports: ModuleJobs,
  buffer: ArrayBufferLike,
): string | undefined {
  native.attach(buffer);
  for (const trial of TRIALS as readonly Trial<unknown>[]) {
    const [job] = trial.jobs as [Job];
    if (!native.has(job)) continue;
    let problem: string | undefined;
    const own = resultsOf(trial, native.sizes(job), buffer, (name) => {
      problem ??= native.run(name, RECORD, native.threads);
    });
    if (problem) return `${job}: ${problem}`;
    const expected = resultsOf(trial, WASM_SIZES, buffer, (name) => exports.runJob(Job[name], RECORD, 0, 1));
    const isSame = own.every((value, i) => {
      const other = expected[i]!;
      return Math.abs(value - other) <= TOLERANCE * (1 + Math.abs(other));
    });
    if (!isSame) return `${job} and WebAssembly compute different numbers`;
  }
  return undefined;
}
