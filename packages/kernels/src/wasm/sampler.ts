import { refuse } from '../refuse';
import { currentUnrolledBackend } from './backend/register';
import type { Engine } from './engine/engine';
import { JOB } from './engine/jobs';
import { EDGE_BYTES } from './engine/sequence-arguments';
import { ThreadChoice } from './engine/thread-choice';

/** One recurrent layer's weights, tight and row-major as in the sequence ops; I follows from the layer below. */
export type SamplerLayer = {
  units: number;
  kernel: Float32Array;
  recurrentKernel: Float32Array;
  bias: Float32Array;
} & (
  | { type: 'lstm' }
  | { type: 'gru'; variant: 'reset-after' | 'reset-before'; recurrentBias?: Float32Array | undefined }
  | { type: 'simpleRnn'; activation?: 'tanh' | 'relu' | undefined }
);

export interface SamplerModel {
  /** Ids run from 0 to this − 1. Without `embeddings` the first layer's kernel has this many rows. */
  vocabularySize: number;
  /** [V, dimension], row-major, when an embedding comes before the first layer. */
  embeddings?: { values: Float32Array; dimension: number } | undefined;
  /** From the input to the output. */
  layers: readonly SamplerLayer[];
  /** [H, V] and [V]; without it the last layer's output is the logits. */
  dense?: { kernel: Float32Array; bias?: Float32Array | undefined } | undefined;
  /** Seeds the draws; the same seed gives the same ids on the same machine type and binary. */
  seed: number;
  /** B: rows that are fed side by side, each with a state of its own; 1 by default. */
  batchSize?: number | undefined;
}

/** A layer's state: h [B, H], row-major, and c [B, H] for an LSTM. */
export interface SamplerState {
  h: Float32Array;
  c?: Float32Array | undefined;
}

export interface SampleOptions {
  /** Divides the logits; 0 takes the most likely id each time. 1 by default. */
  temperature?: number | undefined;
  /** Draws among the k most likely ids only. */
  topK?: number | undefined;
  /** Ids to feed first, [steps, B]. */
  prime?: ArrayLike<number> | undefined;
}

/** Fields of SamplerLayer and of SamplerArguments in assembly/sampler.ts. */
const WORDS = 12;
const ARGUMENT_WORDS = 21;
/** Where the fields begin that `run` sets: prime, primeIds, count, output, random, temperature, topK. */
const RUN_WORDS = 14;
/** Bytes of a thread's record, `Thread` of assembly/sampler.ts, rounded up to a line. */
const THREAD_BYTES = 64;
/** Multiply-adds of a step that a thread is worth: with fewer, meeting the others after each layer costs more. */
const THREAD_WORK = 25_000;

interface PlacedLayer {
  units: number;
  h: number;
  c: number;
  /** Floats from one row's state to the next. */
  stride: number;
}

const roundUp = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;

/** The layout of a layer, as in assembly/unit-blocks.ts, in floats. */
function layoutOf(layer: SamplerLayer, inputSize: number) {
  const { units, type } = layer;
  const width = type === 'lstm' ? 8 : 32;
  const padded = roundUp(units, width);
  return {
    kernel: roundUp(inputSize, 2) * GATES[type] * padded,
    recurrentKernel: roundUp(units, 2) * GATES[type] * padded,
    /** Pre-activations of a row, and the bias. */
    gates: (type === 'simpleRnn' ? 1 : 4) * padded,
    // 64 bytes more: rows a power of two apart would share few sets of a cache.
    state: padded + 16,
  };
}

function layerCode(layer: SamplerLayer): number {
  if (layer.type === 'lstm') return 0;
  if (layer.type === 'gru') return layer.variant === 'reset-after' ? 1 : 2;
  return layer.activation === 'relu' ? 4 : 3;
}

const GATES = { lstm: 4, gru: 3, simpleRnn: 1 } as const;

function checkSize(name: string, values: Float32Array | undefined, ...shape: number[]): void {
  const size = shape.reduce((a, b) => a * b, 1);
  if (values?.length === size) return;
  refuse('createSampler', {
    expected: `${name} [${shape.join(', ')}], ${size} values`,
    got: `${values?.length ?? 'none'}`,
  });
}

/** Feeds and draws ids in WebAssembly, without a tensor op for any of them. */
export class Sampler {
  private readonly blocks: number[] = [];
  private readonly layers: PlacedLayer[] = [];
  private readonly record: number;
  private readonly logitsAt: number;
  private readonly classes: number;
  private readonly batchSize: number;
  /** The most floats that a layer takes for one row's state. */
  private widestState = 0;
  /** Bytes of a thread's scratch that are given out so far. */
  private layerBytes = THREAD_BYTES;
  /** Multiply-adds of one step of one row. */
  private work = 0;
  private readonly choice: ThreadChoice;
  private hasLogits = false;
  private disposed = false;

