/**
 * Where a cell takes the fused sequence kernels of `@unrolled/kernels`, and where it cannot.
 *
 * A backend without the kernel simply runs the step-by-step path: slower, never wrong. A backend that has it, with a
 * cell whose options it lacks, says so once, through a listener that a program may replace.
 */
import { type FusedOp, hasFusedKernel, tellFallback } from '@unrolled/kernels';
import { type AnyPart, nameOf } from './contract';

export { type Fallback, onFallback } from '@unrolled/kernels';

/** Whether `cell` can run on the current backend's fused kernel, of which it would miss what `lacking` names. */
export function usesFused(cell: AnyPart, kernel: FusedOp, lacking: readonly string[]): boolean {
  if (!hasFusedKernel(kernel)) return false;
  if (lacking.length === 0) return true;
  const caller = nameOf(cell);
  const message = `[unrolled/cells] ${caller}: the fused kernel has no ${lacking.join(', no ')}; running step by step, which is slower`;
  tellFallback({ caller, passedOver: 'the fused kernel', reasons: lacking, message });
  return false;
}
