/**
 * The common code of the recurrent layers on TensorFlow. Internally a sequence is time-major, [T·B, N]: step
 * t of batch row b is in row t·B + b. Each row starts with its own first step, so a reverse layer is a
 * forward layer over reversed rows.
 *
 * The step loops ignore lengths. Valid steps come first, so results past a row's length cannot affect valid
 * ones. Inputs and outputs there are set to zero (the inputs may be NaN), and final states are selected by
 * length. Gradients that enter past the length are set to zero, so everything that follows from them is zero.
 * A row of length 0 starts from a state of zeros.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedOp } from '../kernel-names';
import { layerType, type RecurrentLayer } from '../layers/layer-types';
import type { SequenceAttributes } from '../ops/recurrent-sequence';
import { checkedIds } from './ids';
import type { Id, NativeOps } from './native-ops';

export type Inputs = Record<string, TensorInfo | undefined>;

/** A layer's tensors on TensorFlow, and its sizes. */
export class Sequence<L extends RecurrentLayer = RecurrentLayer> {
  readonly layer: L;
  readonly keep: boolean;
  readonly batch: number;
  readonly time: number;
  readonly inputSize: number;
  readonly units: number;
  readonly lengths: readonly number[] | null;
  readonly reverse: boolean;
  /** The op; also used in error messages. */
  readonly op: FusedOp;
  private readonly marks = new Map<string, Id>();

  constructor(
    readonly ops: NativeOps,
    readonly inputs: Inputs,
    { layer, keep, lengths, reverse }: SequenceAttributes<L>,
  ) {
    this.layer = layer;
    this.keep = keep;
    this.inputSize = layer.inputSize;
    this.units = layer.units;
    this.lengths = lengths;
    this.reverse = reverse;
    this.op = layerType<L>(layer).op;
    [this.batch, this.time] = inputs.x!.shape as [number, number];
  }

  /** An input by its name. */
  id(name: string): Id {
    return this.ops.input(this.inputs[name]!);
  }

  /** x·kernel + bias for all steps in one product, [T·B, G·H]; ids select the kernel's rows. */
  inputGates(): Id {
    const { ops } = this;
    const product = this.isIds
      ? ops.gather(this.id('kernel'), this.ids())
      : ops.matMul(this.rowsOfX(), this.id('kernel'));
    const gates = ops.addBias(product, this.id('bias'));
    ops.free(product);
    return gates;
  }

  /** xᵀ·dGates, [I, G·H] */
  kernelGradient(dGates: Id): Id {
    const { ops } = this;
    if (this.isIds) return ops.sumByIds(dGates, this.ids(), this.inputSize);
    return ops.matMul(this.rowsOfX(), dGates, { transposeA: true });
  }

  /** dx [B,T,I] from dGates and a kernel whose gates are in the same order. */
  inputGradient(kernel: Id): Id {
    const rows = this.ops.matMul(this.id('dGates'), kernel, { transposeB: true });
    return this.fromRows(rows, this.inputSize);
  }

  get isIds(): boolean {
    return this.inputs.x!.dtype === 'int32';
  }

  private rowsOfX(): Id {
    return this.toRows(this.id('x'), this.inputSize);
  }

  /** x as rows; ids become one-hot vectors. */
  vectorRows(): Id {
    return this.isIds ? this.ops.oneHot(this.ids(), this.inputSize) : this.rowsOfX();
  }

  /** The ids in row order; 0 past a row's length. */
  private ids(): Id {
    const { batch, time, lengths, reverse, ops } = this;
    const values = checkedIds(ops.backend, this.inputs.x!, this.inputSize, this.op, lengths ?? undefined);
    const ordered = new Int32Array(batch * time);
    for (let b = 0; b < batch; b++) {
      const length = lengths ? lengths[b]! : time;
      for (let t = 0; t < length; t++) {
        ordered[t * batch + b] = values[b * time + (reverse ? length - 1 - t : t)]!;
      }
    }
    return ops.integers(ordered);
  }

  /** External layout [B,T,N] → rows [T·B,N], zero past the lengths. */
  toRows(x: Id, size: number): Id {
    const { ops, batch, time } = this;
    const turned = this.turned(this.masked(x));
    const timeMajor = this.instead(turned, ops.transpose(turned, [1, 0, 2]));
    return this.instead(timeMajor, ops.reshape(timeMajor, [time * batch, size]));
  }

  /** Rows [T·B,N] → external layout [B,T,N], zero past the lengths. */
  fromRows(rows: Id, size: number): Id {
    const { ops, batch, time } = this;
    const timeMajor = ops.reshape(rows, [time, batch, size]);
    const batchMajor = this.instead(timeMajor, ops.transpose(timeMajor, [1, 0, 2]));
    return this.masked(this.turned(batchMajor));
  }