  /** @internal use createSampler */
  constructor(
    private readonly engine: Engine,
    private readonly model: SamplerModel,
  ) {
    const { vocabularySize, embeddings, layers, dense, batchSize = 1 } = model;
    if (layers.length === 0) {
      refuse('createSampler', {
        expected: 'at least one recurrent layer',
        got: 'none',
      });
    }
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      refuse('createSampler', {
        expected: 'a batch size of at least 1',
        got: String(batchSize),
      });
    }
    this.batchSize = batchSize;
    this.choice = new ThreadChoice(engine.exports.longWaits);
    const top = layers[layers.length - 1]!.units;
    this.classes = dense ? vocabularySize : top;
    if (embeddings) checkSize('embeddings', embeddings.values, vocabularySize, embeddings.dimension);
    if (dense) checkSize('the dense kernel', dense.kernel, top, vocabularySize);
    if (dense?.bias) checkSize('the dense bias', dense.bias, vocabularySize);
    try {
      const table = this.block(layers.length * WORDS);
      let inputSize = embeddings?.dimension ?? vocabularySize;
      layers.forEach((layer, n) => {
        this.placeLayer(layer, inputSize, n === 0 && !embeddings, table + n * WORDS * 4);
        inputSize = layer.units;
      });
      const logits = batchSize * this.logitStride;
      // Few logits every thread computes for itself, rather than meet the others once more.
      const own = dense !== undefined && logits * top <= THREAD_WORK;
      this.logitsAt = this.block(logits);
      const [packed, denseBias] = dense ? this.placeDense(dense.kernel, dense.bias, top) : [0, 0];
      const dimension = embeddings?.dimension ?? 0;
      const scratch = this.logitStride + (own ? logits : 0) + batchSize * roundUp(dimension, 2);
      const scratchBytes = this.layerBytes + roundUp(4 * scratch, 64) + EDGE_BYTES;
      this.record = this.block(ARGUMENT_WORDS);
      const words = [
        ...[layers.length, table, embeddings ? this.floats(embeddings.values) : 0, dimension, this.classes],
        ...[packed, denseBias, this.logitsAt, own ? 1 : 0, this.block(batchSize * this.widestState)],
        ...[this.block((engine.threads * scratchBytes) / 4), scratchBytes, this.layerBytes, batchSize],
        ...[0, 0, 0, 0, model.seed | 0],
      ];
      engine.int32.set(words, this.record / 4);
      this.reset();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** A block of `size` zeros, floats or integers. */
  private block(size: number): number {
    const address = this.engine.allocate(size * 4, "the sampler's weights");
    this.blocks.push(address);
    this.engine.int32.fill(0, address / 4, address / 4 + size);
    return address;
  }

  private floats(values: Float32Array): number {
    const address = this.block(values.length);
    this.engine.float32.set(values, address / 4);
    return address;
  }

  /** A copy that is dropped by `releaseTemporaries`. */
  private temporary(values: Float32Array): number {
    const address = this.engine.temporary(values.length * 4, "the sampler's weights");
    this.engine.float32.set(values, address / 4);
    return address;
  }

  private get logitStride(): number {
    return roundUp(this.classes, 32);
  }

  /** Where in a thread's scratch [B, width] floats lie. */
  private threadBytes(width: number): number {
    const at = this.layerBytes;
    this.layerBytes += roundUp(4 * this.batchSize * width, 64);
    return at;
  }

  /** The addresses of the packed kernel and of the bias. */
  private placeDense(
    kernel: Float32Array,
    bias: Float32Array | undefined,
    inputSize: number,
  ): [packed: number, bias: number] {
    const packed = this.block(roundUp(inputSize, 2) * this.logitStride);
    this.engine.exports.samplerPackDense(this.temporary(kernel), inputSize, this.classes, packed);
    this.engine.releaseTemporaries();
    const placedBias = this.block(this.logitStride);
    if (bias) this.engine.float32.set(bias, placedBias / 4);
    this.work += inputSize * this.logitStride;
    return [packed, placedBias];
  }

  private placeLayer(layer: SamplerLayer, inputSize: number, takesIds: boolean, at: number): void {
    const { units } = layer;
    const gates = GATES[layer.type];
    checkSize(`the ${layer.type}'s kernel`, layer.kernel, inputSize, gates * units);
    checkSize(`the ${layer.type}'s recurrent kernel`, layer.recurrentKernel, units, gates * units);
    checkSize(`the ${layer.type}'s bias`, layer.bias, gates * units);
    const recurrentBias = layer.type === 'gru' ? layer.recurrentBias : undefined;
    if (recurrentBias) checkSize("the gru's recurrent bias", recurrentBias, gates * units);
    const { exports } = this.engine;
    const code = layerCode(layer);
    const layout = layoutOf(layer, inputSize);
    const packedKernel = takesIds ? 0 : this.block(layout.kernel);
    const packedRecurrent = this.block(layout.recurrentKernel);
    const bias = this.block(layout.gates);
    if (!takesIds) {
      exports.samplerPackKernel(code, inputSize, units, this.temporary(layer.kernel), packedKernel);
      this.engine.releaseTemporaries();
    }
    exports.samplerPackKernel(code, units, units, this.temporary(layer.recurrentKernel), packedRecurrent);
    const second = recurrentBias ? this.temporary(recurrentBias) : 0;
    exports.samplerPackBias(code, units, this.temporary(layer.bias), second, bias);
    this.engine.releaseTemporaries();
    const placed = {
      units,
      h: this.block(2 * this.batchSize * layout.state),
      c: layer.type === 'lstm' ? this.block(this.batchSize * layout.state) : 0,
      stride: layout.state,
    };
    this.layers.push(placed);
    this.widestState = Math.max(this.widestState, layout.state);
    this.work += (takesIds ? 0 : layout.kernel) + layout.recurrentKernel;
    const kernel = takesIds ? this.floats(layer.kernel) : 0;
    const words = [
      ...[code, inputSize, units, kernel, packedKernel, packedRecurrent, bias, placed.h, placed.c],
      ...[4 * layout.state, this.threadBytes(layout.gates), this.threadBytes(placed.c ? layout.state : 0)],
    ];
    this.engine.int32.set(words, at / 4);
  }

  private check(scope: string): void {
    if (!this.disposed) return;
    refuse(scope, { expected: 'a live sampler', got: 'a disposed one' });
  }

  private checkIds(scope: string, ids: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (Number.isInteger(id) && id >= 0 && id < this.model.vocabularySize) continue;
      refuse(scope, {
        expected: `ids from 0 to ${this.model.vocabularySize - 1}`,
        got: `${id} at position ${i}`,
      });
    }
  }

