/** The matrix products of tfjs's op `matMul` in plans, and the products of its gradients. */
import type { Resident } from '../kernels/host';
import { runProduct } from '../kernels/matmul';
import type { Pass } from './pass';

const rowsOf = ({ shape }: Resident) => shape.slice(0, -1).reduce((product, extent) => product * extent, 1);

/** The product of two matrices, with any outer axes of a. With `transposeA` it sums over all rows of a. */
function product(
  { host }: Pass,
  a: Resident,
  b: Resident,
  shape: number[],
  { transposeA = false, transposeB = false }: { transposeA?: boolean; transposeB?: boolean },
): Resident {
  const inner = transposeA ? rowsOf(a) : a.shape.at(-1)!;
  const columns = shape.at(-1)!;
  const size = {
    batch: 1,
    rows: 0,
    columns,
    inner,
    transposeA,
    transposeB,
    aBroadcast: true,
    bBroadcast: true,
  };
  size.rows = shape.slice(0, -1).reduce((count, extent) => count * extent, 1);
  return runProduct(host, a, b, undefined, shape, size) as Resident;
}

/** x·W for every row */
export const times = (pass: Pass, x: Resident, weights: Resident): Resident =>
  product(pass, x, weights, [...x.shape.slice(0, -1), weights.shape[1]!], {});

/** dY·Wᵀ, the gradient of x */
export const timesTransposed = (pass: Pass, dY: Resident, weights: Resident): Resident =>
  product(pass, dY, weights, [...dY.shape.slice(0, -1), weights.shape[0]!], { transposeB: true });

/** xᵀ·dY, the gradient of W */
export const weightGradient = (pass: Pass, x: Resident, dY: Resident): Resident =>
  product(pass, x, dY, [x.shape.at(-1)!, dY.shape.at(-1)!], { transposeA: true });
