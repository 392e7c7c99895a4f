/**
 * The jobs of one step, written once; another number of rows changes a word of each record. Weights are
 * packed once, and stay so between searches.
 *
 * Where there are few rows, the small jobs between the products (rows of tables, attention, copies) are no
 * work to share: each share of the next product runs them first, for itself, with a record and results of its
 * own. Cores that share no cache then pass each other the products' results alone. A share that comes late
 * still reads the states before the step when another one writes those after it, so steps take turns with two
 * places for them, and have jobs for each.
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
import type { RecordType } from '../engine/record';
import { attentionWork } from '../kernels/attention';
import { gateColumns, hasHardGates, reserveWidth, wasmType } from '../kernels/layer-kinds';
import { embeddedKernel, withEmbedded } from './embedded-kernel';
import type { StepMemory } from './step-memory';
import type { AttentionStep, LayerStep, StepActivation, StepPart } from './step-parts';

const WHAT = 'the steps of a model';

/** A state: where a step finds it, and where it leaves it. */
export interface StepState {
  readonly name: string;
  readonly width: number;
  readonly found: number;
  readonly after: number;
}

/** The input or output of a part: `width` floats of each row, or ids. */
interface Flow {
  readonly at: number;
  readonly width: number;
  /** Where each share of the next product has its own: the distance, and that product's number. */
  readonly stride?: number;
  readonly segment?: number;
}

/** A record for each share. */
interface Records {
  readonly at: number;
  readonly stride: number;
}

/** A job for any number of rows. */
interface RowsJob {
  readonly job: NotedJob['job'];
  readonly records: Records;
  /** The offset of a word of the record that is `scale` times the number of rows. */
  readonly word: number;
  readonly scale: number;
  /** Multiply-adds of a row; 0 where each share has it for itself. */
  readonly work: number;
}

export class StepJobs {
  readonly states: StepState[] = [];
  readonly output: Flow;
  /** The number of rows. */
  rows = 0;
  private readonly noted: RowsJob[] = [];
  /** How many records each job has. */
  private readonly copies: number;
  /** The states in the order that `from` gives the rows. */
  private readonly befores = new Map<string, Flow>();
  /** How many products come before the next job. */
  private segment = 0;
  private list: JobList | undefined;

  constructor(
    private readonly backend: UnrolledBackend,
    private readonly memory: StepMemory,
    all: readonly StepPart[],
    inputSize: number,
    /** Of the steps that take turns, 0 or 1. */
    private readonly turn: number,
  ) {
    const parts = withEmbedded(all);
    const { engine } = backend;
    this.copies = engine.threadsFor(memory.room * smallWork(parts)) > 1 ? 1 : memory.threads;
    this.prepare(parts);
    const { ids } = this;
    let flow: Flow = { at: memory.rows('input', inputSize), width: inputSize };
    for (const [n, part] of parts.entries()) flow = this.part(`${n}`, part, flow, ids);
    this.output = flow;
  }

  /** Whether steps take turns; otherwise turn 0 is for all. */
  get alternates(): boolean {
    return this.copies > 1;
  }

  /** Sets how many rows the next steps have. */
  setRows(rows: number): void {
    const { engine } = this.backend;
    const { int32 } = engine;
    const jobs = this.noted.map(({ job, records: { at, stride }, word, scale, work }) => {
      for (let n = 0; n < this.copies; n++) int32[(at + n * stride + word) / 4] = scale * rows;
      return { job, record: at, stride, threads: work > 0 ? engine.threadsFor(rows * work) : 0 };
    });
    this.release();
    this.list = engine.makeList(jobs, this.memory.block(`list ${this.turn}`, jobs.length * ListedJob.bytes));
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
    const { turn, alternates, memory } = this;
    const after = this.own(`${name} after ${turn}`, width).at;
    const found = alternates ? this.own(`${name} after ${1 - turn}`, width).at : after;
    this.states.push({ name, width, found, after });
    if (isRead) this.befores.set(name, this.lookUp(`${name} before`, memory.room, width, found, this.from));
  }

