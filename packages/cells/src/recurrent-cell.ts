import type { RecurrentLayer } from '@unrolled/kernels';
import { checkState } from './checks';
import type { Cell, InputKind } from './contract';
import { unrollFused } from './fused';
import { type LayerCell, layerCell } from './layer-cell';

/**
 * Creates a cell of one layer with a state. It checks the state, and a whole sequence uses the fused kernels.
 */
export function recurrentCell<L extends RecurrentLayer, P, S, K extends InputKind>(
  options: Omit<LayerCell<L, P, S, K>, 'checkState' | 'unroll'>,
): Cell<P, S, K> {
  return layerCell<L, P, S, K>({
    ...options,
    checkState,
    unroll: (cell) => unrollFused(cell, options.layer),
  });
}
