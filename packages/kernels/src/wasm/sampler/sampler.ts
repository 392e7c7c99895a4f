import { inWords, type OptionKinds } from '@unrolled/errors';
import { SamplerArguments } from '../../generated/abi';
import { checkKind, checkOptions, refuse } from '../../refuse';
import { currentUnrolledBackend } from '../backend/register';
import type { Engine } from '../engine/engine';
import { ThreadChoice } from '../engine/thread-choice';
import { SamplerMemory, THREAD_WORK } from './sampler-memory';
import { checkModel, checkSize, type SamplerModel, type SamplerState } from './sampler-model';

/** The options of a draw. */
export interface SampleOptions {
  /** The logits are divided by it; 0 chooses the most likely id each time. Default 1. */
  temperature?: number | undefined;
  /** Draws only from the k most likely ids. */
  topK?: number | undefined;
  /** Ids to feed before drawing, [steps, B]. */
  prime?: ArrayLike<number> | undefined;
}

const SAMPLE_KINDS: OptionKinds<SampleOptions> = {
  temperature: 'number?',
  topK: 'integer of at least 0?',
  prime: 'array or typed array?',
};

/** Feeds and draws ids in WebAssembly, without tensor ops. */
export class Sampler {
  /** Maximum number of rows. */
  private readonly room: number;
  private readonly memory: SamplerMemory;
  private readonly choice: ThreadChoice;
  private hasLogits = false;
  private disposed = false;

  /** @internal use createSampler */
  constructor(
    private readonly engine: Engine,
    model: SamplerModel,
  ) {
    checkModel(model);
    this.room = model.batchSize ?? 1;
    this.choice = new ThreadChoice(() => engine.longWaits());
    this.memory = new SamplerMemory(engine, model);
    this.reset();
  }

  /** B: the current number of rows. */
  private get batchSize(): number {
    return this.memory.fields.batch;
  }

  private check(scope: string): void {
    if (!this.disposed) return;
    refuse(scope, {
      expected: 'a sampler that is not disposed',
      got: 'a disposed sampler',
      remedy: 'create another sampler',
    });
  }

