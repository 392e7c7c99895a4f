/**
 * The jobs of one step, written once; another number of rows changes a word of each record. Weights are
 * packed once, and stay so between searches.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import {
  AttentionArguments,
  CopyArguments,
  EmbeddingArguments,
  ListedJob,
  MatmulArguments,
  SequenceArguments,
  UnaryArguments,
} from '../../generated/abi';
import { layerFacts } from '../../layers/layer-facts';
import { layerType, type RecurrentLayer } from '../../layers/layer-types';
import { type PackedWeights, packedAt } from '../backend/packed-weights';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import type { JobList, NotedJob } from '../engine/engine';
import { attentionWork } from '../kernels/attention';
import { gateColumns, hasHardGates, reserveWidth, wasmType } from '../kernels/layer-kinds';
import { embeddedKernel, withEmbedded } from './embedded-kernel';
import type { StepMemory } from './step-memory';
import type { AttentionStep, LayerStep, StepActivation, StepPart } from './step-parts';

const WHAT = 'the steps of a model';

/**
 * A state: where a step leaves it, and where the next one reads it, in the order that `from` gives the rows.
 */
export interface StepState {
  readonly name: string;
  readonly width: number;
  readonly after: number;
  readonly before: number;
}

/** The input or output of a part: `width` floats of each row, or ids. */
interface Flow {
  readonly at: number;
  readonly width: number;
}

/** A job for any number of rows. */
interface RowsJob {
  readonly job: NotedJob['job'];
  readonly record: number;
  /** The address of a word that is `scale` times the number of rows. */
  readonly word: number;
  readonly scale: number;
  /** Multiply-adds of a row. */
  readonly work: number;
}

export class StepJobs {
  readonly states: StepState[] = [];
  readonly output: Flow;
  /** The number of rows. */
  rows = 0;
  private readonly noted: RowsJob[] = [];
  private list: JobList | undefined;

  constructor(
    private readonly backend: UnrolledBackend,
    private readonly memory: StepMemory,
    all: readonly StepPart[],
    inputSize: number,
  ) {
    const parts = withEmbedded(all);
    this.prepare(parts);
    const { ids } = this;
    let flow: Flow = { at: memory.rows('input', inputSize), width: inputSize };
    for (const [n, part] of parts.entries()) flow = this.part(`${n}`, part, flow, ids);
    this.output = flow;
  }

  /** Sets how many rows the next steps have. */
  setRows(rows: number): void {
    const { engine } = this.backend;
    const { int32 } = engine;
    for (const { word, scale } of this.noted) int32[word / 4] = scale * rows;
    const jobs = this.noted.map(({ job, record, work }) => {
      return { job, record, threads: engine.threadsFor(rows * work) };
    });
    this.release();
    this.list = engine.makeList(jobs, this.memory.block('list', jobs.length * ListedJob.bytes));
    this.rows = rows;
  }

  /**
   * The inputs of a step: its ids, i32 [rows]; the row that each continues; and the row of each one's source.
   */
  get ids(): number {
    return this.memory.rows('ids', 1);
  }
  get from(): number {
    return this.memory.rows('from', 1);
  }
  get sources(): number {
    return this.memory.rows('sources', 1);
  }
  get input(): number {
    return this.memory.rows('input', 1);
  }

  run(): void {
    this.backend.engine.runList(this.list!);
  }

  release(): void {
    if (this.list) this.backend.engine.releaseList(this.list);
    this.list = undefined;
  }

  /** Names the states, and brings the rows of what a step reads into their order. */
  private prepare(parts: readonly StepPart[]): void {
    for (const part of parts) {
      if (part.type === 'layer') {
        for (const [name, width] of layerFacts(part.layer).states) this.state(part.path + name, width, true);
        continue;
      }
      this.prepare(part.cell);
      const { memory } = part.source;
      const width = part.attentionKernel?.shape[1] ?? memory.shape[2]!;
      if (part.inputFeeding) this.state(`${part.path}attention`, width, true);
      this.state(`${part.path}alignments`, memory.shape[1]!, false);
    }
  }

  private state(name: string, width: number, isRead: boolean): void {
    const after = this.memory.rows(`${name} after`, width);
    const before = isRead ? this.memory.rows(`${name} before`, width) : after;
    this.states.push({ name, width, after, before });
    if (isRead) this.lookUp(`${name} gathered`, this.memory.room, width, after, this.from, before);
  }

