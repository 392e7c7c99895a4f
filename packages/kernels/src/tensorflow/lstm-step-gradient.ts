/** The gradient of one LSTM step before its matrix product, in two implementations. */
import type { LstmLayer } from '../layers/lstm';
import { squashOf } from './gate-activation';
import type { Id } from './native-ops';
import type { Sequence } from './sequence';

/** Number of arrays kept by the forward pass: i, f, o, g, tanh(c), c, [T·B,H] each. */
export const KEPT = 6;

/**
 * From the gradients of a step's h and c to dGate [B,4H], in the order of TensorFlow's block ops, and the
 * gradient of c before the step.
 */
export type StepGradient = (t: number, dh: Id, dc: Id) => { dGate: Id; dBefore: Id };

/** The states c before each step, [B,H] each. */
const memoriesBefore = (sequence: Sequence<LstmLayer>, memories: Id[]) => [
  sequence.initial('c'),
  ...memories.slice(0, -1),
];

/** Uses LSTMBlockCellGrad, which computes the whole gradient in one op, for sigmoid gates. */
export function blockGradient(sequence: Sequence<LstmLayer>, kept: Id[], recurrentKernel: Id): StepGradient {
  const { ops, batch, time, units } = sequence;
  const [is, fs, os, gs, tanhs, memories] = kept.map((rows) => ops.split(rows, time, 0)) as SixLists;
  const before = memoriesBefore(sequence, memories);
  // Inputs of which the op needs only the shapes: an input of size 0, weights, a bias, and the unused
  // peepholes.
  const x = ops.floats(new Float32Array(0), [batch, 0]);
  const none = ops.floats(new Float32Array(units), [units]);
  const bias = ops.floats(new Float32Array(4 * units), [4 * units]);
  const withoutPeepholes = ops.boolean('use_peephole', false);
  return (t, dh, dc) => {
    const values = [is[t]!, memories[t]!, fs[t]!, os[t]!, gs[t]!, tanhs[t]!, dc, dh];
    const inputs = [x, before[t]!, dh, recurrentKernel, none, none, none, bias, ...values];
    const [dBefore, dGate, ...peepholes] = ops.many('LSTMBlockCellGrad', inputs, 5, withoutPeepholes);
    ops.free(...peepholes);
    return { dGate: dGate!, dBefore: dBefore! };
  };
}

type SixLists = [Id[], Id[], Id[], Id[], Id[], Id[]];

/**
 * For any gate activation. The factors that do not depend on dh and dc are computed for all steps at once:
 *
 *     dc += dh∘o∘(1 − tanh²c);  di = dc∘g∘σ'(i), dg = dc∘i∘(1 − g²), df = dc∘c_(t−1)∘σ'(f), do = dh∘tanh(c)∘σ'(o);  dc_(t−1) = dc∘f
 */
export function factoredGradient(sequence: Sequence<LstmLayer>, kept: Id[]): StepGradient {
  const { ops, time, layer } = sequence;
  const squash = squashOf(ops, layer.recurrentActivation);
  const [keptI, keptF, keptO, g, tanhC, c] = kept as [Id, Id, Id, Id, Id, Id];
  const [i, f, o] = [keptI, keptF, keptO].map(squash.result) as [Id, Id, Id];
  const before = ops.concat(memoriesBefore(sequence, ops.split(c, time, 0)), 0);
  const factors = [
    squash.gradient(keptI, g),
    ops.one('TanhGrad', [g, i]),
    squash.gradient(keptF, before),
    squash.gradient(keptO, tanhC),
  ];
  const toGates = ops.split(ops.concat(factors, 1), time, 0);
  const toMemory = ops.split(ops.one('TanhGrad', [tanhC, o]), time, 0);
  const fs = ops.split(f, time, 0);
  return (t, dh, dc) => {
    const through = ops.multiply(dh, toMemory[t]!);
    const all = ops.add(dc, through);
    const four = ops.concat([all, all, all, dh], 1);
    const dGate = ops.multiply(four, toGates[t]!);
    const dBefore = ops.multiply(all, fs[t]!);
    ops.free(through, all, four);
    return { dGate, dBefore };
  };
}