  private checkIds(scope: string, ids: ArrayLike<number>): void {
    const { classes } = this.memory;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (Number.isInteger(id) && id >= 0 && id < classes) continue;
      const got = `${inWords(id)} at position ${i}`;
      refuse(scope, {
        expected: `ids from 0 to ${classes - 1}`,
        got,
        remedy: "encode the text with the model's vocabulary",
      });
    }
  }

  /** The number of threads for a run of `steps` steps. */
  private threadsFor(steps: number): number {
    const work = this.memory.work * this.batchSize;
    const worth = Math.max(1, Math.floor(work / THREAD_WORK));
    return Math.min(this.engine.threadsFor(work * steps), worth, this.memory.threads);
  }

  /** Feeds `prime` and draws `count` ids; returns the address of a temporary block with the ids. */
  private run(prime: ArrayLike<number>, count: number, temperature: number, topK: number): number {
    const { engine } = this;
    const { record, fields } = this.memory;
    const primeAt = engine.temporaryIntegers(prime, 'the ids');
    const output = engine.temporary(count * 4, 'the ids');
    fields.temperature = temperature;
    fields.topK = topK;
    const fed = prime.length / this.batchSize;
    let done = 0;
    this.choice.run(fed + count, this.threadsFor(fed + count), (steps, threads) => {
      const feeds = Math.min(steps, Math.max(0, fed - done));
      const drawn = Math.max(0, done - fed);
      fields.prime = feeds;
      fields.primeIds = primeAt + 4 * done * this.batchSize;
      fields.count = steps - feeds;
      fields.output = output + 4 * drawn;
      engine.write(SamplerArguments, fields, record);
      try {
        engine.run('sample', threads, record);
      } catch (error) {
        // A thread exited during the run, so the states are invalid.
        this.reset();
        throw error;
      }
      fields.random = engine.int32[(record + SamplerArguments.offsets.random) / 4]!;
      done += steps;
    });
    this.hasLogits = true;
    return output;
  }

  /**
   * Draws `count` ids in one call and feeds each back before the next draw. For one row only.
   *
   * @returns int32 [count]
   * @throws UnrolledError if nothing was fed before (pass `prime`), an option is out of range, or B is not 1
   */
  sample(count: number, options: SampleOptions = {}): Int32Array {
    this.check('sample');
    checkOptions('sample', options, SAMPLE_KINDS);
    const { temperature = 1, topK = 0, prime = [] } = options;
    if (!Number.isInteger(count) || count < 0 || !(temperature >= 0) || !Number.isInteger(topK) || topK < 0) {
      refuse('sample', {
        expected: 'a count and topK of at least 0 and a temperature of at least 0',
        got: `count ${inWords(count)}, temperature ${temperature}, topK ${topK}`,
        remedy: 'set temperature to 0 for the most likely ids',
      });
    }
    if (this.batchSize > 1) {
      refuse('sample', {
        expected: 'a sampler with one row',
        got: `a sampler with ${this.batchSize} rows`,
        remedy: 'draw from the logits that step returns, row by row',
      });
    }
    if (!this.hasLogits && prime.length === 0) {
      refuse('sample', {
        expected: 'an id to start from',
        got: 'none',
        remedy: 'pass `prime`, or call step first',
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

  /** Feeds one id per row, [B], and returns the logits [B, V] of the next ids. */
  step(ids: number | ArrayLike<number>): Float32Array {
    this.check('step');
    const row = typeof ids === 'number' ? [ids] : ids;
    checkKind('step', 'ids', row, 'array or typed array');
    if (row.length !== this.batchSize) {
      refuse('step', {
        expected: `one id for each of ${this.batchSize} rows`,
        got: String(row.length),
        remedy: 'pass an array with one id per row',
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

  /** The logits [B, V] of the next ids. */
  logits(): Float32Array {
    this.check('logits');
    const { logits, classes, logitStride } = this.memory;
    return this.memory.readRows(logits, classes, logitStride);
  }

  /** A copy of each layer's state. */
  state(): SamplerState[] {
    this.check('state');
    return this.memory.states.map(({ units, h, c, stride }) => {
      const rows = { h: this.memory.readRows(h, units, stride) };
      return c ? { ...rows, c: this.memory.readRows(c, units, stride) } : rows;
    });
  }

  /** Continues from the given state, or from zeros. The next call must feed an id. */
  reset(state?: readonly SamplerState[]): void {
    this.check('reset');
    checkKind('reset', 'state', state, 'array?');
    this.hasLogits = false;
    this.memory.states.forEach(({ units, h, c, stride }, n) => {
      for (const [at, values] of [
        [h, state?.[n]?.h],
        [c, state?.[n]?.c],
      ] as const) {
        if (!at) continue;
        if (state) checkSize(`the state of layer ${n}`, values, [this.batchSize, units]);
        this.memory.writeRows(at, units, stride, values);
      }
    });
  }

  /**
   * Row i continues from the state of row `rows[i]`. Afterwards there are `rows.length` rows. The next call
   * must feed ids.
   *
   * @param rows at least one row number and at most `batchSize` of the model, each in 0 … B − 1; a row may
   *   occur several times
   */
  gather(rows: ArrayLike<number>): void {
    this.check('gather');
    const { batchSize, room } = this;
    checkKind('gather', 'rows', rows, 'array or typed array');
    const from = Array.from(rows);
    if (
      from.length < 1 ||
      from.length > room ||
      !from.every((row) => Number.isInteger(row) && row >= 0 && row < batchSize)
    ) {
      refuse('gather', {
        expected: `1 … ${room} rows, each in 0 … ${batchSize - 1}`,
        got: from.map(inWords).join(', ') || 'none',
        remedy: 'pass, for each new row, the number of the row that it continues',
      });
    }
    this.hasLogits = false;
    this.memory.gather(from);
  }

  /** Frees the weights and states. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.memory.release();
  }
}

/**
 * Creates a sampler for a model of recurrent layers that reads ids and returns logits or ids. Weights are
 * copied and packed once.
 *
 * @throws UnrolledError if the backend `unrolled` is not registered, `canSample` rejects the layers, or the
 *   size of a weight or batch does not fit
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
