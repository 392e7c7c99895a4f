import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { RecurrenceArguments } from '../../generated/abi';
import type { RecurrenceAttributes } from '../../ops/linear-recurrence';
import type { KernelHost } from './host';
import { type Inputs, kernel } from './kernel';

/**
 * A step of a unit takes about as long as this many multiply-adds: loads and stores, and exponentials for the
 * gates.
 */
const WORK = { coefficients: 8, minGru: 40, minLstm: 64 } as const;

/** The arguments that the forward and the backward pass share. */
function commonArguments(
  backend: KernelHost,
  inputs: Inputs,
  { kind, positive, lengths, reverse }: RecurrenceAttributes,
  [batch, time, units]: [number, number, number],
  what: string,
): Omit<RecurrenceArguments, 'output'> {
  return {
    ...RecurrenceArguments.blank,
    kind,
    batch,
    time,
    units,
    reverse,
    positive,
    lengths: lengths ? backend.lengths(lengths, what) : 0,
    a: backend.address(inputs.a!, what),
    b: inputs.b && backend.address(inputs.b, what),
    initialState: backend.address(inputs.initialState!, what),
  };
}

export function recurrenceForward(
  backend: KernelHost,
  inputs: Inputs,
  attributes: RecurrenceAttributes,
): TensorInfo[] {
  const [batch, time] = inputs.a!.shape as [number, number];
  const units = inputs.initialState!.shape[1]!;
  const what = 'the output of linearRecurrence';
  return backend.making((make) => {
    const output = make([batch, time, units], what);
    const state = make([batch, units], what);
    backend.engine.write(RecurrenceArguments, {
      ...commonArguments(backend, inputs, attributes, [batch, time, units], what),
      output: output.address,
      finalState: state.address,
    });
    run(backend, 'recurrence', batch * time * units * WORK[attributes.kind]);
    return [output, state];
  });
}

export function recurrenceGradient(
  backend: KernelHost,
  inputs: Inputs,
  attributes: RecurrenceAttributes,
): TensorInfo[] {
  const [batch, time, units] = inputs.output!.shape as [number, number, number];
  const what = 'the gradient of linearRecurrence';
  return backend.making((make) => {
    const dA = make(inputs.a!.shape, what);
    const dInitialState = make([batch, units], what);
    const dB = attributes.kind === 'coefficients' ? make([batch, time, units], what) : undefined;
    backend.engine.write(RecurrenceArguments, {
      ...commonArguments(backend, inputs, attributes, [batch, time, units], what),
      output: backend.address(inputs.output!, what),
      dOutput: backend.address(inputs.dOutput!, what),
      dFinalState: backend.address(inputs.dState!, what),
      dA: dA.address,
      dB: dB?.address,
      dInitialState: dInitialState.address,
    });
    run(backend, 'recurrenceGradient', batch * time * units * WORK[attributes.kind]);
    return dB ? [dA, dInitialState, dB] : [dA, dInitialState];
  });
}

function run({ engine }: KernelHost, job: 'recurrence' | 'recurrenceGradient', work: number): void {
  engine.run(job, engine.threadsFor(work));
}

/** The kernels of `linearRecurrence` and `minimalRecurrence`. */
export function linearRecurrenceKernels(): KernelConfig[] {
  return [
    kernel('LinearRecurrence', recurrenceForward),
    kernel('LinearRecurrenceGradient', recurrenceGradient),
  ];
}
