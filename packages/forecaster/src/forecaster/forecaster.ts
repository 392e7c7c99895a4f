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
  /** By the series' names; a series without one had too few errors for intervals. */
  readonly calibration: Readonly<Record<string, CalibrationJson>>;
  /** For each series the last date that was trained on, null without dates, and the number of rows. */
  readonly trainedOn: Readonly<Record<string, { readonly until: string | null; readonly rows: number }>>;
}

/** A fitted model that forecasts. It holds no tensor: nothing is to be disposed. */
export interface Forecaster extends ForecasterData {
  /**
   * Forecasts the rows after the last one of each series, in the target's unit. Each series has the scalers
   * of the one of its name that was fitted; with one series fitted and one given, the name does not matter.
   *
   * @throws UnrolledError when a series is not known, lacks a column, is shorter than the window and the row
   * before it, or has values that the transform cannot take
   */
  forecast(series: SeriesInput): NextForecast[];
}

/** A forecaster of its data. */
export function forecasterOf(data: ForecasterData): Forecaster {
  return {
    ...data,
    forecast: (series) => {
      const { settings } = data.model;
      if (data.model.members.length === 0)
        refuse('forecast', { expected: 'a fitted network', got: 'none', code: 'state' });
      const panel = named(makePanel(series, settings), data);
      for (const { name, times } of panel.series) checkLength(name, times.length, settings.window);
      checkPositive(panel, settings.targetTransform);
      return panel.series.map((one) => nextForecast(data.model, panel, one, data.calibration[one.name]));
    },
  };
}

/** The series by the names that the model knows. */
function named(panel: Panel, { model }: ForecasterData): Panel {
  const known = Object.keys(model.scaling);
  const unknown = panel.series.find(({ name }) => !known.includes(name));
  if (!unknown) return panel;
  if (known.length === 1 && panel.series.length === 1)
    return { ...panel, series: [{ ...unknown, name: known[0]! }] };
  return refuse('series', {
    expected: `series named as those that the model was fitted to: ${listed(known)}`,
    got: unknown.name,
    remedy: 'each series has scalers of its own: name it so, or fit to it',
  });
}

function checkLength(name: string, rows: number, window: number): void {
  if (rows > window) return;
  refuse('series', {
    expected: `at least ${window + 1} rows, the model's window and the row before it`,
    got: `${rows} in ${name}`,
    remedy: 'pass a series that starts earlier',
  });
}
