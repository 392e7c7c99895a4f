import { useMemo } from 'preact/hooks';
import type { Questions } from '../messages';
import { columnAt, type HeatMap, heatMap, visible } from '../pictures/heat-map';
import { lookedText } from '../state/looked-text';
import type { Model } from '../state/model';
import { setGate, setSeen, state } from '../state/session';
import { palette } from '../theme';
import { words } from '../words';
import { TOP } from '../worker/trace';
import { Drawing, Select, useWidth } from './parts';
import { useAnswer } from './use-answer';

type Traced = Questions['trace']['answer'];

/** Values in 0 … 1; the others are in −1 … 1, except a cell state. */
const GATES: ReadonlySet<string> = new Set(['i', 'f', 'o', 'z', 'r']);

/** Gates and states over a text, and the values at one time step. */
export function MemoryView({ model }: { model: Model }) {
  const { answer } = useAnswer(model, 'trace', { text: lookedText.value });
  if (!answer || answer.symbols.length === 0) return <p class="hint">{words.value.loading}</p>;
  return <Memory traced={answer} />;
}

function Memory({ traced }: { traced: Traced }) {
  const text = words.value;
  const { symbols, trace } = traced;
  const [ref, width] = useWidth<HTMLDivElement>();
  const { seen, gate: shown } = state.value;
  const count = trace.layers.length;
  const layerShown = seen.layer === 0 ? count : Math.min(seen.layer, count);
  const layer = trace.layers[layerShown - 1]!;
  const names = Object.keys(layer.values);
  const time = Math.min(seen.time, symbols.length - 1);
  const setTime = (value: number) => setSeen({ time: value });
  const chosen = names.includes(shown) ? [shown] : names;
  const colours = palette.value;
  const nameOf = (name: string) => text.gateNames[name] ?? name;
  const map = useMemo((): HeatMap => {
    const fitting = Math.floor((Math.max(width, 280) - 10) / symbols.length);
    return {
      blocks: chosen.map((name) => ({
        title: nameOf(name),
        values: layer.values[name]!,
        rows: layer.units,
        isGate: GATES.has(name),
      })),
      symbols,
      columnWidth: Math.max(11, Math.min(26, fitting)),
      rowHeight: Math.max(
        2,
        Math.min(chosen.length > 1 ? 7 : 12, Math.floor((chosen.length > 1 ? 110 : 420) / layer.units)),
      ),
      marked: time,
    };
  }, [traced, width, layer, shown, time, text]);
  const picture = useMemo(() => heatMap(map, colours), [map, colours]);
  const move = (by: number) => setTime(Math.max(0, Math.min(symbols.length - 1, time + by)));
  return (
    <div class="memory">
      <div class="row">
        {count > 1 && (
          <Select
            label={text.layer}
            value={String(layerShown)}
            options={trace.layers.map((_, at) => ({ value: String(at + 1), label: String(at + 1) }))}
            onChange={(value) => setSeen({ layer: Number(value) })}
          />
        )}
        {names.length > 1 && (
          <Select
            label={text.show}
            value={names.includes(shown) ? shown : 'all'}
            options={[
              { value: 'all', label: text.allGates },
              ...names.map((value) => ({ value, label: nameOf(value) })),
            ]}
            onChange={(value) => setGate(value as typeof shown)}
          />
        )}
      </div>
      <div ref={ref}>
        {width > 0 && (
          <Drawing
            picture={picture}
            label={text.heatMapInWords(chosen.map(nameOf).join('; '), symbols.length, layer.units)}
            file="gates"
            onPlace={(x) => {
              const column = columnAt(x, map);
              if (column !== undefined) setTime(column);
            }}
          />
        )}
      </div>
      <p class="hint">{text.memoryHint}</p>
      <div class="row">
        <button type="button" disabled={time === 0} onClick={() => move(-1)} aria-label={text.timeBack}>
          ←
        </button>
        <button
          type="button"
          disabled={time === symbols.length - 1}
          onClick={() => move(1)}
          aria-label={text.timeOn}
        >
          →
        </button>
        <label class="time">
          <input
            type="range"
            min={0}
            max={symbols.length - 1}
            value={time}
            onInput={(event) => setTime(Number(event.currentTarget.value))}
          />
          {text.timeAt(time + 1, symbols.length, visible(symbols[time]!))}
        </label>
      </div>
      <TimeStep traced={traced} layer={layer} time={time} nameOf={nameOf} />
    </div>
  );
}

/** The network's prediction after a time step, and three values of each gate. */
function TimeStep({
  traced,
  layer,
  time,
  nameOf,
}: {
  traced: Traced;
  layer: Traced['trace']['layers'][number];
  time: number;
  nameOf(name: string): string;
}) {
  const text = words.value;
  const { trace, alphabet } = traced;
  const next = Array.from({ length: TOP }, (_, n) => time * TOP + n).filter(
    (at) => trace.nextProbabilities[at]! > 0,
  );
  return (
    <div class="time-step">
      <div>
        <h3>{text.expects}</h3>
        <ol class="bars">
          {next.map((at) => {
            const share = trace.nextProbabilities[at]!;
            return (
              <li key={at}>
                <code>{visible(alphabet[trace.nextIds[at]!]!)}</code>
                <meter min={0} max={1} value={share} aria-label={visible(alphabet[trace.nextIds[at]!]!)} />
                <span>{(100 * share).toFixed(1)} %</span>
              </li>
            );
          })}
        </ol>
      </div>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{text.least}</th>
            <th scope="col">{text.mean}</th>
            <th scope="col">{text.most}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(layer.values).map(([name, values]) => {
            const row = values.subarray(time * layer.units, (time + 1) * layer.units);
            const mean = row.reduce((a, b) => a + b, 0) / row.length;
            return (
              <tr key={name}>
                <th scope="row">{nameOf(name)}</th>
                {[Math.min(...row), mean, Math.max(...row)].map((value, at) => (
                  <td key={at}>{value.toFixed(2)}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
