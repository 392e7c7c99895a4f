import { useMemo } from 'preact/hooks';
import type { Questions } from '../messages';
import { levelAt, type Palette } from '../pictures/colours';
import { inShort } from '../pictures/line-chart';
import type { Picture } from '../pictures/picture';
import type { Model } from '../state/model';
import { palette } from '../theme';
import { words } from '../words';
import { Drawing, useWidth } from './parts';
import { useAnswer } from './use-answer';

type Matrix = Questions['weights']['answer'][number];

/** Every parameter as an image. */
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

function matrixPicture(
  { drawn: { rows, columns, values } }: Matrix,
  width: number,
  { diverging, background }: Palette,
): { picture: Picture; most: number } {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  const levels = Uint8Array.from(values, (value) => levelAt((value / (most || 1) + 1) / 2));
  const cell = Math.max(1.5, Math.min(12, Math.floor((2 * width) / columns) / 2));
  const height = Math.max(rows === 1 ? 12 : 1.5, Math.min(12, cell, 320 / rows));
  const matrix = { x: 0, y: 0, columns, rows, width: cell, height, gaps: [0, 0] as const };
  return {
    picture: {
      ...{ width: columns * cell, height: rows * height, background },
      shapes: [{ kind: 'cells', ...matrix, scale: diverging, levels }],
    },
    most,
  };
}
