/**
 * The simple RNN of ops/simple-rnn-sequence.ts on TensorFlow, with the same structure as lstm.ts: three ops a
 * step in each direction. The gradient needs only the outputs, so the reserve is empty.
 */
import type { ActivationData } from '../layers/layer';
import type { SimpleRnnLayer } from '../layers/simple-rnn';
import type { Id, NativeOps } from './native-ops';
import { RecurrentProduct } from './recurrent-product';
import type { Sequence } from './sequence';

/** Returns output, h and, if kept, the reserve. */
export function simpleRnnForward(sequence: Sequence<SimpleRnnLayer>): Id[] {
  const { ops, time, layer, keep } = sequence;
  const inputs = ops.split(sequence.inputGates(), time, 0);
  const recurrent = new RecurrentProduct(ops, sequence.id('recurrentKernel'));
  const hs = [sequence.initial('h')];
  for (const [t, input] of inputs.entries()) {
    const product = recurrent.of(hs[t]!);
    const sum = ops.add(input, product);
    hs.push(ops.one(layer.activation === 'relu' ? 'Relu' : 'Tanh', [sum]));
    ops.free(product, sum, input);
  }
  const output = sequence.fromSteps(hs.slice(1));
  const h = sequence.finalState('h', hs);
  if (!keep) return [output, h];
  return [output, h, ops.floats(new Float32Array(0), [0, 0])];
}

/** Returns dKernel, dRecurrentKernel, dBias, dInitialH, and dGates [T·B,H] for the input's gradient. */
export function simpleRnnBackward(sequence: Sequence<SimpleRnnLayer>): Id[] {
  const { ops, time, units, layer } = sequence;
  const outputs = ops.split(sequence.toRows(sequence.id('output'), units), time, 0);
  const enter = sequence.enteringGradients(sequence.id('d.h'), sequence.id('dOutput'));
  const back = new RecurrentProduct(ops, sequence.id('recurrentKernel'), true);
  const dGates = new Array<Id>(time);
  let dh = enter[time]!;
  for (let t = time - 1; t >= 0; t--) {
    const dGate = activationGradient(ops, layer.activation, outputs[t]!, dh);
    dGates[t] = dGate;
    ops.free(dh);
    dh = sequence.plus(back.of(dGate), enter[t]);
  }
  const all = ops.concat(dGates, 0);
  ops.free(...outputs, ...dGates);
  const dRecurrent = ops.matMul(sequence.previousStates(), all, { transposeA: true });
  return [sequence.kernelGradient(all), dRecurrent, ops.sumOfRows(all), dh, all];
}

/** dx of the activation, from its output y and dy. */
function activationGradient(ops: NativeOps, activation: ActivationData, y: Id, dy: Id): Id {
  return activation === 'relu' ? ops.one('ReluGrad', [dy, y]) : ops.one('TanhGrad', [y, dy]);
}
