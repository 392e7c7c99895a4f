/** Copies runs of floats between arrays, as a job. */
import { CopyArguments } from '../../generated/abi';
import type { KernelHost } from './host';

/** Copying a float takes about as long as this many multiply-adds. */
const COPY_WORK = 8;

/** Copies `rows` runs of `width` floats; addresses are in bytes, `xStart` and strides in floats. */
export function copyRows(host: Pick<KernelHost, 'engine'>, runs: CopyArguments): void {
  const { engine } = host;
  engine.write(CopyArguments, runs);
  engine.run('copy', engine.threadsFor(runs.rows * runs.width * COPY_WORK));
}

/** Copies contiguous floats. */
export function copyFloats(host: Pick<KernelHost, 'engine'>, y: number, x: number, count: number): void {
  copyRows(host, { rows: 1, width: count, xStride: count, yStride: count, x, y });
}
