/** The activations of dense parts and their gradients, rounded where tfjs's ops round. */
import type { ActivationData } from '../../layers/layer';
import { runUnary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import { elementwise } from './copies';
import type { Pass, Stage } from './pass';

/** An activation whose gradient a plan can compute from the output y and its gradient. */
interface Known {
  /**
   * The job that computes the activation on this backend, or a function of one element if there is no job.
   */
  readonly of: 'tanh' | 'sigmoid' | ((x: number) => number);
  readonly slope: 'tanhGradient' | ((y: number, dy: number) => number);
}

const { fround } = Math;

const KNOWN: Partial<Record<ActivationData, Known>> = {
  tanh: { of: 'tanh', slope: 'tanhGradient' },
  sigmoid: { of: 'sigmoid', slope: (y, dy) => dy * fround(y * fround(1 - y)) },
  relu: { of: (x) => Math.max(0, x), slope: (y, dy) => (y > 0 ? dy : 0 * dy) },
};

/** Whether plans support the activation. */
export const isKnownActivation = (activation: ActivationData) =>
  activation === 'linear' || activation in KNOWN;

/** The activation as a stage; undefined for none. */
export function activationStage(pass: Pass, activation: ActivationData): Stage | undefined {
  const known = KNOWN[activation];
  if (!known) return undefined;
  const { host, training } = pass;
  const { of, slope } = known;
  let output: Resident;
  return {
    forward({ tensor, isMasked }) {
      const size = tensor.shape.reduce((product, extent) => product * extent, 1);
      if (typeof of === 'string') {
        output = runUnary(host, of, tensor) as Resident;
      } else {
        output = host.makeResident(tensor.shape);
        const [from, to] = [tensor.address / 4, output.address / 4];
        host.between(() => {
          for (let n = 0; n < size; n++) host.floats[to + n] = of(host.floats[from + n]!);
        });
      }
      if (training) host.release(tensor);
      return { tensor: output, isMasked, isOwn: true };
    },
    backward(dOutput) {
      if (typeof slope === 'string') return elementwise(pass, slope, dOutput, output);
      const size = output.shape.reduce((product, extent) => product * extent, 1);
      const dX = host.makeResident(output.shape);
      const [y, from, to] = [output.address / 4, dOutput.address / 4, dX.address / 4];
      host.between(() => {
        const { floats } = host;
        for (let n = 0; n < size; n++) floats[to + n] = slope(floats[y + n]!, floats[from + n]!);
      });
      return dX;
    },
  };
}
