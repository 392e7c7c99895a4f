/** Dropout in a plan. */
import { DropoutMaskArguments } from '../../generated/abi';
import { runBinary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import { zeroPast } from './copies';
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
  const times = (x: Resident): Resident => {
    const whole = { row: true, column: true };
    const columns = x.shape.reduce((size, extent) => size * extent, 1);
    return runBinary(host, 'multiply', x, mask!, {
      shape: x.shape,
      rows: 1,
      columns,
      a: whole,
      b: whole,
    }) as Resident;
  };
  return {
    forward(input) {
      const x = source.forward(input);
      if (!acts) return x;
      const { shape } = x.tensor;
      mask = drawnMask(pass, shape, part);
      output = times(x.tensor);
      return made(output, x.isMasked);
    },
    backward(dOutput, wantsInput) {
      const dX = acts ? times(dOutput) : dOutput;
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

/** The current step's mask: 0 for dropped units, 1/(1−rate) for kept ones, [B, T, n] or [B, n]. */
function drawnMask(pass: Pass, shape: readonly number[], { rate, seedAt }: DropoutPart): Resident {
  const { host } = pass;
  const { engine } = host;
  const [batch, time, size] = shape.length === 3 ? shape : [shape[0], 1, shape[1]];
  const mask = host.makeResident(shape);
  const seeds = host.makeResident([time!]);
  host.between(() => {
    const { integers } = host;
    for (let t = 0; t < time!; t++) integers[seeds.address / 4 + t] = seedAt(t, pass.seed());
  });
  engine.write(DropoutMaskArguments, {
    ...{ batch: batch!, time: time!, size: size!, seeds: seeds.address, mask: mask.address },
    ...{ last: Math.ceil(rate * 2 ** 32) - 1, kept: 1 / (1 - rate) },
  });
  engine.run('dropoutMask', engine.threadsFor(batch! * time! * size! * DRAW_WORK));
  host.release(seeds);
  return mask;
}
