import { Matrix, QrDecomposition } from 'ml-matrix';

/** The rows that are decomposed at once: with some ninety columns they fit into a core's cache. */
const ROWS_AT_ONCE = 4096;

/** R of a QR decomposition; many rows go block by block, each beneath the triangle of those before it. */
export function triangleOf(rows: readonly number[][]): Matrix {
  let triangle: Matrix | undefined;
  for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
    const block = [...(triangle?.to2DArray() ?? []), ...rows.slice(first, first + ROWS_AT_ONCE)];
    triangle = new QrDecomposition(new Matrix(block)).upperTriangularMatrix;
  }
  return triangle!;
}