  /** Threads for a run of so many steps. */
  private threadsFor(steps: number): number {
    const work = this.work * this.batchSize;
    return Math.min(this.engine.threadsFor(work * steps), Math.max(1, Math.floor(work / THREAD_WORK)));
  }

  /** Feeds `prime`, draws `count` ids into the temporary block whose address it answers. */
  private run(prime: ArrayLike<number>, count: number, temperature: number, topK: number): number {
    const { engine, record } = this;
    const primeAt = engine.temporaryIntegers(prime, 'the ids');
    const output = engine.temporary(count * 4, 'the ids');
    const at = record / 4 + RUN_WORDS;
    engine.float32[at + 5] = temperature;
    engine.int32[at + 6] = topK;
    const fed = prime.length / this.batchSize;
    let done = 0;
    this.choice.run(fed + count, this.threadsFor(fed + count), (steps, threads) => {
      const feeds = Math.min(steps, Math.max(0, fed - done));
      const drawn = Math.max(0, done - fed);
      const words = [feeds, primeAt + 4 * done * this.batchSize, steps - feeds, output + 4 * drawn];
      engine.int32.set(words, at);
      engine.run(JOB.sample, threads, record);
      done += steps;
    });
    this.hasLogits = true;
    return output;
  }

  /**
   * Draws `count` ids, each fed back before the next, in one call; for one row.
   *
   * @returns int32 [count]
   * @throws UnrolledError when nothing was fed before (give `prime`), an option is out of range, or B is not 1
   */
  sample(count: number, options: SampleOptions = {}): Int32Array {
    this.check('sample');
    const { temperature = 1, topK = 0, prime = [] } = options;
    if (!Number.isInteger(count) || count < 0 || !(temperature >= 0) || !Number.isInteger(topK) || topK < 0) {
      refuse('sample', {
        expected: 'a count and topK of at least 0 and a temperature of at least 0',
        got: `count ${count}, temperature ${temperature}, topK ${topK}`,
      });
    }
    if (this.batchSize > 1) {
      refuse('sample', {
        expected: 'a sampler of one row',
        got: `one of ${this.batchSize}`,
        remedy: 'draw from the logits that step answers, row by row',
      });
    }
    if (!this.hasLogits && prime.length === 0) {
      refuse('sample', {
        expected: 'an id to start from',
        got: 'none',
        remedy: 'give `prime`, or call step first',
      });
    }
    this.checkIds('sample', prime);
    try {
      const output = this.run(prime, count, temperature, topK);
      return this.engine.int32.slice(output / 4, output / 4 + count);
    } finally {
      this.engine.releaseTemporaries();
    }
  }