  private stateOf(name: string): StepState {
    return this.states.find((state) => state.name === name)!;
  }

  /** Notes a job whose record has the number of rows, `scale` times, at `word`. */
  private note(job: NotedJob['job'], records: Records, word: number, work: number, scale = 1): void {
    this.noted.push({ job, records, word, scale, work });
    this.segment += 1;
  }

  /** Notes a small job, which each share of the next product has for itself. */
  private noteOwn(job: NotedJob['job'], records: Records, word: number, work: number): void {
    this.noted.push({ job, records, word, scale: 1, work: this.copies > 1 ? 0 : work });
  }

  /** The result of a small job, one for each share. */
  private own(name: string, width: number): Required<Flow> {
    const { segment } = this;
    return { ...this.memory.ownRows(name, width, this.copies), width, segment };
  }

  /** From one share's rows to the next one's; after a product the first share's are there for all. */
  private strideOf({ stride, segment }: Flow): number {
    return segment === this.segment ? stride! : 0;
  }

  private part(name: string, part: StepPart, flow: Flow, ids: number): Flow {
    if (part.type === 'attention') return this.attention(name, part, flow, ids);
    const { layer, params } = part;
    if (layer.type === 'embedding') {
      return this.lookUp(name, layer.inputSize, layer.units, this.address(params.embeddings!), ids);
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

  /** Row i is row ids[i] of a table. */
  private lookUp(name: string, rows: number, width: number, table: number, ids: number): Flow {
    const output = this.own(name, width);
    const fields = {
      ...{ count: 1, vocabulary: rows, dimension: width },
      ...{ ids, embeddings: table, output: output.at },
    };
    const records = this.records(name, EmbeddingArguments, fields, { output: output.stride });
    this.noteOwn('embedding', records, EmbeddingArguments.offsets.count!, width);
    return output;
  }

  private records<V>(
    name: string,
    type: RecordType<V>,
    values: NoInfer<V>,
    strides: { readonly [F in keyof V]?: number } = {},
  ): Records {
    return this.memory.records(`${name} ${this.turn}`, type, values, strides, this.copies);
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
    // Where threads have ended, a share of a few rows may be all of them.
    const shares = this.alternates ? 1 : engine.threads;
    const scratchBytes = Math.max(sizes.sequenceScratchBytes(memory.room, units, shares), 4);
    const [h, c] = layerFacts(layer).states.map(([state]) => {
      return { after: this.stateOf(path + state).after, before: this.befores.get(path + state)! };
    });
    // One step's output is the state h after it.
    const output = h!.after;
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
      ...{ initialH: h!.before.at, initialC: c?.before.at, finalH: h!.after, finalC: c?.after, output },
      scratch: memory.block(`${name} scratch`, scratchBytes * memory.threads),
      scratchBytes,
    };
    const strides = {
      ...{ x: takesIds ? 0 : this.strideOf(flow), initialH: this.strideOf(h!.before) },
      initialC: c ? this.strideOf(c.before) : 0,
    };
    const write = ([packedRecurrent = 0, packedKernel = 0]: readonly number[]) =>
      this.records(name, SequenceArguments, { ...fields, packedRecurrent, packedKernel }, strides);
    const form = `packForward ${fields.layer}`;
    const recurrent = 4 * sizes.packedRecurrentFloats(gates.length, units);
    const wanted = [{ name: form, bytes: recurrent, of: this.packed(params.recurrentKernel!) }];
    if (!takesIds) {
      const bytes = 4 * sizes.packedKernelFloats(gates.length, units, inputSize);
      wanted.push({ name: `${form} kernel`, bytes, of: this.packed(params.kernel!) });
    }
    const packed = packedAt(engine, wanted, (addresses) =>
      engine.run('packForward', engine.threadsToPack(columns * (units + inputSize)), write(addresses).at),
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
      scratch: memory.block(`${name} scratch`, sizes.productScratchBytes * memory.threads),
    };
    const write = ([packed = 0]: readonly number[]) =>
      this.records(`${name} product`, MatmulArguments, { ...fields, packed }, { a: this.strideOf(flow) });
    const bytes = 4 * sizes.paddedColumns(columns) * inner;
    const wanted = [{ name: 'packMatmul', bytes, of: this.packed(kernel) }];
    const packed = packedAt(engine, wanted, (addresses) =>
      engine.run('packMatmul', engine.threadsToPack(columns * inner), write(addresses).at),
    );
    this.note('matmul', write(packed), MatmulArguments.offsets.rows!, columns * inner);
    return { at: c, width: columns };
  }

  private activated(name: string, flow: Flow, kind: StepActivation, output?: number): Flow {
    if (kind === 'linear') return flow;
    const { at: x, width } = flow;
    const y = output ?? this.memory.rows(`${name} activated`, width);
    const records = this.records(`${name} unary`, UnaryArguments, { kind, count: width, x, y });
    this.note('unary', records, UnaryArguments.offsets.count!, width * 8, width);
    return { at: y, width };
  }

  private attention(name: string, part: AttentionStep, flow: Flow, ids: number): Flow {
    const { cell, source, queryKernel, attentionKernel, activation, inputFeeding, path } = part;
    const fed = inputFeeding ? this.stateOf(`${path}attention`) : undefined;
    let inner = flow;
    if (fed) inner = this.joined(`${name} read`, flow, this.befores.get(fed.name)!);
    for (const [n, own] of cell.entries()) inner = this.part(`${name}.${n}`, own, inner, ids);
    const query = queryKernel ? this.product(`${name} query`, inner, queryKernel) : inner;
    const [sourceRows, positions, keySize] = source.keys.shape as [number, number, number];
    const memorySize = source.memory.shape[2]!;
    // Without an attentional vector it is what is fed.
    const contextName = fed && !attentionKernel ? `${fed.name} after ${this.turn}` : `${name} context`;
    const context = this.own(contextName, memorySize);
    const alignments = this.own(`${path}alignments after ${this.turn}`, positions);
    const sizes = { batch: 1, time: 1, positions, keySize, memorySize };
    const additive = source.vector !== undefined;
    const fields = {
      ...AttentionArguments.blank,
      ...{ ...sizes, additive, adds: false, query: query.at, sources: this.sources, sourceRows },
      keys: this.address(source.keys),
      memory: this.address(source.memory),
      valid: this.address(source.valid),
      vector: source.vector && this.address(source.vector),
      ...{ context: context.at, alignments: alignments.at },
    };
    const records = this.records(name, AttentionArguments, fields, {
      ...{ query: this.strideOf(query), context: context.stride, alignments: alignments.stride },
    });
    this.noteOwn('attention', records, AttentionArguments.offsets.batch!, attentionWork(sizes, additive));
    const both = this.joined(`${name} both`, inner, context);
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
    const to = this.own(name, width);
    let y = to.at;
    for (const [n, flow] of [a, b].entries()) {
      const { at: x, width: own } = flow;
      const runs = { rows: 1, width: own, xStride: own, yStride: width, x, y };
      const strides = { x: this.strideOf(flow), y: to.stride };
      const records = this.records(`${name} copy ${n}`, CopyArguments, runs, strides);
      this.noteOwn('copy', records, CopyArguments.offsets.rows!, own);
      y += 4 * own;
    }
    return to;
  }
}

/** Multiply-adds of a row in the largest job that each share may have for itself. */
function smallWork(parts: readonly StepPart[]): number {
  const works = parts.map((part) => {
    if (part.type === 'layer') return part.layer.units;
    const [, positions, keySize] = part.source.keys.shape as [number, number, number];
    const sizes = { batch: 1, time: 1, positions, keySize, memorySize: part.source.memory.shape[2]! };
    return Math.max(attentionWork(sizes, part.source.vector !== undefined), smallWork(part.cell));
  });
  return Math.max(...works);
}
