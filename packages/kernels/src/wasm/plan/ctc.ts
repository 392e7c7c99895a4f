/** The loss `ctcLoss` of `@unrolled/losses` in a plan: the mean of the rows' losses over their labels. */
import { runCtc } from '../kernels/ctc';
import { runBinary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import { type LossInputs, type LossStage, sumOf } from './loss-stage';
import type { Pass } from './pass';

export function ctcStage(
  pass: Pass,
  { output: logits, targets: labels, labelCounts }: LossInputs,
): LossStage {
  const { host, batch, time, hasLengths, training } = pass;
  const counts = labelCounts!.address;
  const [losses, gradient] = runCtc(host, logits, {
    ...{ width: labels.shape[1]!, blank: 0, zeroInfinity: false, keep: training },
    places: () => ({
      labels: labels.address,
      labelCounts: counts,
      lengths: hasLengths
        ? host.lengths()
        : host.engine.temporaryIntegers(new Array<number>(batch).fill(time), 'lengths'),
    }),
  }) as [Resident, Resident?];
  const shares = host.makeResident([batch]);
  const weighted = host.makeResident([batch]);
  host.between(() => {
    const { floats, integers } = host;
    for (let row = 0; row < batch; row++) {
      const share = Math.fround(1 / (Math.max(1, integers[counts / 4 + row]!) * batch));
      floats[shares.address / 4 + row] = share;
      floats[weighted.address / 4 + row] = floats[losses.address / 4 + row]! * share;
    }
  });
  const read = sumOf(pass, weighted);
  host.release(losses, weighted);
  return {
    read,
    backward() {
      const columns = time * logits.shape[2]!;
      const whole = { row: true, column: true };
      const plan = { shape: logits.shape, rows: batch, columns, a: whole, b: { row: true, column: false } };
      const dLogits = runBinary(host, 'multiply', gradient!, shares, plan) as Resident;
      host.release(gradient, shares);
      return dLogits;
    },
  };
}
