import {
  EDGE_BYTES,
  LayerCode,
  SamplerLayer as LayerRecord,
  LOGIT_COLUMNS,
  SamplerArguments,
  THREAD_BYTES,
} from '../../generated/abi';
import { isRecurrent, layerType, type RecurrentLayer } from '../../layers/layer-types';
import type { Engine } from '../engine/engine';
import { wasmType } from '../kernels/layer-kinds';
import type { SamplerLayer, SamplerModel } from './sampler-model';

/**
 * Number of multiply-adds of a step per thread. With fewer, the barrier after each layer costs more than a
 * thread saves.
 */
export const THREAD_WORK = 25_000;

/** The addresses of a layer's state. */
export interface PlacedState {
  readonly units: number;
  /** The address of h. */
  readonly h: number;
  /** The address of c; 0 if there is none. */
  readonly c: number;
  /** Number of floats between the states of two rows. */
  readonly stride: number;
}

const roundUp = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple;

/** The layout of a layer in floats; see assembly/unit-blocks.ts. */
function layoutOf(layer: RecurrentLayer) {
  const { inputSize, units } = layer;
  const { block } = wasmType(layer);
  const gates = layerType(layer).gates.length;
  const padded = roundUp(units, block.units);
  return {
    kernel: roundUp(inputSize, 2) * gates * padded,
    recurrentKernel: roundUp(units, 2) * gates * padded,
    /** Pre-activations of a row, and the bias. */
    gates: block.rows * padded,
    // 64 bytes more: rows at distances of a power of two would share few cache sets.
    state: padded + 16,
  };
}

/** A model's weights and states in WebAssembly memory, packed for the job `sample`. */
export class SamplerMemory {
  /** The arguments of the job, written at `record`. */
  readonly fields: SamplerArguments;
  readonly record: number;
  /** The address of the logits; rows are `logitStride` floats apart. */
  readonly logits: number;
  /** V: the number of logits per row. */
  readonly classes: number;
  readonly logitStride: number;
  readonly states: PlacedState[] = [];
  /** Number of threads that there is scratch memory for. */
  readonly threads: number;
  /** Number of multiply-adds of one step of one row. */
  work = 0;
  private readonly blocks: number[] = [];
  private readonly batchSize: number;
  /** The largest number of floats of a layer's state per row. */
  private widestState = 0;
  /** Number of a thread's scratch bytes that are allocated so far. */
  private threadBytes: number = THREAD_BYTES;

