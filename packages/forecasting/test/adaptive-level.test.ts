import { expect, test } from 'vitest';
import { adaptiveLevel } from '../src/index';
import { messageOf, normals } from './support';

test('rises after a miss, falls a ninth as far after a hit, and stays between 0 and 1', () => {
  const adaptive = adaptiveLevel({ level: 0.9, rate: 0.1 });
  expect(adaptive.level).toBe(0.9);
  adaptive.update(false);
  expect(adaptive.level).toBeCloseTo(0.99, 12);
  adaptive.update(false);
  expect(adaptive.level).toBe(1);
  for (let i = 0; i < 500; i++) adaptive.update(true);
  expect(adaptive.level).toBe(0);
});

test('reaches the promised coverage if errors grow without bound', () => {
  const adaptive = adaptiveLevel({ level: 0.9, rate: 0.05 });
  const errors = normals(2000, 4).map((error, i) => Math.abs(error) * (1 + i / 200));
  let held = 0;
  for (let i = 200; i < errors.length; i++) {
    const past = errors.slice(i - 200, i).sort();
    const inside = errors[i]! <= past[Math.min(199, Math.ceil(201 * adaptive.level) - 1)]!;
    adaptive.update(inside);
    held += Number(inside);
  }
  expect(held / 1800).toBeGreaterThan(0.88);
  expect(held / 1800).toBeLessThan(0.92);
});

test('refuses a level or a rate that is none', () => {
  expect(messageOf(() => adaptiveLevel({ level: 1 }))).toContain(
    'adaptiveLevel: expected a level in (0, 1), got 1',
  );
  expect(messageOf(() => adaptiveLevel({ level: 0.9, rate: 0 }))).toContain('rate');
});