  /** Steps [B,N] → external layout [B,T,N], zero past the lengths. */
  fromSteps(steps: Id[]): Id {
    return this.masked(this.turned(this.ops.stack(steps, 1)));
  }

  private turned(x: Id): Id {
    return this.reverse ? this.instead(x, this.ops.reverseTime(x, this.lengths)) : x;
  }

  private masked(x: Id): Id {
    if (!this.lengths) return x;
    return this.instead(x, this.ops.select(this.mask(this.lengths), x, this.ops.scalar(0)));
  }

  /** a + b, or a if there is no b; frees both. */
  plus(a: Id, b: Id | undefined): Id {
    if (b === undefined) return a;
    const sum = this.instead(a, this.ops.add(a, b));
    return this.instead(b, sum);
  }

  /** Replaces a tensor. Frees the old one if this object owns it. */
  private instead(old: Id, fresh: Id): Id {
    this.ops.free(old);
    return fresh;
  }

  /**
   * Whether a step is within its row's length, [B,T,1]. The valid steps are at the same positions in both
   * directions.
   */
  private mask(lengths: readonly number[]): Id {
    const { batch, time, ops } = this;
    return this.mark('mask', () => {
      const valid = Uint8Array.from({ length: batch * time }, (_, i) =>
        i % time < lengths[Math.floor(i / time)]! ? 1 : 0,
      );
      return ops.booleans(valid, [batch, time, 1]);
    });
  }

  private mark(name: string, make: () => Id): Id {
    const id = this.marks.get(name) ?? make();
    this.marks.set(name, id);
    return id;
  }

  /** The position of each row's final state in [(T+1)·B, N]; the initial state comes first. */
  private finalRows(lengths: readonly number[]): number[] {
    return lengths.map((length, b) => length * this.batch + b);
  }

  /**
   * The state before the first step. It is zero for a row of length 0, whose given state may be NaN and has
   * no effect.
   */
  initial(name: string): Id {
    const { ops, lengths } = this;
    if (!lengths?.includes(0)) return this.id(name);
    const counts = Uint8Array.from(lengths, (length) => Math.min(length, 1));
    const mask = this.mark('valid rows', () => ops.booleans(counts, [counts.length, 1]));
    return ops.select(mask, this.id(name), ops.scalar(0));
  }

  /** The state after each row's last valid step, selected from all states including the initial one. */
  finalState(name: string, states: Id[]): Id {
    const { ops, lengths } = this;
    if (!lengths) return ops.one('Identity', [states[states.length - 1]!]);
    const all = ops.concat([this.id(name), ...states.slice(1)], 0);
    const final = ops.gather(
      all,
      this.mark('final rows', () => ops.integers(this.finalRows(lengths))),
    );
    ops.free(all);
    return final;
  }

  /**
   * The gradients [B,H] that enter the step loop: at the initial state (index 0) and after step t (index t +
   * 1). They come from the final state and, if given, from all outputs. Undefined where no gradient enters.
   */
  enteringGradients(dFinal: Id, dOutput?: Id): (Id | undefined)[] {
    const { ops, batch, units, time, lengths } = this;
    const rows = dOutput === undefined ? undefined : this.toRows(dOutput, units);
    if (!lengths) {
      if (rows === undefined) return [...new Array<undefined>(time), dFinal];
      const steps = ops.split(rows, time, 0);
      return [undefined, ...steps.slice(0, -1), ops.add(steps[time - 1]!, dFinal)];
    }
    const blocks = rows === undefined ? time + 1 : 1;
    const zeros = ops.floats(new Float32Array(blocks * batch * units), [blocks * batch, units]);
    const all = rows === undefined ? zeros : ops.concat([zeros, rows], 0);
    const places = ops.integers(this.finalRows(lengths), [batch, 1]);
    const indices = ops.type('Tindices', ops.backend.binding.TF_INT32);
    return ops.split(ops.one('TensorScatterAdd', [all, places, dFinal], indices), time + 1, 0);
  }

  /** The states before each step, as rows [T·B,H]: the initial state, then the outputs. */
  previousStates(): Id {
    const { ops, time, units } = this;
    if (time === 1) return this.initial('h');
    const rows = this.toRows(this.id('output'), units);
    const steps = ops.split(rows, time, 0);
    const all = ops.concat([this.initial('h'), ...steps.slice(0, -1)], 0);
    ops.free(rows, ...steps);
    return all;
  }
}

/** Groups the data of all steps by kind: all steps' first values, then all steps' second values, … */
export function byKind(steps: readonly Id[][]): Id[] {
  return steps[0]!.flatMap((_, kind) => steps.map((values) => values[kind]!));
}