  private stateOf(name: string): StepState {
    return this.states.find((state) => state.name === name)!;
  }

  /** Notes a job whose record has the number of rows, `scale` times, at `offset`. */
  private note(job: NotedJob['job'], record: number, offset: number, work: number, scale = 1): void {
    this.noted.push({ job, record, word: record + offset, scale, work });
  }

  private part(name: string, part: StepPart, flow: Flow, ids: number): Flow {
    if (part.type === 'attention') return this.attention(name, part, flow, ids);
    const { layer, params } = part;
    if (layer.type === 'embedding') {
      const output = this.memory.rows(name, layer.units);
      this.lookUp(
        `${name} rows`,
        layer.inputSize,
        layer.units,
        this.address(params.embeddings!),
        ids,
        output,
      );
      return { at: output, width: layer.units };
    }
    if (layer.type !== 'linear') return this.recurrent(name, part, flow, ids);
    const product = this.product(name, flow, params.kernel!, params.bias);
    return this.activated(name, product, layer.activation as StepActivation);
  }

  private address(tensor: Tensor): number {
    return this.backend.address(tensor, WHAT);
  }

  private packed(tensor: Tensor): PackedWeights {
    return this.backend.resident(tensor, WHAT).packed;
  }

  /** Row i of the target is row ids[i] of a table. */
  private lookUp(
    name: string,
    rows: number,
    width: number,
    table: number,
    ids: number,
    output: number,
  ): void {
    const record = this.memory.record(name, EmbeddingArguments, {
      ...{ count: 1, vocabulary: rows, dimension: width },
      ...{ ids, embeddings: table, output },
    });
    this.note('embedding', record, EmbeddingArguments.offsets.count!, width);
  }

  private recurrent(
    name: string,
    { layer: own, params, path, takesIds }: LayerStep,
    flow: Flow,
    ids: number,
  ): Flow {
    const layer = own as RecurrentLayer;
    const { memory } = this;
    const { engine } = this.backend;
    const { inputSize, units } = layer;
    const { gates } = layerType(layer);
    const columns = gateColumns(layer);
    const sizes = engine.sizes('forward');
    const scratchBytes = Math.max(sizes.sequenceScratchBytes(memory.room, units, engine.threads), 4);
    const [h, c] = layerFacts(layer).states.map(([state]) => this.stateOf(path + state));
    const output = memory.rows(name, units);
    const fields = {
      ...SequenceArguments.blank,
      ...{ layer: wasmType(layer).code(layer), batch: 1, time: 1, inputSize, units },
      ...{ hardGates: hasHardGates(layer), reserveWidth: reserveWidth(sizes, layer) },
      ...(takesIds ? { ids } : { x: flow.at }),
      ...(params.embeddings
        ? embeddedKernel(this.backend, params)
        : { kernel: this.address(params.kernel!), bias: this.address(params.bias!) }),
      recurrentKernel: this.address(params.recurrentKernel!),
      recurrentBias: params.recurrentBias && this.address(params.recurrentBias),
      ...{ initialH: h!.before, initialC: c?.before, finalH: h!.after, finalC: c?.after, output },
      scratch: memory.block(`${name} scratch`, scratchBytes * engine.threads),
      scratchBytes,
    };
    const write = ([packedRecurrent = 0, packedKernel = 0]: readonly number[]) =>
      memory.record(name, SequenceArguments, { ...fields, packedRecurrent, packedKernel });
    const form = `packForward ${fields.layer}`;
    const recurrent = 4 * sizes.packedRecurrentFloats(gates.length, units);
    const wanted = [{ name: form, bytes: recurrent, of: this.packed(params.recurrentKernel!) }];
    if (!takesIds) {
      const bytes = 4 * sizes.packedKernelFloats(gates.length, units, inputSize);
      wanted.push({ name: `${form} kernel`, bytes, of: this.packed(params.kernel!) });
    }
    const packed = packedAt(engine, wanted, (addresses) =>
      engine.run('packForward', engine.threadsToPack(columns * (units + inputSize)), write(addresses)),
    );
    const { batch } = SequenceArguments.offsets;
    this.note('forward', write(packed), batch!, columns * (units + inputSize));
    return { at: output, width: units };
  }

