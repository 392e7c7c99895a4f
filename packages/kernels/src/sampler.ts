import { UnrolledError } from '@unrolled/errors';
import { currentUnrolledBackend } from './backend/register';
import type { Engine } from './engine/engine';
import { EDGE_BYTES, padTo8 } from './engine/sequence-arguments';

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
}

/** A layer's state for one row: h [H], and c [H] for an LSTM. */
export interface SamplerState {
  h: Float32Array;
  c?: Float32Array | undefined;
}

export interface SampleOptions {
  /** Divides the logits; 0 takes the most likely id each time. 1 by default. */
  temperature?: number | undefined;
  /** Draws among the k most likely ids only. */
  topK?: number | undefined;
  /** Ids to feed first. */
  prime?: ArrayLike<number> | undefined;
}

const WORDS = 11;
const ARGUMENT_WORDS = 17;

interface PlacedLayer {
  units: number;
  h: number;
  c: number;
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
  throw new UnrolledError('kernels', 'createSampler', {
    expected: `${name} [${shape.join(', ')}], ${size} values`,
    got: `${values?.length ?? 'none'}`,
  });
}

/** Generates ids one at a time in WebAssembly, without a tensor op for any of them. */
export class Sampler {
  private readonly blocks: number[] = [];
  private readonly layers: PlacedLayer[] = [];
  private readonly record: number;
  private readonly logitsAt: number;
  private readonly classes: number;
  private hasLogits = false;
  private disposed = false;

