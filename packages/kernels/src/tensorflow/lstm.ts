/**
 * The LSTM of ops/lstm-sequence.ts on TensorFlow. One matrix product computes the inputs' part of all steps,
 * one per step the recurrent part, and one each weight gradient.
 *
 * The reserve is [6·T·B, H]: i, f, o (as kept by gate-activation.ts), g, tanh(c), c of all steps,
 * concatenated. dGates are in the order of TensorFlow's block ops (weight-layout.ts).
 */
import type { LstmLayer } from '../layers/lstm';
import { squashOf } from './gate-activation';
import { blockGradient, factoredGradient, KEPT } from './lstm-step-gradient';
import type { Id } from './native-ops';
import { RecurrentProduct } from './recurrent-product';
import { byKind, type Sequence } from './sequence';
import { swapBlockOrder } from './weight-layout';

interface Step {
  h: Id;
  c: Id;
  /** i, f, o, g, tanh(c) */
  kept: Id[];
}

type StepFunction = (input: Id, h: Id, c: Id) => Step;

function stepOf(sequence: Sequence<LstmLayer>): StepFunction {
  const { ops, layer } = sequence;
  const squash = squashOf(ops, layer.recurrentActivation);
  const recurrent = new RecurrentProduct(ops, sequence.id('recurrentKernel'));
  return (input, h, c) => {
    const product = recurrent.of(h);
    const sum = ops.add(input, product); // [B,4H]
    const [inI, inF, inG, inO] = ops.split(sum, 4, 1) as [Id, Id, Id, Id];
    const kept = [inI, inF, inO].map(squash.keep) as [Id, Id, Id];
    const [i, f, o] = kept.map(squash.result) as [Id, Id, Id];
    const g = ops.tanh(inG);
    const [stays, enters] = [ops.multiply(f, c), ops.multiply(i, g)];
    const nextC = ops.add(stays, enters);
    const tanhC = ops.tanh(nextC);
    const nextH = ops.multiply(o, tanhC);
    ops.free(product, sum, inI, inF, inG, inO, stays, enters);
    if (i !== kept[0]) ops.free(i, f, o);
    return { h: nextH, c: nextC, kept: [...kept, g, tanhC] };
  };
}

/** Returns output, h, c and, if kept, the reserve. */
export function lstmForward(sequence: Sequence<LstmLayer>): Id[] {
  const { ops, time, keep } = sequence;
  const inputs = ops.split(sequence.inputGates(), time, 0);
  const step = stepOf(sequence);
  const [hs, cs] = [[sequence.initial('h')], [sequence.initial('c')]];
  const steps: Id[][] = [];
  for (const [t, input] of inputs.entries()) {
    const { h, c, kept } = step(input, hs[t]!, cs[t]!);
    hs.push(h);
    cs.push(c);
    if (keep) steps.push(kept);
    else ops.free(...kept);
    ops.free(input);
  }
  const output = sequence.fromSteps(hs.slice(1));
  const states = [output, sequence.finalState('h', hs), sequence.finalState('c', cs)];
  return keep ? [...states, ops.concat([...byKind(steps), ...cs.slice(1)], 0)] : states;
}

/**
 * Returns dKernel, dRecurrentKernel, dBias, dInitialH, dInitialC, and dGates [T·B,4H] for the input's
 * gradient.
 */
export function lstmBackward(sequence: Sequence<LstmLayer>): Id[] {
  const { ops, time, layer } = sequence;
  const kept = ops.split(sequence.id('reserve'), KEPT, 0);
  const enterH = sequence.enteringGradients(sequence.id('d.h'), sequence.id('dOutput'));
  const enterC = sequence.enteringGradients(sequence.id('d.c'));
  const recurrentKernel = swapBlockOrder(ops, sequence.id('recurrentKernel'), 1);
  const back = new RecurrentProduct(ops, recurrentKernel, true);
  const isHard = layer.recurrentActivation === 'hardSigmoid';
  const gradient = isHard ? factoredGradient(sequence, kept) : blockGradient(sequence, kept, recurrentKernel);

  const dGates = new Array<Id>(time);
  let dh = enterH[time]!;
  let dc = enterC[time]!;
  for (let t = time - 1; t >= 0; t--) {
    const { dGate, dBefore } = gradient(t, dh, dc);
    dGates[t] = dGate;
    ops.free(dc, dh);
    dc = sequence.plus(dBefore, enterC[t]);
    dh = sequence.plus(back.of(dGate), enterH[t]);
  }
  const all = ops.concat(dGates, 0);
  ops.free(...dGates);
  const dRecurrent = ops.matMul(sequence.previousStates(), all, { transposeA: true });
  return [
    swapBlockOrder(ops, sequence.kernelGradient(all), 1),
    swapBlockOrder(ops, dRecurrent, 1),
    swapBlockOrder(ops, ops.sumOfRows(all), 0),
    dh,
    dc,
    all,
  ];
}

/** dx [B,T,I] from the dGates of `lstmBackward`. */
export function lstmInputGradient(sequence: Sequence<LstmLayer>): Id {
  return sequence.inputGradient(swapBlockOrder(sequence.ops, sequence.id('kernel'), 1));
}