  /** Rows · W (+ bias), to `output` where it is given. */
  private product(name: string, flow: Flow, kernel: Tensor, bias?: Tensor, output?: number): Flow {
    const { memory } = this;
    const { engine } = this.backend;
    const sizes = engine.sizes('matmul');
    const [inner, columns] = kernel.shape as [number, number];
    const c = output ?? memory.rows(name, columns);
    const fields = {
      ...{ batch: 1, rows: 1, columns, inner, transposeA: false, transposeB: false, aBatch: 0, bBatch: 0 },
      ...{ a: flow.at, b: this.address(kernel), bias: bias && this.address(bias), c },
      scratch: memory.block(`${name} scratch`, sizes.productScratchBytes * engine.threads),
    };
    const write = ([packed = 0]: readonly number[]) =>
      memory.record(`${name} product`, MatmulArguments, { ...fields, packed });
    const bytes = 4 * sizes.paddedColumns(columns) * inner;
    const wanted = [{ name: 'packMatmul', bytes, of: this.packed(kernel) }];
    const packed = packedAt(engine, wanted, (addresses) =>
      engine.run('packMatmul', engine.threadsToPack(columns * inner), write(addresses)),
    );
    this.note('matmul', write(packed), MatmulArguments.offsets.rows!, columns * inner);
    return { at: c, width: columns };
  }

  private activated(name: string, { at, width }: Flow, kind: StepActivation, output?: number): Flow {
    if (kind === 'linear') return { at, width };
    const y = output ?? this.memory.rows(`${name} activated`, width);
    const record = this.memory.record(`${name} unary`, UnaryArguments, { kind, count: width, x: at, y });
    this.note('unary', record, UnaryArguments.offsets.count!, width * 8, width);
    return { at: y, width };
  }

  private attention(name: string, part: AttentionStep, flow: Flow, ids: number): Flow {
    const { memory } = this;
    const { cell, source, queryKernel, attentionKernel, activation, inputFeeding, path } = part;
    const fed = inputFeeding ? this.stateOf(`${path}attention`) : undefined;
    let inner = flow;
    if (fed) inner = this.joined(`${name} read`, flow, { at: fed.before, width: fed.width });
    for (const [n, own] of cell.entries()) inner = this.part(`${name}.${n}`, own, inner, ids);
    const query = queryKernel ? this.product(`${name} query`, inner, queryKernel) : inner;
    const [sourceRows, positions, keySize] = source.keys.shape as [number, number, number];
    const memorySize = source.memory.shape[2]!;
    // Without an attentional vector it is what is fed.
    const context = fed && !attentionKernel ? fed.after : memory.rows(`${name} context`, memorySize);
    const sizes = { batch: 1, time: 1, positions, keySize, memorySize };
    const additive = source.vector !== undefined;
    const record = memory.record(name, AttentionArguments, {
      ...AttentionArguments.blank,
      ...{ ...sizes, additive, adds: false, query: query.at, sources: this.sources, sourceRows },
      keys: this.address(source.keys),
      memory: this.address(source.memory),
      valid: this.address(source.valid),
      vector: source.vector && this.address(source.vector),
      ...{ context, alignments: this.stateOf(`${path}alignments`).after },
    });
    this.note('attention', record, AttentionArguments.offsets.batch!, attentionWork(sizes, additive));
    const both = this.joined(`${name} both`, inner, { at: context, width: memorySize });
    if (!attentionKernel) return both;
    const isLinear = activation === 'linear';
    const raw = this.product(
      `${name} vector`,
      both,
      attentionKernel,
      undefined,
      isLinear ? fed?.after : undefined,
    );
    return this.activated(`${name} vector`, raw, activation, fed?.after);
  }

  /** Rows of two arrays concatenated. */
  private joined(name: string, a: Flow, b: Flow): Flow {
    const width = a.width + b.width;
    const to = this.memory.rows(name, width);
    let y = to;
    for (const [n, { at: x, width: own }] of [a, b].entries()) {
      const runs = { rows: 1, width: own, xStride: own, yStride: width, x, y };
      const record = this.memory.record(`${name} copy ${n}`, CopyArguments, runs);
      this.note('copy', record, CopyArguments.offsets.rows!, own);
      y += 4 * own;
    }
    return { at: to, width };
  }
}
