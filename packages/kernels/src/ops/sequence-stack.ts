import { registerGradient, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { GruVariant } from '../layers/gru';
import { refuse } from '../refuse';
import { checkTensor, type TensorKind } from './checks';
import { checkGru } from './gru-sequence';
import { checkLstm } from './lstm-sequence';
import { isTapeOn, requireFusedKernel, runKernel } from './registry';
import type { GateActivation, GateOptions, SequenceInputs, SequenceOptions } from './sequence';
import { type ActivationOptions, checkSimpleRnn } from './simple-rnn-sequence';

/** The tensors of a recurrent layer; its input is the output of the layer before. */
type RecurrentTensors = Omit<SequenceInputs, 'x'>;

/** One layer of `sequenceStack`: what `lstmSequence`, `gruSequence`, `simpleRnnSequence` and `linear` take, but for x. */
export type StackPart =
  | ({ type: 'lstm'; initialC: Tensor2D } & RecurrentTensors & GateOptions)
  | ({ type: 'gru'; variant: GruVariant; recurrentBias?: Tensor | undefined } & RecurrentTensors &
      GateOptions)
  | ({ type: 'simpleRnn' } & RecurrentTensors & ActivationOptions)
  | { type: 'linear'; kernel: Tensor2D; bias?: Tensor | undefined };

/** The states after each row's last valid step, [B,H]: h of a recurrent part, c of an LSTM; nothing of a linear part. */
export interface StackPartState {
  h?: Tensor2D;
  c?: Tensor2D;
}

/** What the kernel is told of a part besides its tensors. */
export interface StackPartKind {
  type: StackPart['type'];
  /** Of a linear part. */
  hasBias?: boolean;
  variant?: GruVariant;
  activation?: 'tanh' | 'relu';
  recurrentActivation?: GateActivation;
}

/** The attributes of the kernel SequenceStack. */
export interface StackAttributes {
  parts: readonly StackPartKind[];
  lengths: readonly number[] | null;
  reverse: boolean;
  keep: boolean;
}

const STATES = { lstm: ['h', 'c'], gru: ['h'], simpleRnn: ['h'], linear: [] } as const;

/** The names of a part's tensors besides x, in the order in which the gradient kernel answers their gradients. */
export function tensorNames({ type, variant, hasBias }: StackPartKind): readonly string[] {
  if (type === 'linear') return hasBias ? ['kernel', 'bias'] : ['kernel'];
  const recurrentBias = variant === 'reset-after' ? ['recurrentBias'] : [];
  const initialC = type === 'lstm' ? ['initialC'] : [];
  return ['kernel', 'recurrentKernel', 'bias', ...recurrentBias, 'initialH', ...initialC];
}

function checkPart(part: StackPart, x: TensorKind, options: SequenceOptions): StackPartKind {
  const { type } = part;
  if (type === 'lstm') return { type, ...checkLstm({ ...part, x }, { ...options, ...part }) };
  if (type === 'gru') return { type, ...checkGru({ ...part, x }, { ...options, ...part }) };
  if (type === 'simpleRnn') return { type, ...checkSimpleRnn({ ...part, x }, { ...options, ...part }) };
  checkTensor('linear', 'kernel', part.kernel, 'float32', [x.shape[2] ?? null, null]);
  checkTensor('linear', 'x', x, 'float32', [null, null, part.kernel.shape[0]]);
  if (part.bias) checkTensor('linear', 'bias', part.bias, 'float32', [part.kernel.shape[1]]);
  return { type, hasBias: part.bias !== undefined };
}

/**
 * Layers one after the other in one kernel, with one gradient kernel: the results of the single ops, to the last bit, without what
 * tfjs spends on each op. Only the backend `unrolled` has it.
 *
 * @param x float32 [B,T,I], or int32 ids [B,T] where the first part is recurrent
 * @param parts at least one; a linear part takes no `lengths`, since it would write past them
 * @returns output [B,T,O] of the last part, and each part's states
 * @throws UnrolledError as the single ops do, where there is no part, or a linear one with lengths
 */
export function sequenceStack(
  x: Tensor,
  parts: readonly StackPart[],
  options: SequenceOptions = {},
): { output: Tensor3D; states: StackPartState[] } {
  requireFusedKernel('sequenceStack');
  const { lengths, reverse = false } = options;
  if (parts.length === 0 || (lengths && parts.some(({ type }) => type === 'linear'))) {
    refuse('sequenceStack', {
      expected: 'at least one part, and no lengths where one is linear',
      got: parts.length === 0 ? 'none' : 'lengths',
    });
  }
  const inputs: Record<string, Tensor> = { x };
  let kind: TensorKind = x;
  const kinds = parts.map((part, index) => {
    const checked = checkPart(part, kind, options);
    for (const name of tensorNames(checked)) {
      const tensor = (part as unknown as Record<string, Tensor | undefined>)[name];
      if (tensor) inputs[`${index}.${name}`] = tensor;
    }
    const width = part.type === 'linear' ? part.kernel.shape[1] : part.recurrentKernel.shape[0];
    kind = { dtype: 'float32', shape: [x.shape[0]!, x.shape[1]!, width] };
    return checked;
  });
  const keep = isTapeOn();
  const attributes = { parts: kinds, lengths: lengths ?? null, reverse, keep };
  const outputs = runKernel<Tensor[]>('SequenceStack', inputs, attributes);
  // The array is the tape's too.
  if (keep) outputs[0]!.dispose();
  const [output, ...after] = outputs.slice(keep ? 1 : 0);
  const states = kinds.map(({ type }) =>
    Object.fromEntries(STATES[type].map((name) => [name, after.shift()])),
  );
  return { output: output as Tensor3D, states: states as StackPartState[] };
}

registerGradient({
  kernelName: 'SequenceStack',
  outputsToSave: [true], // The reserve, which holds all else that is wanted.
  gradFunc: (dys, [reserve], attrs) => {
    const { parts } = attrs as unknown as StackAttributes;
    const [, dOutput, ...dStates] = dys as Tensor[];
    const inputs: Record<string, Tensor> = { reserve: reserve!, dOutput: dOutput! };
    parts.forEach(({ type }, index) => {
      for (const name of STATES[type]) inputs[`${index}.${name}`] = dStates.shift()!;
    });
    const gradients = runKernel<Tensor[]>('SequenceStackGradient', inputs);
    const result: Record<string, () => Tensor> = {
      x: () => runKernel<Tensor>('SequenceStackInputGradient', { reserve }),
    };
    let next = 0;
    parts.forEach((part, index) => {
      for (const name of tensorNames(part)) {
        const gradient = gradients[next++]!;
        result[`${index}.${name}`] = () => gradient;
      }
    });
    return result;
  },
});
