import { describe, expect, test } from 'vitest';
import { createTimetable } from '../src/timetable';

/** The steps at which something is due. */
function stepsOf(steps: number, isDue: (step: number) => boolean): number[] {
  return Array.from({ length: steps }, (_, index) => index + 1).filter(isDue);
}

describe('a run of a number of steps', () => {
  test('validates 20 times, evenly, the last time at its end', () => {
    const timetable = createTimetable({}, 1000);
    expect(stepsOf(1000, timetable.validatesAfter)).toEqual(
      Array.from({ length: 20 }, (_, at) => 50 * (at + 1)),
    );
  });

  test('validates after every step when there are fewer than 20', () => {
    const timetable = createTimetable({}, 7);
    expect(stepsOf(7, timetable.validatesAfter)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('samples 4 times on the way; the end has a sample of its own', () => {
    const timetable = createTimetable({}, 1000);
    expect(stepsOf(1000, timetable.samplesAfter)).toEqual([200, 400, 600, 800]);
  });

  test('as often as asked, and at the end', () => {
    const timetable = createTimetable({ validateEvery: 40, sampleEvery: 0 }, 100);
    expect(stepsOf(100, timetable.validatesAfter)).toEqual([40, 80, 100]);
    expect(stepsOf(100, timetable.samplesAfter)).toEqual([]);
    expect(stepsOf(100, timetable.isOver)).toEqual([100]);
    expect(timetable.extend()).toBe(false);
  });
});

test('a run limited by time ends with it, and tells where that will be', () => {
  let time = 0;
  const timetable = createTimetable({ seconds: 10 }, Number.POSITIVE_INFINITY, undefined, () => time);
  const validated: number[] = [];
  let step = 0;
  let expected = 0;
  do {
    step += 1;
    time += 50;
    expected = timetable.expectedSteps(step);
    if (timetable.validatesAfter(step)) validated.push(step);
  } while (!timetable.isOver(step));
  expect(step).toBe(200);
  expect(expected).toBe(200);
  expect(validated.length).toBe(10);
  expect(validated.at(-1)).toBe(200);
  expect(timetable.extend()).toBe(true);
  expect(timetable.isOver(200)).toBe(false);
  expect(timetable.expectedSteps(200)).toBe(400);
  expect(timetable.extend()).toBe(true);
  expect(timetable.extend()).toBe(false);
});

test('a run limited by time leaves room for its last step and validation', () => {
  let time = 0;
  const timetable = createTimetable({ seconds: 10 }, Number.POSITIVE_INFINITY, undefined, () => time);
  let step = 0;
  let batches: number | undefined;
  do {
    step += 1;
    time += 600;
    timetable.stepTook(0.6);
    if (!timetable.validatesAfter(step)) continue;
    const budget = timetable.validationBudget(batches);
    do time += 100;
    while (!budget.isEnough());
    const end = budget.end();
    expect(end).toEqual({ batches: 3, isCut: true });
    batches = end.batches;
  } while (!timetable.isOver(step));
  expect(time).toBeGreaterThan(8500);
  expect(time).toBeLessThanOrEqual(10_000);
});

test('a run that time does not limit validates on everything', () => {
  let time = 0;
  const budget = createTimetable({}, 100, undefined, () => time).validationBudget(undefined);
  for (let batch = 0; batch < 1000; batch++) {
    time += 1e6;
    expect(budget.isEnough()).toBe(false);
  }
  expect(budget.end()).toEqual({ batches: undefined, isCut: false });
});
