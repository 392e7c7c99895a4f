import { random } from '@unrolled/cells';
import { expect, test } from 'vitest';
import { chooseSeason } from '../src/method/season';

/** Three series without dates, with the season `period`, a trend and noise. */
function seasonWithoutDates(period: number, length: number): number {
  const series = [1, 2, 3].map((seed) => {
    const { normal } = random(seed);
    const pattern = Float64Array.from({ length: period }, () => 10 * normal());
    return Float64Array.from({ length }, (_, t) => 100 + 0.1 * t + pattern[t % period]! + normal());
  });
  const input = { frequency: undefined, series: series.map((values) => ({ values })) };
  return chooseSeason(undefined, input as unknown as Parameters<typeof chooseSeason>[1], series).season;
}

test.each([4, 7, 12, 24, 52])('without dates, a season of %d steps is found, not a multiple', (period) => {
  for (const length of [3, 8, 20])
    expect([length, seasonWithoutDates(period, length * period)]).toEqual([length, period]);
});

test('without dates, a wave of a week is no season of 24, at which it is upside down', () => {
  const { normal } = random(1);
  const wave = Float64Array.from(
    { length: 200 },
    (_, t) => 300 * Math.sin((2 * Math.PI * t) / 7) + 3 * normal(),
  );
  const input = { frequency: undefined, series: [{ values: wave }] };
  expect(chooseSeason(undefined, input as never, [wave])).toMatchObject({ season: 7 });
  const noise = wave.map(() => normal());
  expect(chooseSeason(undefined, input as never, [noise])).toMatchObject({ season: 1 });
});
