import { formatLoss } from '@unrolled/app-shared';
import type { Direction, TrialRecord } from '@unrolled/sweeps';
import { wordOf } from './ranges';

/** `--units 64 --cell gru` */
export const optionsInWords = ({ parameters }: Pick<TrialRecord, 'parameters'>) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name} ${wordOf(value)}`)
    .join(' ');

/** A completed trial in one line. */
export function lineOf(trial: TrialRecord, unit = 'validation'): string {
  const { number, state, value, reason } = trial;
  const what = state === 'failed' ? `failed: ${reason}` : valueInWords(value);
  const after = state === 'pruned' ? `, pruned at ${unit} ${trial.reports.length}` : '';
  return `trial ${number}: ${what}${after} · ${optionsInWords(trial)}`;
}

const valueInWords = (value: number | undefined) => (value === undefined ? '–' : formatLoss(value));

/** How trials are ranked, and the name of their reports. */
export interface Ranking {
  readonly direction?: Direction | undefined;
  readonly reports?: string;
}

/** A table of the best trials, and the number of others. */
export function tableOf(
  trials: readonly TrialRecord[],
  most: number,
  { direction, reports = 'validation' }: Ranking = {},
): string {
  const ranked = rankedTrials(trials, direction);
  const rows = ranked
    .slice(0, most)
    .map((trial) => [
      `${trial.number}`,
      valueInWords(trial.value),
      trial.state === 'pruned' ? `pruned at ${reports} ${trial.reports.length}` : '',
      optionsInWords(trial),
    ]);
  const cells = [['trial', 'value', '', ''], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map(([number, value, note, words]) =>
    [number!.padStart(widths[0]!), value!.padStart(widths[1]!), note!.padEnd(widths[2]!), words]
      .join('  ')
      .trimEnd(),
  );
  const others = trials.length - rows.length;
  return others > 0 ? `${lines.join('\n')}\nand ${others} others` : lines.join('\n');
}

/**
 * Complete trials by value, then the pruned ones by number of steps, most first. Failed and running ones are
 * left out.
 */
export function rankedTrials(
  trials: readonly TrialRecord[],
  direction: Direction = 'minimize',
): TrialRecord[] {
  const by = (state: string) => trials.filter((trial) => trial.state === state);
  const value = ({ value = Number.NaN }: TrialRecord) => (direction === 'minimize' ? value : -value);
  const complete = by('complete').sort((a, b) => value(a) - value(b) || a.number - b.number);
  const pruned = by('pruned').sort((a, b) => b.reports.length - a.reports.length || value(a) - value(b));
  return [...complete, ...pruned];
}
