import * as tf from '@tensorflow/tfjs-core';
import { expect, inject, test } from 'vitest';
import { tinyRun } from './tiny-run';

const node = inject('nodeLanguageModel');

test.each([1, 2])(
  'a run, its checkpoint, a text and a score on the page, %i threads asked for: every bit as in Node',
  async (threads) => {
    expect((globalThis as { document?: unknown }).document).toBeDefined();
    expect(await tinyRun(threads)).toEqual(node);
    expect(node.text).toHaveLength(80);
    expect(tf.memory().numTensors).toBe(0);
  },
);
