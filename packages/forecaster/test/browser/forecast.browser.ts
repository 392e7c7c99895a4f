import * as tf from '@tensorflow/tfjs-core';
import { expect, inject, test } from 'vitest';
import { fitAndForecast } from './numbers';

const node = inject('nodeForecast');

test.each([1, 2])(
  'a fit and its forecasts on the page, %i threads asked for: every bit as in Node',
  async (threads) => {
    expect((globalThis as { document?: unknown }).document).toBeDefined();
    expect(await fitAndForecast(threads)).toEqual(node);
    expect(node.next[0]!.rows).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(0);
  },
);
