import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  constant,
  cosineDecay,
  earlyStopping,
  exponentialDecay,
  polynomialDecay,
  reduceOnPlateau,
  type Schedule,
  stepDecay,
  warmUp,
} from '../src/index';
import { complaint } from './support';

const at = (schedule: Schedule, ...steps: number[]) =>
  steps.map((step) => Number(schedule(step).toPrecision(6)));

it('constant', () => {
  expect(at(constant(0.1), 1, 1000)).toEqual([0.1, 0.1]);
});

it('exponentialDecay begins at the initial rate and multiplies it every interval', () => {
  expect(at(exponentialDecay({ initial: 1, rate: 0.25, every: 10 }), 1, 6, 11, 21)).toEqual([
    1, 0.5, 0.25, 0.0625,
  ]);
  expect(at(exponentialDecay({ initial: 1, rate: 0.25, every: 10, after: 5 }), 1, 6, 11)).toEqual([
    1, 1, 0.5,
  ]);
});

it('stepDecay goes down in stairs, after a while', () => {
  expect(at(stepDecay({ initial: 1, factor: 0.5, every: 2 }), 1, 2, 3, 4, 5)).toEqual([1, 1, 0.5, 0.5, 0.25]);
  expect(at(stepDecay({ initial: 1, factor: 0.5, every: 2, after: 3 }), 1, 5, 6, 8)).toEqual([
    1, 1, 0.5, 0.25,
  ]);
});

it('cosineDecay passes half way in the middle and stays at the end', () => {
  expect(at(cosineDecay({ initial: 1, final: 0.5, steps: 10 }), 1, 6, 11, 99)).toEqual([1, 0.75, 0.5, 0.5]);
});

it('polynomialDecay is a line, or a power of it', () => {
  expect(at(polynomialDecay({ initial: 1, steps: 4 }), 1, 2, 5, 9)).toEqual([1, 0.75, 0, 0]);
  expect(at(polynomialDecay({ initial: 1, final: 0, steps: 4, power: 2 }), 1, 3)).toEqual([1, 0.25]);
});

it('warmUp rises to the first rate of what follows, which then runs from its start', () => {
  expect(at(warmUp(4, 1), 1, 2, 4, 5)).toEqual([0.25, 0.5, 1, 1]);
  const decay = stepDecay({ initial: 1, factor: 0.5, every: 1 });
  expect(at(warmUp(2, decay), 1, 2, 3, 4)).toEqual([0.5, 1, 0.5, 0.25]);
});

it('reduceOnPlateau halves the rate after `patience` losses without improvement, down to the minimum', () => {
  const schedule = reduceOnPlateau({ learningRate: 1, patience: 2, minimumDelta: 0.1, minimum: 0.3 });
  let state = schedule.initial;
  const rates = [3, 2.95, 2.5, 2.6, Number.NaN, 2.4, 2.45, 2.45, 2.45].map((loss) => {
    state = schedule.observe(state, loss);
    return schedule.at(1, state);
  });
  expect(rates).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.3, 0.3, 0.3]);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  expect(schedule.initial).toEqual({ scale: 1, best: null, waited: 0 });
});

it('earlyStopping tells the best and when to stop, also after it is restored', () => {
  const watch = earlyStopping({ patience: 2, minimumDelta: 0.1 });
  expect(watch.update({ step: 1, loss: Number.NaN })).toEqual({ improved: false, stop: false });
  expect(watch.best).toBeNull();
  expect(watch.update({ step: 2, loss: 1 })).toEqual({ improved: true, stop: false });
  expect(watch.update({ step: 3, loss: 0.95 })).toEqual({ improved: false, stop: false });
  const state = JSON.parse(JSON.stringify(watch.state()));
  const again = earlyStopping({ patience: 2, minimumDelta: 0.1, state });
  for (const one of [watch, again]) {
    expect(one.update({ step: 4, loss: 0.92 })).toEqual({ improved: false, stop: true });
    expect(one).toMatchObject({ stopped: true, best: { step: 2, loss: 1 } });
    expect(one.update({ step: 5, loss: 0.8 })).toEqual({ improved: true, stop: false });
    expect(one).toMatchObject({ stopped: false, best: { step: 5, loss: 0.8 } });
  }
});

it('earlyStopping keeps a copy of the best parameters, and without patience never stops', () => {
  const params = { w: tf.variable(tf.tensor1d([1, 2])) };
  const before = tf.memory().numTensors;
  const watch = earlyStopping();
  watch.update({ step: 1, loss: 3, params });
  tf.tidy(() => params.w.assign(tf.tensor1d([5, 6])));
  for (let step = 2; step < 50; step++)
    expect(watch.update({ step, loss: 4, params }).stop, String(step)).toBe(false);
  expect(watch.bestParams).toEqual({ w: { shape: [2], data: Float32Array.of(1, 2) } });
  expect(watch.update({ step: 50, loss: 2, params }).improved).toBe(true);
  expect(watch.bestParams?.w?.data).toEqual(Float32Array.of(5, 6));
  expect(tf.memory().numTensors).toBe(before);
  params.w.dispose();
});

it('refuse what makes no sense', async () => {
  expect(await complaint(() => exponentialDecay({ initial: 1, rate: 0, every: 1 }))).toMatch(
    'rate in (0, 1]',
  );
  expect(await complaint(() => exponentialDecay({ initial: 1, rate: 1, every: 0 }))).toMatch('every');
  expect(await complaint(() => stepDecay({ initial: 1, factor: 2, every: 1 }))).toMatch('factor in (0, 1]');
  expect(await complaint(() => cosineDecay({ initial: 1, steps: 0 }))).toMatch(
    'steps to be a positive integer',
  );
  expect(await complaint(() => polynomialDecay({ initial: 1, steps: 1, power: 0 }))).toMatch('power');
  expect(await complaint(() => warmUp(0, 1))).toMatch('steps');
  expect(await complaint(() => reduceOnPlateau({ learningRate: 1, factor: 1 }))).toMatch('factor in (0, 1)');
  expect(await complaint(() => earlyStopping({ patience: 0 }))).toMatch('patience');
  expect(await complaint(() => earlyStopping({ patience: 1, minimumDelta: -1 }))).toMatch('minimumDelta');
});
