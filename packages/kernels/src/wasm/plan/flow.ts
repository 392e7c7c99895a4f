/** The operations of stages on the values between them. */
import type { Resident } from '../kernels/host';
import { copyValid } from './copies';
import type { Flow, Pass, Stage } from './pass';

/** The result of a stage. */
export const made = (tensor: Resident, isMasked = true): Flow => ({ tensor, isMasked, isOwn: true });

/** Frees what no gradient will want, once `next` is made of it. */
export function letGo({ host, training }: Pass, { tensor, isOwn }: Flow, next: Flow): void {
  if (!training && isOwn && tensor !== next.tensor) host.release(tensor);
}

/** Each stage reads what the one before it gives. */
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

/** The value with 0 past each row's length; a copy if it may have something else there. */
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
