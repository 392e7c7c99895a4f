/**
 * One pass of a model over batches of one shape: forward, or forward, backward and update. Its memory is
 * allocated once, and the records of its jobs are written once.
 */
import { UpdateArguments, UpdateRow } from '../../generated/abi';
import { keptShare, type ParameterUpdate } from '../../ops/update-rules';
import type { Engine } from '../engine/engine';
import type { Resident } from '../kernels/host';
import { clipScale, normOf, updateArguments, updateWork } from '../kernels/update-parameters';
import { encoderDecoderStage } from './encoder-decoder';
import { lossStage } from './losses';
import { stageOf } from './parts';
import type { Pass, PassShape, Stage } from './pass';
import { PlanHost, type PlanMemory, type PlanStep } from './plan-host';
import type { PlanModel } from './plan-model';

/** The key of a plan: the shapes of a batch, and whether the optimizer updates parameters. */
export interface PlanShape extends PassShape {
  readonly inputs: readonly number[];
  readonly targets: readonly number[];
  /** Shape of an encoder–decoder's source. */
  readonly source: { readonly inputs: readonly number[]; readonly hasLengths: boolean } | undefined;
  /** How targets are weighted: by the batch's weights, by the rows' lengths, or equally. */
  readonly counts: 'weights' | 'lengths' | 'all';
  /** Whether a state is carried from step to step. */
  readonly carries: boolean;
}

/** A parameter of the model. */
export interface PlanParameter {
  readonly path: string;
  readonly shape: readonly number[];
}

/** The tensors that the plan refers to. */
export interface PlanTensors {
  /** Ids belong to the plan: each step writes them. */
  inputs: Resident;
  targets: Resident;
  /**
   * The source that an encoder reads, and its mask [B, S], 1 for a valid step and 0 for padding. They belong
   * to the plan.
   */
  source: { readonly inputs: Resident; readonly valid: Resident } | undefined;
  /** They belong to the plan. */
  weights: Resident | undefined;
  /** For CTC, the number of labels of each row. It belongs to the plan. */
  labelCounts: Resident | undefined;
  /** In the order of the parameters. */
  parameters: Resident[];
  /** One list per slot, each in the order of the parameters. */
  slots: Resident[][];
  /** By path. */
  states: Map<string, PlanState>;
}

/**
 * A state before the first step, at `address` in the caller's memory, and after the last step, in the plan's
 * memory.
 */
interface PlanState {
  readonly before: Resident;
  after: Resident | undefined;
  address: number;
}

/** The contents of a plan. */
interface Sketch {
  readonly host: PlanHost;
  readonly steps: readonly PlanStep[];
  readonly tensors: PlanTensors;
  readonly loss: () => number;
  readonly update: UpdateSketch | undefined;
}

interface UpdateSketch {
  readonly table: number;
  readonly record: number;
  readonly sums: number;
  readonly blocks: number;
  readonly threads: number;
}

export class StepPlan {
  readonly fixed: number;
  private readonly sketch: Sketch;
  private seed = 0;

  /** @param arena grows it if it is too small, which moves it to another address */
  constructor(
    private readonly engine: Engine,
    model: PlanModel,
    parameters: readonly PlanParameter[],
    readonly shape: PlanShape,
    slots: number | undefined,
    takeArena: (bytes: number) => number,
  ) {
    const draw = (at: PlanMemory | undefined) =>
      sketch(engine, model, parameters, shape, slots, () => this.seed, at);
    const { fixed, arena, zeros } = draw(undefined).host.wanted;
    const arenaAt = takeArena(arena);
    this.fixed = engine.allocate(Math.max(fixed, 4), 'the plan of a training step');
    try {
      this.sketch = draw({ fixed: this.fixed, arena: arenaAt, zeros });
    } catch (error) {
      engine.release(this.fixed);
      throw error;
    }
  }

  /** The address of the rows' lengths in a step. */
  get rowLengths(): number {
    return this.sketch.host.rowLengths;
  }

  get tensors(): PlanTensors {
    return this.sketch.tensors;
  }

  /**
   * Writes the address of a tensor that the plan does not own into the records, unless it is there already.
   */
  bind({ address: place }: Resident, address: number): void {
    const external = this.sketch.host.externals[-place - 1]!;
    if (external.address === address) return;
    external.address = address;
    const { int32 } = this.engine;
    for (const word of external.words) int32[word] = address;
  }

  /** Runs everything except the update. Tensors that the plan does not own must have been bound before. */
  run(seed: number): number {
    this.seed = seed;
    const { engine } = this;
    for (const step of this.sketch.steps) {
      if (typeof step === 'function') step();
      else engine.runList(step);
    }
    return this.sketch.loss();
  }

  /** √Σg² of the last pass. */
  gradientNorm(): number {
    const { sums, blocks } = this.sketch.update!;
    return normOf(this.engine.buffer, sums, blocks);
  }

