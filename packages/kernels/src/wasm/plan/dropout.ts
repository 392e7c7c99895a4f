/** Dropout in a plan. */
import { DropoutMaskArguments } from '../../generated/abi';
import type { Resident } from '../kernels/host';
import { elementwise, sizesOf, zeroPast } from './copies';
import { made, maskStage } from './flow';
import type { Pass, Stage } from './pass';
import type { DropoutPart } from './plan-model';

/** Drawing a number takes about as long as this many multiply-adds. */
const DRAW_WORK = 32;

export function dropoutStage(pass: Pass, part: DropoutPart): Stage {
  const { host } = pass;
  const source = maskStage(pass);
  const acts = pass.training && part.rate > 0;
  let mask: Resident | undefined;
  let output: Resident | undefined;
  return {
    forward(input) {
      const x = source.forward(input);
      if (!acts) return x;
      mask = drawnMask(pass, x.tensor, part);
      output = elementwise(pass, 'multiply', x.tensor, mask);
      return made(output, x.isMasked);
    },
    backward(dOutput, wantsInput) {
      const dX = acts ? elementwise(pass, 'multiply', dOutput, mask!) : dOutput;
      host.release(mask, output);
      source.backward(dOutput, false);
      if (!wantsInput) {
        if (dX !== dOutput) host.release(dX);
        return undefined;
      }
      zeroPast(pass, dX);
      return dX;
    },
  };
}

/** The current step's mask of a tensor: 0 for dropped units, 1/(1−rate) for kept ones. */
function drawnMask(pass: Pass, tensor: Resident, { rate, seedAt }: DropoutPart): Resident {
  const { host } = pass;
  const { engine } = host;
  const [batch, time, size] = sizesOf(tensor);
  const mask = host.makeResident(tensor.shape);
  const seeds = host.makeResident([time]);
  host.between(() => {
    const { integers } = host;
    for (let t = 0; t < time; t++) integers[seeds.address / 4 + t] = seedAt(t, pass.seed());
  });
  engine.write(DropoutMaskArguments, {
    ...{ batch, time, size, seeds: seeds.address, mask: mask.address },
    ...{ last: Math.ceil(rate * 2 ** 32) - 1, kept: 1 / (1 - rate) },
  });
  engine.run('dropoutMask', engine.threadsFor(batch * time * size * DRAW_WORK));
  host.release(seeds);
  return mask;
}
