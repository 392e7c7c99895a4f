/**
 * Where a cell takes the fused sequence kernels of `@unrolled/kernels`, and where it cannot.
 *
 * A backend without the kernel simply runs the step-by-step path: slower, never wrong. A backend that has it, with a
 * cell whose options it lacks, says so once, through a listener that a program may replace.
 */
import { type FusedOp, hasFusedKernel } from '@unrolled/kernels';
import { type AnyPart, nameOf } from './contract';

/** Why a cell runs step by step although the backend has a fused kernel for its kind. */
export interface Fallback {
  /** The cell's name: 'lstm'. */
  readonly cell: string;
  /** The kernel that was passed over: 'lstmSequence'. */
  readonly kernel: FusedOp;
  /** What the kernel lacks: ['peepholes']. */
  readonly lacking: readonly string[];
}

const warn = ({ cell, lacking }: Fallback) =>
  console.warn(
    `[unrolled/cells] ${cell}: the fused kernel has no ${lacking.join(', no ')}; running step by step, which is slower`,
  );

let listener: (fallback: Fallback) => void = warn;
const told = new Set<string>();

/**
 * Replaces what happens when a cell cannot use the fused kernel of the current backend; by default one line
 * per cell kind and reason goes to `console.warn`. Each is told once per listener.
 *
 * @returns a function that puts the default back
 */
export function onFallback(listen: (fallback: Fallback) => void): () => void {
  listener = listen;
  told.clear();
  return () => {
    listener = warn;
    told.clear();
  };
}

/** Whether `cell` can run on the current backend's fused kernel, of which it would miss what `lacking` names. */
export function usesFused(cell: AnyPart, kernel: FusedOp, lacking: readonly string[]): boolean {
  if (!hasFusedKernel(kernel)) return false;
  if (lacking.length === 0) return true;
  const fallback = { cell: nameOf(cell), kernel, lacking };
  const key = JSON.stringify(fallback);
  if (!told.has(key)) {
    told.add(key);
    listener(fallback);
  }
  return false;
}
