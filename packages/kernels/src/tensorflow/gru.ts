/**
 * The GRU of ops/gru-sequence.ts on TensorFlow, with the same structure as lstm.ts. Gates z, r, n
 * (layers/gru.ts); h' = z∘h + (1 − z)∘n.
 *
 * The factors of dh in a step's gradient do not depend on dh, so they are computed for all steps at once,
 * before the step loop:
 *
 *     to the update gate's input   Z = (h − n)∘σ'(z), which is (h − n)∘z∘(1 − z)
 *     to the candidate's input     N = (1 − z)∘(1 − n²)
 *     reset-after:  to the reset gate's input N∘p∘σ'(r), to p = h·Rn + b'n itself N∘r
 *     reset-before: with q = (dh∘N)·Rnᵀ, to the reset gate's input q∘h∘σ'(r), to the state before q∘r
 *
 * The reserve has z, r (as kept by gate-activation.ts) and n of all steps, concatenated: [3·T·B, H]. With
 * reset-after it also has p: [4·T·B, H].
 */
import type { GruLayer } from '../layers/gru';
import { squashOf } from './gate-activation';
import type { Id, NativeOps } from './native-ops';
import { RecurrentProduct } from './recurrent-product';
import { byKind, type Sequence } from './sequence';

interface Step {
  h: Id;
  /** z, r, n and, with reset-after, p = h·Rn + b'n. */
  kept: Id[];
}

/** z∘h + (1 − z)∘n, computed as n + z∘(h − n). */
function nextState(ops: NativeOps, z: Id, n: Id, h: Id): Id {
  const difference = ops.subtract(h, n);
  const part = ops.multiply(z, difference);
  const next = ops.add(n, part);
  ops.free(difference, part);
  return next;
}

/** One step from the input's pre-activations of z, r [B,2H] and of n [B,H]. */
type StepFunction = (inputGates: Id, inputCandidate: Id, h: Id) => Step;

function stepAfter(sequence: Sequence<GruLayer>): StepFunction {
  const { ops, units, layer } = sequence;
  const squash = squashOf(ops, layer.recurrentActivation);
  const recurrent = new RecurrentProduct(ops, sequence.id('recurrentKernel'));
  const bias = sequence.id('recurrentBias');
  return (inputGates, inputCandidate, h) => {
    const product = recurrent.of(h);
    const biased = ops.addBias(product, bias);
    const [gates, p] = ops.splitAt(biased, [2 * units, units], 1) as [Id, Id];
    const sum = ops.add(inputGates, gates);
    const both = squash.keep(sum);
    const [keptZ, keptR] = ops.split(both, 2, 1) as [Id, Id];
    const [z, r] = [squash.result(keptZ), squash.result(keptR)];
    const inner = ops.multiply(r, p);
    const innerSum = ops.add(inputCandidate, inner);
    const n = ops.tanh(innerSum);
    const next = nextState(ops, z, n, h);
    ops.free(product, biased, gates, sum, both, inner, innerSum);
    if (z !== keptZ) ops.free(z, r);
    return { h: next, kept: [keptZ, keptR, n, p] };
  };
}

function stepBefore(sequence: Sequence<GruLayer>): StepFunction {
  const { ops, layer } = sequence;
  const squash = squashOf(ops, layer.recurrentActivation);
  const [forGates, forCandidate] = recurrentParts(sequence);
  const gateProduct = new RecurrentProduct(ops, forGates);
  const candidateProduct = new RecurrentProduct(ops, forCandidate);
  return (inputGates, inputCandidate, h) => {
    const gates = gateProduct.of(h);
    const sum = ops.add(inputGates, gates);
    const both = squash.keep(sum);
    const [keptZ, keptR] = ops.split(both, 2, 1) as [Id, Id];
    const [z, r] = [squash.result(keptZ), squash.result(keptR)];
    const reset = ops.multiply(r, h);
    const inner = candidateProduct.of(reset);
    const innerSum = ops.add(inputCandidate, inner);
    const n = ops.tanh(innerSum);
    const next = nextState(ops, z, n, h);
    ops.free(gates, sum, both, reset, inner, innerSum);
    if (z !== keptZ) ops.free(z, r);
    return { h: next, kept: [keptZ, keptR, n] };
  };
}

