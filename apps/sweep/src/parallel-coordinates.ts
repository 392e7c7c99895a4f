import { escapeMarkup } from '@unrolled/app-shared';
import type { Dimension, Direction, ParameterValue, SearchSpace, TrialRecord } from '@unrolled/sweeps';
import { wordOf } from './ranges';
import { rankedTrials } from './table';

const HEIGHT = 260;
const TOP = 34;
const BOTTOM = 30;
/** Minimum distance between two axes, in pixels. */
const BETWEEN = 150;
const LEFT = 70;
/** Minimum width of the picture on a page, in pixels. */
const NARROWEST = 640;

/** Distance in pixels between the best and the worst trial if they have the same value. */
const SPREAD = 16;
/** Number of best trials that are highlighted. */
const BEST = 5;

/**
 * Draws every complete trial as a line over one axis for each option, and a last one for its rank: an SVG for
 * a page.
 */
export function parallelCoordinates(
  space: SearchSpace,
  complete: readonly TrialRecord[],
  direction?: Direction,
): string {
  const ranked = rankedTrials(complete, direction);
  const names = Object.keys(space);
  const between = Math.max(BETWEEN, Math.floor((NARROWEST - 2 * LEFT) / names.length));
  const width = LEFT * 2 + names.length * between;
  const xOf = (axis: number) => LEFT + axis * between;
  const yOf = (share: number) => TOP + (1 - share) * HEIGHT;
  const last = Math.max(1, ranked.length - 1);
  const lines = ranked
    .map((trial, rank) => {
      const aside = SPREAD * (rank / last - 0.5);
      const points = names.flatMap((name, axis) => {
        const value = trial.parameters[name];
        const y = value === undefined ? undefined : yOf(shareOf(space[name]!, value));
        if (y === undefined) return [];
        // Trials with equal values are shifted, because their lines would otherwise overlap.
        return [`${xOf(axis)},${(y + (space[name]!.kind === 'choice' ? aside : 0)).toFixed(1)}`];
      });
      points.push(`${xOf(names.length)},${yOf(1 - rank / last).toFixed(1)}`);
      const title = `<title>trial ${trial.number}</title>`;
      const look =
        rank < BEST
          ? 'stroke="#d1630a" stroke-width="2.5"'
          : `opacity="${(0.6 - (0.45 * rank) / last).toFixed(2)}"`;
      return `<polyline points="${points.join(' ')}" ${look}>${title}</polyline>`;
    })
    .reverse();
  const axes = names.map((name, axis) =>
    axisOf(
      xOf(axis),
      name,
      ticksOf(space[name]!).map(([word, share]) => [word, yOf(share)]),
    ),
  );
  axes.push(
    axisOf(xOf(names.length), 'rank', [
      ['best', yOf(1)],
      ['worst', yOf(0)],
    ]),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${TOP + HEIGHT + BOTTOM}" width="${width}" role="img" aria-label="Parallel coordinates of the trials" font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
<g fill="none" stroke="#3b7dd8" stroke-width="1.5">${lines.join('')}</g>
${axes.join('\n')}
</svg>`;
}

function axisOf(x: number, name: string, ticks: readonly (readonly [string, number])[]): string {
  const marks = ticks.map(
    ([word, y]) =>
      `<text x="${x + 7}" y="${(y + 4).toFixed(1)}" stroke="var(--page)" stroke-width="4" paint-order="stroke">${escapeMarkup(word)}</text>`,
  );
  return `<g><line x1="${x}" x2="${x}" y1="${TOP}" y2="${TOP + HEIGHT}" stroke="currentColor"/><text x="${x}" y="${TOP - 14}" text-anchor="middle" font-weight="600">${escapeMarkup(name)}</text>${marks.join('')}</g>`;
}

/** The position of a value in its dimension, from 0 to 1. */
function shareOf(dimension: Dimension, value: ParameterValue): number {
  if (dimension.kind === 'choice') {
    const values = inOrder(dimension.values);
    return values.indexOf(value) / Math.max(1, values.length - 1);
  }
  const scaled = dimension.log ? Math.log : (one: number) => one;
  const [low, high] = [scaled(dimension.low), scaled(dimension.high)];
  return high === low ? 0.5 : (scaled(value as number) - low) / (high - low);
}

/** Numbers in ascending order; other values in their given order. */
function inOrder(values: readonly ParameterValue[]): readonly ParameterValue[] {
  const areNumbers = values.every((value) => value !== '' && Number.isFinite(Number(value ?? Number.NaN)));
  return areNumbers ? [...values].sort((a, b) => Number(a) - Number(b)) : values;
}

function ticksOf(dimension: Dimension): [string, number][] {
  const values = dimension.kind === 'choice' ? dimension.values : [dimension.low, dimension.high];
  return values.map((value) => [wordOf(value), shareOf(dimension, value)]);
}
