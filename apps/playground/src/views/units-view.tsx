import { useMemo } from 'preact/hooks';
import type { Questions } from '../messages';
import { heatMap, visible } from '../pictures/heat-map';
import { otherPlaces, unitsThatFire } from '../search-units';
import { lookedText } from '../state/looked-text';
import type { Model } from '../state/model';
import { setSeen, state } from '../state/session';
import { palette } from '../theme';
import { words } from '../words';
import { Drawing, Field, useWidth } from './parts';
import { useAnswer } from './use-answer';

/** Number of units that are shown, and number of units by which other places are found. */
const SHOWN = 8;
const DECIDING = 3;

/** The units that are high within a range of a text, and other places where they are high. */
export function UnitsView({ model }: { model: Model }) {
  const { answer } = useAnswer(model, 'trace', { text: lookedText.value });
  if (!answer || answer.symbols.length < 2) return <p class="hint">{words.value.loading}</p>;
  return <Units traced={answer} />;
}

function Units({ traced: { symbols, trace } }: { traced: Questions['trace']['answer'] }) {
  const text = words.value;
  const [ref, width] = useWidth<HTMLDivElement>();
  const { seen } = state.value;
  const setRange = ([first, end]: readonly [number, number]) => setSeen({ from: first, to: end });
  const last = symbols.length - 1;
  const from = Math.min(seen.from, last);
  const to = Math.max(from, Math.min(seen.to, last));
  const layer = trace.layers.at(-1)!;
  const values = layer.values.h!;
  const colours = palette.value;
  const found = unitsThatFire(values, layer.units, [from, to]).slice(0, SHOWN);
  const places = otherPlaces(values, layer.units, found.slice(0, DECIDING), [from, to]);
  const picture = useMemo(() => {
    const rows = Float32Array.from(
      symbols.flatMap((_, t) => found.map(({ unit }) => values[t * layer.units + unit]!)),
    );
    const columnWidth = Math.max(11, Math.min(26, Math.floor((Math.max(width, 280) - 10) / symbols.length)));
    const blocks = [{ title: '', values: rows, rows: found.length, isGate: false }];
    return heatMap(
      { blocks, symbols, columnWidth, rowHeight: 18, marked: undefined, selected: [from, to] },
      colours,
    );
  }, [trace, from, to, width, colours]);
  const slider = (label: string, value: number, onInput: (value: number) => void) => (
    <Field label={`${label}: ${value + 1}, ${visible(symbols[value]!)}`}>
      {({ id }) => (
        <input
          id={id}
          type="range"
          min={0}
          max={last}
          value={value}
          onInput={(event) => onInput(Number(event.currentTarget.value))}
        />
      )}
    </Field>
  );
  return (
    <div>
      <p class="hint">{text.unitsHint}</p>
      <div class="row">
        {slider(text.from, from, (value) => setRange([value, Math.max(value, to)]))}
        {slider(text.to, to, (value) => setRange([Math.min(from, value), value]))}
      </div>
      <div ref={ref}>
        {width > 0 && (
          <Drawing
            picture={picture}
            label={`${text.views.units}: ${found.map(({ unit }) => unit).join(', ')}`}
            file="units"
          />
        )}
      </div>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.unit}</th>
            <th scope="col">{text.inside}</th>
            <th scope="col">{text.outside}</th>
          </tr>
        </thead>
        <tbody>
          {found.map(({ unit, inside, outside }) => (
            <tr key={unit}>
              <th scope="row">{unit}</th>
              <td>{inside.toFixed(2)}</td>
              <td>{outside.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>{text.otherPlaces}</h3>
      {places.length === 0 ? (
        <p>{text.noPlaces}</p>
      ) : (
        <ul class="places">
          {places.map(([start, end]) => (
            <li key={start}>
              <button type="button" class="quiet small" onClick={() => setRange([start, end])}>
                <code>
                  {symbols
                    .slice(Math.max(0, start - 6), start)
                    .map(visible)
                    .join('')}
                  <mark>
                    {symbols
                      .slice(start, end + 1)
                      .map(visible)
                      .join('')}
                  </mark>
                  {symbols
                    .slice(end + 1, end + 7)
                    .map(visible)
                    .join('')}
                </code>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
