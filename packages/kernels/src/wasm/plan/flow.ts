/** The operations of stages on the values that they pass to each other. */
import type { Resident } from '../kernels/host';
import { copyValid } from './copies';
import type { Flow, Pass, Stage } from './pass';

/** The result of a stage. */
export const made = (tensor: Resident, isMasked = true): Flow => ({ tensor, isMasked, isOwn: true });

/** Frees a value that no gradient needs, after `next` has been computed from it. */
export function letGo({ host, training }: Pass, { tensor, isOwn }: Flow, next: Flow): void {
  if (!training && isOwn && tensor !== next.tensor) host.release(tensor);
}

/** Runs stages in order; each reads the output of the one before. */
export function inOrder(pass: Pass, stages: readonly Stage[]): Stage {
  return {
    forward: (input) =>
      stages.reduce((flow, stage) => {
        const next = stage.forward(flow);
        if (flow !== input) letGo(pass, flow, next);
        return next;
      }, input),
    backward(gradient, wantsInput) {
      let d: Resident | undefined = gradient;
      for (let n = stages.length - 1; n >= 0; n--) {
        const next: Resident | undefined = stages[n]!.backward(d!, wantsInput || n > 0);
        if (d !== gradient && d !== next) pass.host.release(d);
        d = next;
        if (!d) break;
      }
      return d;
    },
  };
}

/** Sets the value to 0 past each row's length. It copies the value unless it is zero there already. */
export function maskStage(pass: Pass): Stage {
  let copy: Resident | undefined;
  return {
    forward(input) {
      if (!pass.hasLengths || input.isMasked) return input;
      copy = copyValid(pass, input.tensor);
      return made(copy);
    },
    backward() {
      pass.host.release(copy);
      return undefined;
    },
  };
}
