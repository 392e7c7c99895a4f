import type { Picture } from '@unrolled/example-data';

/**
 * Number of cells along a side, pixels of a cell's side, directions of strokes, and numbers of a cell: one
 * for each direction, and its colour.
 */
export const [STROKE_CELLS, CELL, DIRECTIONS] = [8, 4, 6];
export const STROKES = DIRECTIONS + 3;

/**
 * A description of a drawing that depends little on the artist's style, as 8 × 8 cells of 9 numbers: the
 * strength of edges in six directions, and the mean colour. An edge counts by the root of its contrast and
 * relative to the picture's other edges, so thin outlines, soft shades and flat colours give similar numbers
 * (after the histograms of Dalal and Triggs, 2005).
 *
 * A pixel with the differences dx and dy of grey to both sides has m = √(dx² + dy²) and the angle φ;
 * direction d of D gets √max(0, m cos(2φ − 2πd / D)).
 */
export function strokesOf(picture: Picture): Float32Array {
  const side = STROKE_CELLS * CELL;
  const result = new Float32Array(STROKE_CELLS ** 2 * STROKES);
  const grey = greyOf(picture);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = row * side + column;
      const to = (Math.floor(row / CELL) * STROKE_CELLS + Math.floor(column / CELL)) * STROKES;
      for (let c = 0; c < 3; c++) result[to + DIRECTIONS + c]! += picture[3 * at + c]! / CELL ** 2;
      const across = column > 0 && column < side - 1 ? grey[at + 1]! - grey[at - 1]! : 0;
      const down = row > 0 && row < side - 1 ? grey[at + side]! - grey[at - side]! : 0;
      const length = Math.hypot(across, down);
      if (length < 1e-4) continue;
      const [along, aslant] = [(across ** 2 - down ** 2) / length, (2 * across * down) / length];
      for (const [d, [cos, sin]] of TURNS.entries()) {
        result[to + d]! += Math.sqrt(Math.max(0, along * cos + aslant * sin)) / CELL ** 2;
      }
    }
  }
  return evened(result);
}

const TURNS = Array.from({ length: DIRECTIONS }, (_, d) => {
  const angle = (2 * Math.PI * d) / DIRECTIONS;
  return [Math.cos(angle), Math.sin(angle)] as const;
});

const greyOf = (picture: Picture) =>
  Float32Array.from({ length: picture.length / 3 }, (_, at) => {
    return 0.299 * picture[3 * at]! + 0.587 * picture[3 * at + 1]! + 0.114 * picture[3 * at + 2]!;
  });

/** Edges are divided by the root of the picture's mean square, and colours are centred. */
function evened(strokes: Float32Array): Float32Array {
  let sum = 0;
  for (const [at, value] of strokes.entries()) if (at % STROKES < DIRECTIONS) sum += value ** 2;
  const size = Math.sqrt(sum / STROKE_CELLS ** 2 + 0.01);
  return strokes.map((value, at) => 2 * (at % STROKES < DIRECTIONS ? value / size : value - 0.8));
}
