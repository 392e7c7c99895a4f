import { expect, test } from 'vitest';
import { ThreadChoice } from '../src/engine/thread-choice';

/** A machine on which a step takes so many milliseconds by the number of threads, and waits so often. */
function machine(milliseconds: Record<number, number>) {
  const state = { time: 0, waits: 0, milliseconds, ran: [] as [steps: number, threads: number][] };
  const choice = new ThreadChoice(
    () => state.waits,
    () => state.time,
  );
  const run = (steps: number) => {
    state.ran.length = 0;
    choice.run(steps, 2, (taken, threads) => {
      state.ran.push([taken, threads]);
      state.time += taken * state.milliseconds[threads]!;
    });
    return state.ran;
  };
  const share = (threads: number) =>
    state.ran.filter(([, count]) => count === threads).reduce((sum, [steps]) => sum + steps, 0);
  return { state, run, share };
}

test('several threads as long as they do not wait for each other, whatever the time', () => {
  const { run, share } = machine({ 1: 1, 2: 5 });
  run(1000);
  expect(share(2)).toBe(1000);
  expect(run(1)).toEqual([[1, 2]]);
});

test('when they wait, the faster way is held, and tried again', () => {
  const { state, run, share } = machine({ 1: 0.04, 2: 0.3 });
  state.waits = 60;
  run(100_000);
  expect(share(1) + share(2)).toBe(100_000);
  expect(share(1)).toBeGreaterThan(95_000);
  // The others' work is over.
  state.waits = 0;
  state.milliseconds = { 1: 0.04, 2: 0.02 };
  run(200_000);
  expect(share(2)).toBeGreaterThan(100_000);
  // They wait, and are faster all the same.
  state.waits = 60;
  run(200_000);
  expect(share(2)).toBeGreaterThan(190_000);
});

test('single steps are chosen for as well', () => {
  const { state, run } = machine({ 1: 1, 2: 3 });
  state.waits = 1;
  const ran = Array.from({ length: 20 }, () => run(1)[0]![1]);
  expect(ran).toEqual([2, ...new Array(19).fill(1)]);
});