  /** Updates the parameters, once the loss and the norm are known to be finite. */
  update(options: ParameterUpdate, norm: number): void {
    const { engine } = this;
    const { table, record, sums, threads } = this.sketch.update!;
    const { parameters } = this.tensors;
    const call = updateArguments(options, { tensors: parameters.length, table, sums });
    call.scale = clipScale(options, norm);
    engine.write(UpdateArguments, call, record);
    parameters.forEach(({ shape }, n) => {
      const kept = table + n * UpdateRow.bytes + UpdateRow.offsets.kept;
      engine.float32[kept / 4] = keptShare(options, { rank: shape.length });
    });
    engine.run('update', threads, record);
  }

  dispose(): void {
    for (const step of this.sketch.steps) if (typeof step !== 'function') this.engine.releaseList(step);
    this.engine.release(this.fixed);
  }
}

function sketch(
  engine: Engine,
  model: PlanModel,
  parameters: readonly PlanParameter[],
  shape: PlanShape,
  slots: number | undefined,
  seed: () => number,
  at: PlanMemory | undefined,
): Sketch {
  const host = new PlanHost(engine, at);
  const { inputs, targets, source, counts, carries, batch } = shape;
  if (source ? source.hasLengths : shape.hasLengths) host.rowLengths = host.fixed(batch * 4);
  const own = (of: readonly number[], isIds: boolean) =>
    isIds
      ? host.tensor(of, host.fixed(4 * of.reduce((size, extent) => size * extent, 1)), 'int32')
      : host.external(of);
  const isEntropy = model.loss === 'crossEntropy';
  const isCtc = model.loss === 'ctc';
  const tensors: PlanTensors = {
    source: source && {
      inputs: own(source.inputs, model.source!.readsIds),
      valid: host.tensor(source.inputs.slice(0, 2), host.constant(batch * source.inputs[1]!, 1)),
    },
    inputs: own(inputs, model.readsIds),
    targets: own(targets, isEntropy || isCtc),
    weights: counts === 'all' ? undefined : own(targets, true),
    labelCounts: isCtc ? own([batch], true) : undefined,
    parameters: parameters.map(({ shape: of }) => host.external(of)),
    slots: Array.from({ length: slots ?? 0 }, () => parameters.map(({ shape: of }) => host.external(of))),
    states: new Map(),
  };
  const places = new Map(parameters.map(({ path }, n) => [path, n]));
  const gradients: Resident[] = [];
  const pass: Pass = {
    ...shape,
    host,
    seed,
    reverse: false,
    parameter: (path) => tensors.parameters[places.get(path)!]!,
    state(path, width) {
      if (!carries) return host.tensor([batch, width], host.zeros(batch * width));
      const before = host.external([batch, width]);
      tensors.states.set(path, { before, after: undefined, address: 0 });
      return before;
    },
    keepState(path, state) {
      if (carries) tensors.states.get(path)!.after = state;
      else host.release(state);
    },
    gradient(path, gradient) {
      gradients[places.get(path)!] = gradient;
    },
    finalGradient: () => undefined,
    initialGradient: (_path, gradient) => host.release(gradient),
    attended: undefined,
  };
  const stage = wholeStage(pass, model, tensors, source?.hasLengths ?? false);
  const { tensor: output } = stage.forward({ tensor: tensors.inputs, isMasked: false, isOwn: false });
  const loss = lossStage(pass, model, { output, ...tensors });
  if (slots === undefined) {
    return { host, steps: host.steps(), tensors, loss: loss.read, update: undefined };
  }
  const dOutput = loss.backward();
  host.release(stage.backward(dOutput, false), dOutput);
  const ending = updateOf(host, tensors, gradients);
  return { host, steps: host.steps(), tensors, loss: loss.read, update: ending };
}

function wholeStage(
  pass: Pass,
  { source, part }: PlanModel,
  tensors: PlanTensors,
  hasLengths: boolean,
): Stage {
  if (!source) return stageOf(pass, part);
  const { inputs, valid } = tensors.source!;
  const shape = { time: inputs.shape[1]!, hasLengths };
  return encoderDecoderStage(pass, { source, part }, { tensor: inputs, valid, shape });
}

function updateOf(
  host: PlanHost,
  { parameters, slots }: PlanTensors,
  gradients: readonly Resident[],
): UpdateSketch {
  const table = host.fixed(parameters.length * UpdateRow.bytes);
  const sizes = parameters.map(({ shape }) => shape.reduce((size, extent) => size * extent, 1));
  parameters.forEach(({ address: parameter }, n) => {
    host.writeAt(table + n * UpdateRow.bytes, UpdateRow, {
      parameter,
      gradient: gradients[n]!.address,
      slot1: slots[0]?.[n]?.address,
      slot2: slots[1]?.[n]?.address,
      count: sizes[n]!,
      kept: 1,
    });
  });
  const { work, blocks } = updateWork(sizes);
  const sums = host.fixed(blocks * 8);
  const blank = { kind: 'sgd', learningRate: 0 } as const;
  const record = host.write(UpdateArguments, updateArguments(blank, { tensors: sizes.length, table, sums }));
  const threads = host.engine.threadsFor(work);
  host.engine.run('gradientSquares', threads);
  return { table, record, sums, blocks, threads };
}
