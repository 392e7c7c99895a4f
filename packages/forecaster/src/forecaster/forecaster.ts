import { listed } from '@unrolled/errors';
import type { CalibrationJson } from '../model/calibration';
import type { FittedModel } from '../model/fit-model';
import { type NextForecast, nextForecast } from '../model/next-forecast';
import { refuse } from '../refuse';
import { makePanel, type Panel, type SeriesInput } from '../series/panel';
import { checkPositive } from '../series/transform';

/** A forecaster as plain data. */
export interface ForecasterData {
  readonly model: FittedModel;
  /** By the series' names. A series with too few errors for intervals has none. */
  readonly calibration: Readonly<Record<string, CalibrationJson>>;
  /** For each series, the last date in training (null without dates) and the number of rows. */
  readonly trainedOn: Readonly<Record<string, { readonly until: string | null; readonly rows: number }>>;
}

/** A fitted model that forecasts. It has no tensors, so the caller need not dispose anything. */
export interface Forecaster extends ForecasterData {
  /**
   * Forecasts the rows after the last one of each series, in the target's unit. A series uses the scalers of
   * the training series with its name. If the training had one series and one is given, the name does not
   * matter.
   *
   * @throws UnrolledError if a series was not in the training, lacks a column, is shorter than the window and
   *   the row before it, or has values that the transform does not allow
   */
  forecast(series: SeriesInput): NextForecast[];
}

/** A forecaster from its data. */
export function forecasterOf(data: ForecasterData): Forecaster {
  return {
    ...data,
    forecast: (series) => {
      const { settings } = data.model;
      if (data.model.members.length === 0)
        refuse('forecast', { expected: 'a fitted network', got: 'none', code: 'state' });
      const given = makePanel(series, settings);
      for (const { name, times } of given.series) checkLength(name, times.length, settings.window);
      const panel = named(given, data);
      checkPositive(panel, settings.targetTransform);
      return panel.series.map((one) => nextForecast(data.model, panel, one, data.calibration[one.name]));
    },
  };
}

/** The series with the names of the training. */
function named(panel: Panel, { model }: ForecasterData): Panel {
  const known = Object.keys(model.scaling);
  const unknown = panel.series.find(({ name }) => !known.includes(name));
  if (!unknown) return panel;
  if (known.length === 1 && panel.series.length === 1)
    return { ...panel, series: [{ ...unknown, name: known[0]! }] };
  return refuse('series', {
    expected: `series named as those that the model was fitted to: ${listed(known)}`,
    got: unknown.name,
    remedy: 'rename the series, or fit a forecaster to it, because each series has its own scalers',
  });
}

function checkLength(name: string, rows: number, window: number): void {
  if (rows > window) return;
  refuse('series', {
    expected: `at least ${window + 1} rows: the model's window and the row before it`,
    got: `${rows} in ${name}`,
    remedy: 'pass a series that starts earlier',
  });
}