  /** Feeds one id a row, [B], and answers the logits [B, V] of the next. */
  step(ids: number | ArrayLike<number>): Float32Array {
    this.check('step');
    const row = typeof ids === 'number' ? [ids] : ids;
    if (row.length !== this.batchSize) {
      refuse('step', {
        expected: `one id for each of ${this.batchSize} rows`,
        got: String(row.length),
      });
    }
    this.checkIds('step', row);
    try {
      this.run(row, 0, 1, 0);
      return this.logits();
    } finally {
      this.engine.releaseTemporaries();
    }
  }

  /** The logits [B, V] of the ids that come next. */
  logits(): Float32Array {
    this.check('logits');
    return this.readRows(this.logitsAt, this.classes, this.logitStride);
  }

  /** A copy of each layer's state. */
  state(): SamplerState[] {
    this.check('state');
    return this.layers.map(({ units, h, c, stride }) => {
      const rows = { h: this.readRows(h, units, stride) };
      return c ? { ...rows, c: this.readRows(c, units, stride) } : rows;
    });
  }

  /** Goes on from a state, or from zero; the next call must feed an id. */
  reset(state?: readonly SamplerState[]): void {
    this.check('reset');
    this.hasLogits = false;
    this.layers.forEach(({ units, h, c, stride }, n) => {
      for (const [at, values] of [
        [h, state?.[n]?.h],
        [c, state?.[n]?.c],
      ] as const) {
        if (!at) continue;
        if (state) checkSize(`the state of layer ${n}`, values, this.batchSize, units);
        this.engine.float32.fill(0, at / 4, at / 4 + this.batchSize * stride);
        if (values) this.writeRows(at, units, stride, values);
      }
    });
  }

  /**
   * Row i goes on from the state that row `rows[i]` had; the next call must feed ids.
   *
   * @param rows [B], each in 0 … B − 1; a row may be taken several times
   */
  gather(rows: ArrayLike<number>): void {
    this.check('gather');
    const { batchSize } = this;
    const from = Array.from(rows);
    if (
      from.length !== batchSize ||
      !from.every((row) => Number.isInteger(row) && row >= 0 && row < batchSize)
    ) {
      refuse('gather', {
        expected: `${batchSize} rows, each in 0 … ${batchSize - 1}`,
        got: from.join(', ') || 'none',
      });
    }
    this.reset(this.state().map(({ h, c }) => ({ h: gatherRows(h, from), c: c && gatherRows(c, from) })));
  }

  /** [B, width] floats out of rows that are `stride` floats apart. */
  private readRows(at: number, width: number, stride: number): Float32Array {
    const values = new Float32Array(this.batchSize * width);
    for (let row = 0; row < this.batchSize; row++) {
      const from = at / 4 + row * stride;
      values.set(this.engine.float32.subarray(from, from + width), row * width);
    }
    return values;
  }

  private writeRows(at: number, width: number, stride: number, values: Float32Array): void {
    for (let row = 0; row < this.batchSize; row++) {
      const own = values.subarray(row * width, (row + 1) * width);
      this.engine.float32.set(own, at / 4 + row * stride);
    }
  }

  /** Frees the weights. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.engine.releaseTemporaries();
    for (const block of this.blocks) this.engine.release(block);
    this.blocks.length = 0;
  }
}

/** The rows of [B, …] numbers in another order. */
function gatherRows(values: Float32Array, rows: readonly number[]): Float32Array {
  const width = values.length / rows.length;
  const gathered = new Float32Array(values.length);
  rows.forEach((row, n) => {
    gathered.set(values.subarray(row * width, (row + 1) * width), n * width);
  });
  return gathered;
}

/**
 * A sampler over a model of recurrent layers, with ids in and logits or ids out. Weights are copied and packed once.
 *
 * @throws UnrolledError when the backend `unrolled` is not registered, or a weight's size does not fit
 */
export function createSampler(model: SamplerModel): Sampler {
  const backend = currentUnrolledBackend();
  if (!backend) {
    refuse('createSampler', {
      expected: "the backend 'unrolled' to be registered",
      got: 'no such backend',
      remedy: 'await registerUnrolledBackend() first',
    });
  }
  return new Sampler(backend.engine, model);
}
