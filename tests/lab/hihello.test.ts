/** The RNN lab's cases 14, 15 and 16, by the app that teaches them, and case 19's scoring and sampling. */
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type LearnOptions, type LearnStep, learn } from '../../apps/hihello/src/learn';

const SHIP =
  "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and work, but rather teach them to long for the endless immensity of the sea.";

/** Hidden units are within ±1, so with five of them as logits no loss is below ln(1 + 4e⁻²). */
const HEADLESS_FLOOR = Math.log(1 + 4 * Math.exp(-2));

const defaults = { cell: 'lstm', layers: 1, head: 'dense', steps: 50, learningRate: 0.1, seed: 1 } as const;

async function lesson(
  options: Partial<LearnOptions> & { text: string },
): Promise<{ steps: LearnStep[]; target: string }> {
  const before = tf.memory().numTensors;
  const { steps: stream, target } = learn({ ...defaults, ...options });
  const steps: LearnStep[] = [];
  for await (const step of stream) steps.push(step);
  expect(tf.memory().numTensors).toBe(before);
  return { steps, target };
}

/** tfjs's cpu backend needs minutes for what the fused kernels do in seconds. */
const fast = tf.getBackend() === 'unrolled';
const tooSlow = 'hundreds of steps of 170 windows take minutes on the cpu backend; it runs on unrolled';

describe('the RNN lab', () => {
  it('case 14: hihello', async () => {
    const { steps, target } = await lesson({ text: 'hihello' });
    expect(target).toBe('ihello');
    expect(steps[0]!.loss).toBeGreaterThan(1.3);
    expect(steps[0]!.loss).toBeLessThan(1.9);
    expect(steps[8]!.loss).toBeLessThan(1.1);
    expect(steps[49]!.prediction).toBe('ihello');
  });

  it('case 14: without the dense head it still says ihello, but the loss stays high', async () => {
    const { steps } = await lesson({ text: 'hihello', head: 'none', steps: 400 });
    expect(steps[399]!.loss).toBeGreaterThan(HEADLESS_FLOOR);
    expect(steps[399]!.loss).toBeLessThan(0.753);
    expect(steps[399]!.prediction).toBe('ihello');
  });

  it('case 14: without the dense head about 0.753 after 2,000 steps, by gradient descent', async (context) => {
    if (!fast) context.skip('2,000 steps are slow on the cpu backend; it runs on unrolled');
    const { steps } = await lesson({ text: 'hihello', head: 'none', steps: 2_000, optimizer: 'sgd' });
    expect(steps[1_999]!.loss).toBeGreaterThan(0.68);
    expect(steps[1_999]!.loss).toBeLessThan(0.83);
    expect(steps[1_999]!.prediction).toBe('ihello');
  });

  it('case 14: the loss goes to about 6e-8 after 10,000 steps', async (context) => {
    if (!fast) context.skip('10,000 steps take minutes on the cpu backend; it runs on unrolled');
    const { steps } = await lesson({ text: 'hihello', steps: 10_000 });
    expect(steps[9_999]!.loss).toBeLessThan(2e-6);
    expect(steps[9_999]!.prediction).toBe('ihello');
  });

  it('case 15: the sentence', async () => {
    const { steps } = await lesson({ text: ' if you want you' });
    expect(steps[0]!.loss).toBeCloseTo(2.3, 1);
    expect(steps[10]!.loss).toBeLessThan(0.6);
    expect(steps[49]!.loss).toBeLessThan(0.005);
    expect(steps[49]!.prediction).toBe('if you want you');
  });

  it('case 15: without the head about 1.37 after 1,418 steps, by gradient descent', async (context) => {
    if (!fast) context.skip('1,418 steps are slow on the cpu backend; it runs on unrolled');
    const options = { text: ' if you want you', head: 'none', steps: 1_419, optimizer: 'sgd' } as const;
    const { steps } = await lesson(options);
    expect(steps[1_418]!.loss).toBeGreaterThan(1.25);
    expect(steps[1_418]!.loss).toBeLessThan(1.45);
    const said = Array.from(steps[1_418]!.prediction);
    const right = said.filter((character, i) => character === 'if you want you'[i]).length;
    expect(right).toBeGreaterThanOrEqual(14);
  });

  it('case 16: the long sentence, two layers and a dense head', async (context) => {
    if (!fast) context.skip(tooSlow);
    expect(Array.from(SHIP)).toHaveLength(180);
    const { steps, target } = await lesson({ text: SHIP, layers: 2, window: 10, steps: 500 });
    expect(steps[0]!.loss).toBeCloseTo(3.2, 1);
    expect(steps[499]!.loss).toBeLessThanOrEqual(0.235);
    expect(steps[499]!.loss).toBeGreaterThan(0.228);
    // The character after a lone first one cannot be known; from the third on all can.
    expect(steps[499]!.prediction).toHaveLength(179);
    expect(steps[499]!.prediction.slice(1)).toBe(target.slice(1));
  });

  it('case 16: one layer without the head is seen to fail', async (context) => {
    if (!fast) context.skip(tooSlow);
    const { steps } = await lesson({ text: SHIP, window: 10, head: 'none', steps: 500 });
    expect(steps[499]!.loss).toBeGreaterThan(1.446);
    expect(steps[499]!.loss).toBeLessThan(2.1);
  });

  it.each(['rnn', 'lstm', 'gru'] as const)(
    `hihello learns on all but one of ${fast ? 20 : 4} seeds with %s`,
    async (cell) => {
      const seeds = fast ? 20 : 4;
      let learned = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const { steps } = await lesson({ text: 'hihello', cell, seed });
        if (steps[49]!.prediction === 'ihello') learned++;
      }
      expect(learned).toBeGreaterThanOrEqual(seeds - 1);
    },
  );

  it.each(['안녕하세요 안녕', 'a🙂b🙃a🙂c', 'row, row, row your boat'])('learns %s', async (text) => {
    const { steps, target } = await lesson({ text, steps: 150, units: 16 });
    // The next character depends on the ones before, so only the first prediction may be a guess.
    expect(Array.from(steps[149]!.prediction).slice(1)).toEqual(Array.from(target).slice(1));
  });
});