  /** @param model a model that `checkModel` has accepted */
  constructor(
    private readonly engine: Engine,
    { layers, seed, batchSize = 1 }: SamplerModel,
  ) {
    const all = layers.map(({ layer }) => layer);
    const embedding = all[0]!.type === 'embedding' ? layers[0]! : undefined;
    const last = layers[layers.length - 1]!;
    const head = last.layer.type === 'linear' ? last : undefined;
    const recurrent = all.filter(isRecurrent);
    this.batchSize = batchSize;
    this.threads = engine.threads;
    this.classes = layerType(last.layer).outputSize(last.layer);
    this.logitStride = roundUp(this.classes, LOGIT_COLUMNS);
    try {
      const table = this.block((recurrent.length * LayerRecord.bytes) / 4);
      layers.forEach(({ layer, params }, n) => {
        if (!isRecurrent(layer)) return;
        const place = n - (embedding ? 1 : 0);
        this.placeLayer(layer, params, n === 0, table + place * LayerRecord.bytes);
      });
      const logits = batchSize * this.logitStride;
      // If there are few logits, every thread computes all of them, which costs less than another barrier.
      const own = head !== undefined && logits * head.layer.inputSize <= THREAD_WORK;
      this.logits = this.block(logits);
      const dense = head && this.placeLinear(head);
      const dimension = embedding?.layer.units ?? 0;
      const scratch = this.logitStride + (own ? logits : 0) + batchSize * roundUp(dimension, 2);
      const scratchBytes = this.threadBytes + roundUp(4 * scratch, 64) + EDGE_BYTES;
      this.record = this.block(SamplerArguments.bytes / 4);
      this.fields = {
        layers: recurrent.length,
        table,
        embeddings: embedding && this.floats(embedding.params.embeddings!),
        dimension,
        classes: this.classes,
        ...dense,
        logits: this.logits,
        ownLogits: own,
        reset: this.block(batchSize * this.widestState),
        scratch: this.block((this.threads * scratchBytes) / 4),
        scratchBytes,
        layerBytes: this.threadBytes,
        batch: batchSize,
        prime: 0,
        primeIds: 0,
        count: 0,
        output: 0,
        random: seed,
        temperature: 1,
        topK: 0,
      };
    } catch (error) {
      this.release();
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

  /** A copy that `releaseTemporaries` frees. */
  private temporary(values: Float32Array): number {
    const address = this.engine.temporary(values.length * 4, "the sampler's weights");
    this.engine.float32.set(values, address / 4);
    return address;
  }

  /** The position of [B, width] floats in a thread's scratch memory. */
  private inThread(width: number): number {
    const at = this.threadBytes;
    this.threadBytes += roundUp(4 * this.batchSize * width, 64);
    return at;
  }

  private placeLinear({ layer, params }: SamplerLayer): Pick<SamplerArguments, 'packedDense' | 'denseBias'> {
    const packedDense = this.block(roundUp(layer.inputSize, 2) * this.logitStride);
    const kernel = this.temporary(params.kernel!);
    this.engine.exports.samplerPackDense(kernel, layer.inputSize, this.classes, packedDense);
    this.engine.releaseTemporaries();
    const denseBias = this.block(this.logitStride);
    if (params.bias) this.engine.float32.set(params.bias, denseBias / 4);
    this.work += layer.inputSize * this.logitStride;
    return { packedDense, denseBias };
  }

  private placeLayer(
    layer: RecurrentLayer,
    params: SamplerLayer['params'],
    takesIds: boolean,
    at: number,
  ): void {
    const { inputSize, units } = layer;
    const { exports } = this.engine;
    const type = wasmType(layer).code(layer);
    const code = LayerCode[type];
    const layout = layoutOf(layer);
    const packedKernel = takesIds ? 0 : this.block(layout.kernel);
    const packedRecurrent = this.block(layout.recurrentKernel);
    const bias = this.block(layout.gates);
    if (!takesIds) {
      exports.samplerPackKernel(code, inputSize, units, this.temporary(params.kernel!), packedKernel);
      this.engine.releaseTemporaries();
    }
    exports.samplerPackKernel(code, units, units, this.temporary(params.recurrentKernel!), packedRecurrent);
    const second = params.recurrentBias ? this.temporary(params.recurrentBias) : 0;
    exports.samplerPackBias(code, units, this.temporary(params.bias!), second, bias);
    this.engine.releaseTemporaries();
    const hasMemory = 'c' in layerType(layer).states(layer);
    const h = this.block(2 * this.batchSize * layout.state);
    const c = hasMemory ? this.block(this.batchSize * layout.state) : 0;
    this.states.push({ units, h, c, stride: layout.state });
    this.widestState = Math.max(this.widestState, layout.state);
    this.work += (takesIds ? 0 : layout.kernel) + layout.recurrentKernel;
    const record = {
      layer: type,
      inputSize,
      units,
      kernel: takesIds ? this.floats(params.kernel!) : 0,
      packedKernel,
      packedRecurrent,
      bias,
      h,
      c,
      stateStride: 4 * layout.state,
      gates: this.inThread(layout.gates),
      threadC: this.inThread(hasMemory ? layout.state : 0),
    };
    this.engine.write(LayerRecord, record, at);
  }

  /**
   * Row i continues from the states of row `from[i]`. Afterwards there are `from.length` rows, at most the
   * initial number.
   */
  gather(from: readonly number[]): void {
    const { float32 } = this.engine;
    const other = this.fields.reset / 4;
    for (const { h, c, stride } of this.states) {
      for (const at of c ? [h / 4, c / 4] : [h / 4]) {
        from.forEach((row, n) => {
          float32.copyWithin(other + n * stride, at + row * stride, at + (row + 1) * stride);
        });
        float32.copyWithin(at, other, other + from.length * stride);
      }
    }
    if (from.length !== this.fields.batch) this.resize(from.length);
  }

  private resize(rows: number): void {
    const { scratch, scratchBytes, layerBytes } = this.fields;
    this.fields.batch = rows;
    // The zeros after vectors of odd length move when the number of rows changes.
    for (let thread = 0; thread < this.threads; thread++) {
      const start = (scratch + thread * scratchBytes) / 4;
      this.engine.int32.fill(0, start + layerBytes / 4, start + scratchBytes / 4);
    }
  }

  /** Reads [B, width] floats from rows that are `stride` floats apart. */
  readRows(at: number, width: number, stride: number): Float32Array {
    const values = new Float32Array(this.fields.batch * width);
    for (let row = 0; row < this.fields.batch; row++) {
      const from = at / 4 + row * stride;
      values.set(this.engine.float32.subarray(from, from + width), row * width);
    }
    return values;
  }

  /** The inverse of `readRows`. Writes zeros if there are no values, and between the rows. */
  writeRows(at: number, width: number, stride: number, values: Float32Array | undefined): void {
    const { float32 } = this.engine;
    float32.fill(0, at / 4, at / 4 + this.fields.batch * stride);
    for (let row = 0; values && row < this.fields.batch; row++) {
      float32.set(values.subarray(row * width, (row + 1) * width), at / 4 + row * stride);
    }
  }

  /** Frees all memory. */
  release(): void {
    this.engine.releaseTemporaries();
    for (const block of this.blocks) this.engine.release(block);
    this.blocks.length = 0;
  }
}
