import { expect, test } from 'vitest';
import { ThreadChoice } from '../src/wasm/engine/thread-choice';

/**
 * A simulated machine on which a step takes a given time for each number of threads. With two threads, a
 * share of the time is spent waiting.
 */
function machine(milliseconds: Record<number, number>, waiting = 0) {
  const state = { time: 0, waiting, milliseconds, ran: [] as [steps: number, threads: number][] };
  /** Once per interval, in milliseconds, a run on two threads takes this much longer. */
  const hiccup = { every: Number.POSITIVE_INFINITY, lasts: 0, next: 0 };
  let waited = 0;
  const choice = new ThreadChoice(
    () => Math.floor(waited / 0.2),
    () => state.time,
  );
  const run = (steps: number) => {
    state.ran.length = 0;
    choice.run(steps, 2, (taken, threads) => {
      state.ran.push([taken, threads]);
      const time = taken * state.milliseconds[threads]!;
      waited = time * state.waiting;
      state.time += time;
      if (threads === 2 && state.time > hiccup.next) {
        hiccup.next = state.time + hiccup.every;
        waited += hiccup.lasts;
        state.time += hiccup.lasts;
      }
    });
    return state.ran;
  };
  const share = (threads: number) =>
    state.ran.filter(([, count]) => count === threads).reduce((sum, [steps]) => sum + steps, 0);
  return { state, hiccup, run, share };
}

test('several threads run as long as they do not wait for each other, whatever the time', () => {
  const { run, share } = machine({ 1: 1, 2: 5 });
  run(1000);
  expect(share(2)).toBe(1000);
  expect(run(1)).toEqual([[1, 2]]);
});

test('while threads wait, the faster choice is kept, and the other one is tried again later', () => {
  const { state, run, share } = machine({ 1: 0.04, 2: 0.3 }, 0.8);
  run(100_000);
  expect(share(1) + share(2)).toBe(100_000);
  expect(share(1)).toBeGreaterThan(95_000);
  // The other processes have finished.
  state.waiting = 0;
  state.milliseconds = { 1: 0.04, 2: 0.02 };
  run(200_000);
  expect(share(2)).toBeGreaterThan(100_000);
  // The threads wait, but are still faster.
  state.waiting = 0.3;
  run(200_000);
  expect(share(2)).toBeGreaterThan(190_000);
});

test('if a step with several threads may take a time slice, few steps try them', () => {
  const { state, run, share } = machine({ 1: 0.01, 2: 5 }, 0.9);
  run(100_000);
  state.ran.length = 0;
  const start = state.time;
  run(1_000_000);
  expect(share(2)).toBeLessThan(100);
  expect(state.time - start).toBeLessThan(1.1 * 1_000_000 * 0.01);
});

test('occasional delays change nothing, even many of them', () => {
  const { state, hiccup, run, share } = machine({ 1: 0.01, 2: 0.006 });
  hiccup.every = 400;
  hiccup.lasts = 30;
  run(5_000_000);
  run(1_000_000);
  expect(share(2)).toBeGreaterThan(850_000);
  expect(state.ran.length).toBeGreaterThan(1000);
});

test('single steps are chosen for as well', () => {
  const { run } = machine({ 1: 1, 2: 3 }, 0.5);
  const ran = Array.from({ length: 80 }, () => run(1)[0]![1]);
  const alone = ran.indexOf(1);
  expect(alone).toBeLessThan(20);
  expect(new Set(ran.slice(alone))).toEqual(new Set([1]));
});
