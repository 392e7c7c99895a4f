/** Runs of floats from one array to another, as a job. */
import { CopyArguments } from '../../generated/abi';
import type { KernelHost } from './host';

/** A copied float takes as long as about this many multiply-adds. */
const COPY_WORK = 8;

/** `rows` runs of `width` floats; addresses in bytes, `xStart` and strides in floats. */
export function copyRows(host: Pick<KernelHost, 'engine'>, runs: CopyArguments): void {
  const { engine } = host;
  engine.write(CopyArguments, runs);
  engine.run('copy', engine.threadsFor(runs.rows * runs.width * COPY_WORK));
}

/** Floats that stand together. */
export function copyFloats(host: Pick<KernelHost, 'engine'>, y: number, x: number, count: number): void {
  copyRows(host, { rows: 1, width: count, xStride: count, yStride: count, x, y });
}