/** The recurrent kernel's columns for z and r [H,2H], and for n [H,H]. */
function recurrentParts({ ops, units, inputs }: Sequence<GruLayer>): [Id, Id] {
  return ops.splitAt(ops.input(inputs.recurrentKernel!), [2 * units, units], 1) as [Id, Id];
}

/** Returns output, h and, if kept, the reserve. */
export function gruForward(sequence: Sequence<GruLayer>): Id[] {
  const { ops, time, units, layer, keep } = sequence;
  const isAfter = layer.variant === 'reset-after';
  const all = sequence.inputGates();
  const [gateRows, candidateRows] = ops.splitAt(all, [2 * units, units], 1) as [Id, Id];
  const [gates, candidates] = [ops.split(gateRows, time, 0), ops.split(candidateRows, time, 0)];
  ops.free(all, gateRows, candidateRows);
  const step = isAfter ? stepAfter(sequence) : stepBefore(sequence);
  const hs = [sequence.initial('h')];
  const kept: Id[][] = [];
  for (const [t, gate] of gates.entries()) {
    const { h, kept: values } = step(gate, candidates[t]!, hs[t]!);
    hs.push(h);
    if (keep) kept.push(values);
    else ops.free(...values);
    ops.free(gate, candidates[t]!);
  }
  const output = sequence.fromSteps(hs.slice(1));
  const h = sequence.finalState('h', hs);
  if (!keep) return [output, h];
  const reserve = ops.concat(byKind(kept), 0);
  return [output, h, reserve];
}

/** The factors that do not depend on dh, for all steps, [T·B,H] each. */
interface Factors {
  z: Id;
  r: Id;
  previous: Id;
  /** (h − n)∘σ'(z) */
  update: Id;
  /** (1 − z)∘(1 − n²) */
  candidate: Id;
  /** σ'(r), times p with reset-after, times h with reset-before. */
  reset: Id;
}

function factorsOf(sequence: Sequence<GruLayer>, isAfter: boolean): Factors {
  const { ops, layer } = sequence;
  const squash = squashOf(ops, layer.recurrentActivation);
  const [keptZ, keptR, n, p] = ops.split(sequence.id('reserve'), isAfter ? 4 : 3, 0) as [Id, Id, Id, Id];
  const [z, r] = [squash.result(keptZ), squash.result(keptR)];
  const previous = sequence.previousStates();
  const one = ops.scalar(1);
  // TanhGrad(y, dy) = dy∘(1 − y²)
  return {
    z,
    r,
    previous,
    update: squash.gradient(keptZ, ops.subtract(previous, n)),
    candidate: ops.one('TanhGrad', [n, ops.subtract(one, z)]),
    reset: squash.gradient(keptR, isAfter ? p : previous),
  };
}

/** The operands of the weights' gradients, [T·B, …]. */
interface GateGradients {
  /** Gradient of the input's pre-activations z, r, n: [T·B,3H] */
  input: Id;
  dRecurrentKernel: Id;
  dRecurrentBias?: Id;
  dInitialH: Id;
}