  /** @internal use createSampler */
  constructor(
    private readonly engine: Engine,
    private readonly model: SamplerModel,
  ) {
    const { vocabularySize, embeddings, layers, dense } = model;
    if (layers.length === 0) {
      throw new UnrolledError('kernels', 'createSampler', {
        expected: 'at least one recurrent layer',
        got: 'none',
      });
    }
    const top = layers[layers.length - 1]!.units;
    this.classes = dense ? vocabularySize : top;
    if (embeddings) checkSize('embeddings', embeddings.values, vocabularySize, embeddings.dimension);
    if (dense) checkSize('the dense kernel', dense.kernel, top, vocabularySize);
    if (dense?.bias) checkSize('the dense bias', dense.bias, vocabularySize);
    try {
      const table = this.block(layers.length * WORDS * 4);
      let inputSize = embeddings?.dimension ?? vocabularySize;
      layers.forEach((layer, n) => {
        this.placeLayer(layer, inputSize, n === 0 && !embeddings, table + n * WORDS * 4);
        inputSize = layer.units;
      });
      this.logitsAt = this.block(padTo8(this.classes) * 4);
      const packed = dense ? this.packDense(dense.kernel, top) : 0;
      this.record = this.block(ARGUMENT_WORDS * 4);
      const words = [
        ...[
          layers.length,
          table,
          embeddings ? this.floats(embeddings.values) : 0,
          embeddings?.dimension ?? 0,
        ],
        ...[this.classes, packed, dense?.bias ? this.floats(dense.bias) : 0, this.logitsAt],
        ...[this.block(padTo8(this.classes) * 4), this.block(EDGE_BYTES), 0, 0, 0, 0, model.seed | 0, 0, 0],
      ];
      engine.int32.set(words, this.record / 4);
      this.reset();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  private block(bytes: number): number {
    const address = this.engine.allocate(bytes, "the sampler's weights");
    this.blocks.push(address);
    return address;
  }

  private floats(values: Float32Array): number {
    const address = this.block(values.length * 4);
    this.engine.float32.set(values, address / 4);
    return address;
  }

  /** A copy that is dropped at the end of the call. */
  private temporary(values: Float32Array): number {
    const address = this.engine.temporary(values.length * 4, "the sampler's weights");
    this.engine.float32.set(values, address / 4);
    return address;
  }

  private packDense(kernel: Float32Array, inputSize: number): number {
    const packed = this.block(4 * inputSize * padTo8(this.classes));
    this.engine.exports.samplerPackDense(this.temporary(kernel), inputSize, this.classes, packed);
    this.engine.releaseTemporaries();
    return packed;
  }

  private placeLayer(layer: SamplerLayer, inputSize: number, takesIds: boolean, at: number): void {
    const { units } = layer;
    const gates = GATES[layer.type];
    const padded = padTo8(units);
    const code = layerCode(layer);
    checkSize(`the ${layer.type}'s kernel`, layer.kernel, inputSize, gates * units);
    checkSize(`the ${layer.type}'s recurrent kernel`, layer.recurrentKernel, units, gates * units);
    checkSize(`the ${layer.type}'s bias`, layer.bias, gates * units);
    const recurrentBias = layer.type === 'gru' ? layer.recurrentBias : undefined;
    if (recurrentBias) checkSize("the gru's recurrent bias", recurrentBias, gates * units);
    const kernel = takesIds ? this.floats(layer.kernel) : this.temporary(layer.kernel);
    const packedKernel = takesIds ? 0 : this.block(4 * inputSize * gates * padded);
    const packedRecurrent = this.block(4 * units * gates * padded);
    const recurrentKernel = this.temporary(layer.recurrentKernel);
    this.engine.exports.samplerPackLayer(
      code,
      inputSize,
      units,
      kernel,
      recurrentKernel,
      packedKernel,
      packedRecurrent,
    );
    this.engine.releaseTemporaries();
    const placed = {
      units,
      h: this.block(padded * 4),
      c: layer.type === 'lstm' ? this.block(padded * 4) : 0,
    };
    this.layers.push(placed);
    const bias = this.floats(layer.bias);
    const second = this.floats(recurrentBias ?? new Float32Array(gates * units));
    const words = [
      ...[code, inputSize, units, kernel, packedKernel, packedRecurrent, bias, second, placed.h, placed.c],
      this.block(4 * padded * 4),
    ];
    this.engine.int32.set(words, at / 4);
  }

  private check(scope: string): void {
    if (!this.disposed) return;
    throw new UnrolledError('kernels', scope, { expected: 'a live sampler', got: 'a disposed one' });
  }

  private checkIds(scope: string, ids: ArrayLike<number>): void {
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (Number.isInteger(id) && id >= 0 && id < this.model.vocabularySize) continue;
      throw new UnrolledError('kernels', scope, {
        expected: `ids from 0 to ${this.model.vocabularySize - 1}`,
        got: `${id} at position ${i}`,
      });
    }
  }

  /** Feeds `prime`, draws `count` ids into the temporary block whose address it answers. */
  private run(prime: ArrayLike<number>, count: number, temperature: number, topK: number): number {
    const { engine, record } = this;
    const primeAt = engine.temporaryIntegers(prime, 'the ids');
    const output = engine.temporary(count * 4, 'the ids');
    const at = record / 4 + 10;
    engine.int32.set([prime.length, primeAt, count, output], at);
    engine.float32[at + 5] = temperature;
    engine.int32[at + 6] = topK;
    engine.exports.sample(record);
    this.hasLogits = true;
    return output;
  }

  /**
   * Draws `count` ids, each fed back before the next, in one call.
   *
   * @returns int32 [count]
   * @throws UnrolledError when nothing was fed before (give `prime`), or an option is out of range
   */
  sample(count: number, options: SampleOptions = {}): Int32Array {
    this.check('sample');
    const { temperature = 1, topK = 0, prime = [] } = options;
    if (!Number.isInteger(count) || count < 0 || !(temperature >= 0) || !Number.isInteger(topK) || topK < 0) {
      throw new UnrolledError('kernels', 'sample', {
        expected: 'a count and topK of at least 0 and a temperature of at least 0',
        got: `count ${count}, temperature ${temperature}, topK ${topK}`,
      });
    }
    if (!this.hasLogits && prime.length === 0) {
      throw new UnrolledError('kernels', 'sample', {
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

  /** Feeds one id and answers the logits [V] of the next. */
  step(id: number): Float32Array {
    this.check('step');
    this.checkIds('step', [id]);
    try {
      this.run([id], 0, 1, 0);
      return this.logits();
    } finally {
      this.engine.releaseTemporaries();
    }
  }

  /** The logits [V] of the id that comes next. */
  logits(): Float32Array {
    this.check('logits');
    return this.engine.float32.slice(this.logitsAt / 4, this.logitsAt / 4 + this.classes);
  }

  /** A copy of each layer's state. */
  state(): SamplerState[] {
    this.check('state');
    const read = (at: number, units: number) => this.engine.float32.slice(at / 4, at / 4 + units);
    return this.layers.map(({ units, h, c }) =>
      c ? { h: read(h, units), c: read(c, units) } : { h: read(h, units) },
    );
  }

  /** Goes on from a state, or from zero; the next call must feed an id. */
  reset(state?: readonly SamplerState[]): void {
    this.check('reset');
    this.hasLogits = false;
    this.layers.forEach(({ units, h, c }, n) => {
      for (const [at, values] of [
        [h, state?.[n]?.h],
        [c, state?.[n]?.c],
      ] as const) {
        if (!at) continue;
        if (state) checkSize(`the state of layer ${n}`, values, units);
        this.engine.float32.fill(0, at / 4, at / 4 + padTo8(units));
        if (values) this.engine.float32.set(values, at / 4);
      }
    });
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

/**
 * A sampler over a model of recurrent layers, one row, with ids in and ids out. Weights are copied and packed once.
 *
 * @throws UnrolledError when the backend `unrolled` is not registered, or a weight's size does not fit
 */
export function createSampler(model: SamplerModel): Sampler {
  const backend = currentUnrolledBackend();
  if (!backend) {
    throw new UnrolledError('kernels', 'createSampler', {
      expected: "the backend 'unrolled' to be registered",
      got: 'no such backend',
      remedy: 'await registerUnrolledBackend() first',
    });
  }
  return new Sampler(backend.engine, model);
}
