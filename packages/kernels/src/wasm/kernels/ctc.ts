import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { CtcArguments } from '../../generated/abi';
import type { CtcAttributes } from '../../ops/ctc-losses';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import type { KernelHost, Resident } from './host';
import { kernel } from './kernel';

/** An exponential, and a state of the recursion, take about as long as this many multiply-adds. */
const EXP_WORK = 32;
const STATE_WORK = 32;

const roundUp = (n: number) => Math.ceil(n / 16) * 16;

/** Scratch bytes per thread, in the layout of assembly/ctc.ts. */
function scratchBytes(time: number, classes: number, width: number, keep: boolean): number {
  const states = roundUp(width + 1) + 16;
  const rows = (keep ? time : 1) + 1;
  return 64 + 4 * (2 * roundUp(classes) + 6 * states * (1 + rows) + roundUp(time));
}

/** The job's inputs except the logits. */
interface CtcInputs extends Pick<CtcAttributes, 'blank' | 'zeroInfinity' | 'keep'> {
  /** Maximum number of labels of a row. */
  readonly width: number;
  /** Addresses of int32 arrays, valid while `making` runs: labels [B, width], and two numbers per row. */
  places(): { readonly labels: number; readonly labelCounts: number; readonly lengths: number };
}

/** The losses [B], and with `keep` their gradient with respect to the logits. */
export function runCtc(backend: KernelHost, logits: TensorInfo, inputs: CtcInputs): Resident[] {
  const { width, blank, zeroInfinity, keep } = inputs;
  const { engine } = backend;
  const [batch, time, classes] = logits.shape as [number, number, number];
  const work = batch * time * (classes * EXP_WORK + width * STATE_WORK * (keep ? 4 : 2));
  const threads = Math.max(1, Math.min(engine.threadsFor(work), batch));
  const what = 'the CTC loss';
  return backend.making((make) => {
    const loss = make([batch], what);
    const gradient = keep ? make(logits.shape, what) : undefined;
    const bytes = scratchBytes(time, classes, width, keep);
    engine.write(CtcArguments, {
      batch,
      time,
      classes,
      width,
      blank,
      zeroInfinity,
      logits: backend.address(logits, what),
      ...inputs.places(),
      loss: loss.address,
      dLogits: gradient?.address,
      scratch: engine.temporary(bytes * threads, what),
      scratchBytes: bytes,
    });
    engine.run('ctc', threads);
    return gradient ? [loss, gradient] : [loss];
  });
}

function run(backend: UnrolledBackend, logits: TensorInfo, attributes: CtcAttributes): TensorInfo[] {
  const { targets, lengths } = attributes;
  const counts = targets.map(({ length }) => length);
  const width = Math.max(0, ...counts);
  const labels = new Array<number>(targets.length * width).fill(0);
  for (const [b, row] of targets.entries())
    for (let i = 0; i < row.length; i++) labels[b * width + i] = row[i]!;
  const integers = (values: readonly number[]) => backend.lengths(values, 'the CTC loss');
  return runCtc(backend, logits, {
    ...attributes,
    width,
    places: () => ({
      labels: integers(labels),
      labelCounts: integers(counts),
      lengths: integers(lengths),
    }),
  });
}

/** The kernel of `ctcLosses`. */
export function ctcKernels(): KernelConfig[] {
  return [
    kernel<CtcAttributes>('Ctc', (backend, { logits }, attributes) => run(backend, logits!, attributes)),
  ];
}
