import { useMemo } from 'preact/hooks';
import type { Questions } from '../messages';
import { colourAt, type Palette } from '../pictures/colours';
import { inShort } from '../pictures/line-chart';
import type { Picture, Shape } from '../pictures/picture';
import type { Model } from '../state/model';
import { palette } from '../theme';
import { words } from '../words';
import { Drawing, useWidth } from './parts';
import { useAnswer } from './use-answer';

type Matrix = Questions['weights']['answer'][number];

/** Every parameter as a picture. */
export function WeightsView({ model }: { model: Model }) {
  const text = words.value;
  const { answer } = useAnswer(model, 'weights', {});
  const [ref, width] = useWidth<HTMLDivElement>();
  return (
    <div ref={ref}>
      <p class="hint">{text.weightsHint}</p>
      {answer && width > 0 ? (
        answer.map((matrix) => <MatrixView key={matrix.name} matrix={matrix} width={width} />)
      ) : (
        <p class="hint">{text.loading}</p>
      )}
    </div>
  );
}

function MatrixView({ matrix, width }: { matrix: Matrix; width: number }) {
  const colours = palette.value;
  const { name, rows, columns } = matrix;
  const { picture, most } = useMemo(() => matrixPicture(matrix, width, colours), [matrix, width, colours]);
  const title = `${name} [${rows === 1 ? columns : `${rows} × ${columns}`}]`;
  return (
    <section class="matrix">
      <h3>
        <code>{title}</code> <small class="hint">{words.value.weightsMost(inShort(most))}</small>
      </h3>
      <Drawing picture={picture} label={title} file={`weights-${name}`} />
    </section>
  );
}

/** Cells that a picture has, at most; a larger matrix is drawn by the means of neighbours. */
const MOST_CELLS = 128 * 256;

function matrixPicture(
  matrix: Matrix,
  width: number,
  { diverging, background }: Palette,
): { picture: Picture; most: number } {
  const { rows, columns, values } = pooled(matrix);
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const cell = Math.max(1.5, Math.min(12, Math.floor((2 * width) / columns) / 2));
  const height = Math.max(rows === 1 ? 12 : 1.5, Math.min(12, cell, 320 / rows));
  const shapes: Shape[] = [];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const fill = colourAt(diverging, (values[row * columns + column]! / most + 1) / 2);
      shapes.push({ kind: 'rect', x: column * cell, y: row * height, width: cell, height, fill });
    }
  return { picture: { width: columns * cell, height: rows * height, background, shapes }, most };
}

function pooled({ rows, columns, values }: Matrix): {
  rows: number;
  columns: number;
  values: ArrayLike<number> & { reduce: Float32Array['reduce'] };
} {
  const by = Math.ceil(Math.sqrt((rows * columns) / MOST_CELLS));
  if (by <= 1) return { rows, columns, values };
  const [less, fewer] = [Math.ceil(rows / by), Math.ceil(columns / by)];
  const means = new Float32Array(less * fewer);
  const counts = new Float32Array(less * fewer);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const place = Math.floor(row / by) * fewer + Math.floor(column / by);
      means[place] = means[place]! + values[row * columns + column]!;
      counts[place] = counts[place]! + 1;
    }
  return { rows: less, columns: fewer, values: means.map((sum, at) => sum / counts[at]!) };
}
