import { describe, expect, it } from 'vitest';
import { iterationsFor, orderOf, roundsFor } from '../src/schedule';

describe('the schedule', () => {
  it('fills a round with steps, one at least', () => {
    expect(iterationsFor(0.5)).toBe(400);
    expect(iterationsFor(150)).toBe(1);
    expect(iterationsFor(9000)).toBe(1);
  });

  it('gives slow engines fewer rounds, never more than asked for', () => {
    expect([1, 1500, 5000, 20_000].map((time) => roundsFor(time, 11))).toEqual([11, 3, 2, 1]);
    expect(roundsFor(1500, 2)).toBe(2);
  });

  it('lets everyone run once a round, and not always at the same place', () => {
    const items = ['a', 'b', 'c'];
    const rounds = [0, 1, 2, 3, 4, 5].map((round) => orderOf(items, round));
    for (const order of rounds) expect([...order].sort()).toEqual(items);
    for (let place = 0; place < 3; place++) {
      expect(new Set(rounds.map((order) => order[place])).size).toBe(3);
    }
    expect(orderOf([], 3)).toEqual([]);
  });
});