function backwardAfter(sequence: Sequence<GruLayer>): GateGradients {
  const { ops, time, units } = sequence;
  const { z, r, previous, update, candidate, reset } = factorsOf(sequence, true);
  const products = [update, ops.multiply(candidate, reset), ops.multiply(candidate, r)];
  const factors = ops.split(ops.concat(products, 1), time, 0);
  const zs = ops.split(z, time, 0);
  const enter = sequence.enteringGradients(sequence.id('d.h'), sequence.id('dOutput'));
  const back = new RecurrentProduct(ops, sequence.id('recurrentKernel'), true);
  const [dProducts, dhs] = [new Array<Id>(time), new Array<Id>(time)];
  let dh = enter[time]!;
  for (let t = time - 1; t >= 0; t--) {
    const thrice = ops.concat([dh, dh, dh], 1);
    const dProduct = ops.multiply(thrice, factors[t]!);
    const kept = ops.multiply(dh, zs[t]!);
    const product = back.of(dProduct);
    dProducts[t] = dProduct;
    dhs[t] = dh;
    dh = sequence.plus(ops.add(kept, product), enter[t]);
    ops.free(thrice, kept, product);
  }
  const all = ops.concat(dProducts, 0);
  const [dGates] = ops.splitAt(all, [2 * units, units], 1) as [Id, Id];
  return {
    input: ops.concat([dGates, ops.multiply(ops.concat(dhs, 0), candidate)], 1),
    dRecurrentKernel: ops.matMul(previous, all, { transposeA: true }),
    dRecurrentBias: ops.sumOfRows(all),
    dInitialH: dh,
  };
}

function backwardBefore(sequence: Sequence<GruLayer>): GateGradients {
  const { ops, time } = sequence;
  const { z, r, previous, update, candidate, reset } = factorsOf(sequence, false);
  const steps = [z, r, update, candidate, reset].map((rows) => ops.split(rows, time, 0));
  const enter = sequence.enteringGradients(sequence.id('d.h'), sequence.id('dOutput'));
  const [forGates, forCandidate] = recurrentParts(sequence);
  const gatesBack = new RecurrentProduct(ops, forGates, true);
  const candidateBack = new RecurrentProduct(ops, forCandidate, true);
  const [dGates, dCandidates] = [new Array<Id>(time), new Array<Id>(time)];
  let dh = enter[time]!;
  for (let t = time - 1; t >= 0; t--) {
    const [zt, rt, updateT, candidateT, resetT] = steps.map((rows) => rows[t]!) as [Id, Id, Id, Id, Id];
    const dCandidate = ops.multiply(dh, candidateT);
    const q = candidateBack.of(dCandidate);
    const [dUpdate, dReset] = [ops.multiply(dh, updateT), ops.multiply(q, resetT)];
    const dGate = ops.concat([dUpdate, dReset], 1);
    const terms = [gatesBack.of(dGate), ops.multiply(dh, zt), ops.multiply(q, rt)];
    ops.free(dh);
    dh = sequence.plus(ops.sum(terms), enter[t]);
    ops.free(q, dUpdate, dReset, ...terms);
    dGates[t] = dGate;
    dCandidates[t] = dCandidate;
  }
  const [gates, candidates] = [ops.concat(dGates, 0), ops.concat(dCandidates, 0)];
  const ofGates = ops.matMul(previous, gates, { transposeA: true });
  const ofCandidate = ops.matMul(ops.multiply(r, previous), candidates, { transposeA: true });
  return {
    input: ops.concat([gates, candidates], 1),
    dRecurrentKernel: ops.concat([ofGates, ofCandidate], 1),
    dInitialH: dh,
  };
}

/**
 * Returns dKernel, dRecurrentKernel, dBias, dRecurrentBias (reset-after only), dInitialH, and dGates [T·B,3H]
 * for the input's gradient.
 */
export function gruBackward(sequence: Sequence<GruLayer>): Id[] {
  const run = sequence.layer.variant === 'reset-after' ? backwardAfter : backwardBefore;
  const { input, dRecurrentKernel, dRecurrentBias, dInitialH } = run(sequence);
  return [
    sequence.kernelGradient(input),
    dRecurrentKernel,
    sequence.ops.sumOfRows(input),
    ...(dRecurrentBias === undefined ? [] : [dRecurrentBias]),
    dInitialH,
    input,
  ];
}
