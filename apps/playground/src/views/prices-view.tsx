import { useMemo, useRef } from 'preact/hooks';
import type { Forecast } from '../messages';
import { lineChart } from '../pictures/line-chart';
import { forecast, forecastPrices, isForecasting, openPrices, refusal } from '../state/prices';
import { madeUpPrices } from '../texts/made-up-prices';
import { palette } from '../theme';
import { language, words } from '../words';
import { Drawing, useWidth } from './parts';

/** A forecast of a CSV of prices, compared with "tomorrow = today". */
export function PricesView() {
  const text = words.value.prices;
  const input = useRef<HTMLInputElement>(null);
  const isBusy = isForecasting.value;
  return (
    <div class="prices">
      <p class="hint">
        {text.hint} {text.advice}
      </p>
      <div class="row">
        <button type="button" disabled={isBusy} onClick={() => input.current?.click()}>
          {text.open}
        </button>
        <button type="button" disabled={isBusy} onClick={() => void forecastPrices(madeUpPrices())}>
          {text.example}
        </button>
        <input
          ref={input}
          type="file"
          class="hidden"
          tabIndex={-1}
          aria-label={text.open}
          accept=".csv,.tsv,.txt,text/csv"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file) void openPrices(file);
          }}
        />
      </div>
      <div role="status">
        {isBusy && <p>{text.training}</p>}
        {refusal.value && (
          <p class="wrong">
            {words.value.failed}: {refusal.value}
          </p>
        )}
      </div>
      {forecast.value && !isBusy && <Result forecast={forecast.value} />}
    </div>
  );
}

function Result({ forecast: of }: { forecast: Forecast }) {
  const text = words.value.prices;
  const [ref, width] = useWidth<HTMLDivElement>();
  const colours = palette.value;
  const { tested, dates, level, next, errors, verdict } = of;
  const last = tested.at(-1)!.row;
  const picture = useMemo(() => {
    const banded = tested.filter(({ low }) => Number.isFinite(low));
    const points = [
      ...banded,
      ...(next.low === null ? [] : [{ row: last + 1, low: next.low, high: next.high! }]),
    ];
    const shade = `${colours.series[0]}33`;
    return lineChart(
      {
        ...{ width: Math.max(240, width), height: 320, xLabel: '', yLabel: of.column },
        bands: [{ colour: shade, points: points.map(({ row, low, high }) => [row, low, high]) }],
        series: [
          {
            name: text.price,
            colour: colours.ink,
            width: 1.5,
            points: tested.map(({ row, price }) => [row, price]),
          },
          {
            ...{ name: text.forecast, colour: colours.series[0], width: 1.5 },
            points: [
              ...tested.map(({ row, forecast: value }) => [row, value] as const),
              [last + 1, next.forecast],
            ],
          },
        ],
        xTick: (row) => dates[row - tested[0]!.row] ?? (dates[0] === undefined ? String(row + 1) : ''),
      },
      colours,
    );
  }, [of, width, colours, text]);
  const price = (value: number) => value.toLocaleString(language.value, { maximumSignificantDigits: 5 });
  const said = verdict === 'better' || verdict === 'worse' ? verdict : 'none';
  return (
    <div>
      <ul class="legend">
        <li>{text.price}</li>
        <li class="series-0">{text.forecast}</li>
        <li class="band">{text.interval(100 * level)}</li>
      </ul>
      <div ref={ref}>{width > 0 && <Drawing picture={picture} label={text.chart} file="prices" />}</div>
      <p>
        <strong data-fact="next">
          {next.low !== null && next.high !== null
            ? text.next(price(next.forecast), price(next.low), price(next.high))
            : price(next.forecast)}
        </strong>
      </p>
      <p>{text.verdicts[said]}</p>
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">{text.error}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{text.network}</th>
            <td>{price(errors.network)}</td>
          </tr>
          <tr>
            <th scope="row">{text.naive}</th>
            <td>{price(errors.naive)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
