import { useMemo } from 'preact/hooks';
import { inShort, lineChart, type Series } from '../pictures/line-chart';
import { choice, models, setSeen, state } from '../state/session';
import { palette } from '../theme';
import { words } from '../words';
import { Drawing, useWidth } from './parts';

/** Maximum number of points of a curve: about two per pixel on a narrow screen. */
const POINTS = 400;

/** The loss of each model, its validation losses, and the line of the bigram model. */
export function LossView() {
  const text = words.value;
  const isLog = state.value.seen.log === 1;
  const [ref, width] = useWidth<HTMLDivElement>();
  const shown = models.value;
  const version = shown.map(({ version }) => version.value).join();
  const colours = palette.value;
  const bigram = shown.find(({ begun }) => begun.value)?.begun.value?.bigram;
  const cells = [choice.value.cell, choice.value.beside];
  const picture = useMemo(() => {
    const curves = shown.map(
      (model, at): Series => ({
        name: String(cells[at]),
        colour: colours.series[at]!,
        points: model.losses.points(POINTS).map(({ step, loss }) => [step, loss]),
      }),
    );
    const validations = shown.map(
      (model, at): Series => ({
        ...{ name: '', colour: colours.series[at]!, dots: true },
        points: thinned(model.validation.value, 40),
      }),
    );
    const last = Math.max(10, ...curves.flatMap(({ points }) => points.slice(-1).map(([step]) => step)));
    const line = { name: text.bigram, colour: colours.quiet, dashed: true, width: 1.5 };
    const baseline: Series[] =
      bigram === undefined
        ? []
        : [
            {
              ...line,
              points: [
                [1, bigram],
                [last, bigram],
              ],
            },
          ];
    return lineChart(
      {
        ...{ width: Math.max(240, width), height: 260, xLabel: text.stepAxis, yLabel: text.lossAxis, isLog },
        series: [...baseline, ...curves, ...validations],
        fromZero: !isLog,
        marked: shown[0]!.looked.value,
      },
      colours,
    );
  }, [version, width, isLog, colours, text, shown]);
  const said = shown
    .map((model, at) => {
      const loss = model.losses.last;
      if (loss === undefined || bigram === undefined) return '';
      const name = shown.length > 1 ? `${text.cells[cells[at] as 'lstm']}: ` : '';
      return name + text.lossInWords(model.step.value, inShort(loss), inShort(bigram));
    })
    .join(' ');
  return (
    <section class="card" aria-labelledby="loss-title">
      <header>
        <h2 id="loss-title">{text.lossChart}</h2>
        <ul class="legend">
          {shown.map((_, at) => (
            <li key={at} class={`series-${at}`}>
              {shown.length > 1 ? text.cells[cells[at] as 'lstm'] : text.training}
            </li>
          ))}
          <li class="dots">{text.validation}</li>
          <li class="dashed" title={text.bigramHint}>
            {text.bigram}
          </li>
        </ul>
        <label class="check">
          <input
            type="checkbox"
            checked={isLog}
            onChange={(event) => setSeen({ log: Number(event.currentTarget.checked) })}
          />
          {text.logScale}
        </label>
      </header>
      <div ref={ref}>
        {width > 0 && <Drawing picture={picture} label={said || text.lossChart} file="loss" />}
      </div>
      <p class="hint">{text.bigramHint}</p>
    </section>
  );
}

function thinned<T>(values: readonly T[], most: number): readonly T[] {
  const each = Math.max(1, Math.ceil(values.length / most));
  return values.filter((_, at) => (values.length - 1 - at) % each === 0);
}
