/**
 * Cells that violate the contract: the contract suite's messages, and the behaviour of unroll and stepper.
 */
import type { Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type AnyPart, type Cell, stepper, tensorsOf, unroll } from '../src/index';
import { contractChecks } from '../src/testing';
import { odd } from './odd-cells';
import { cellOf, type Params, SIZE, type State, sound, wrong } from './wrong-cells';

/** The message of the first check that fails with its own text, and the names of all failing checks. */
function findings(part: AnyPart): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, check } of contractChecks(part)) {
    try {
      check();
    } catch (error) {
      expect((error as Error).name, (error as Error).stack).toBe('UnrolledError');
      found.set(name, (error as Error).message);
    }
  }
  return found;
}

describe('the contract suite', () => {
  it('passes a sound cell', () => expect([...findings(sound)]).toEqual([]));

  it.each(odd)('passes %s', (_name, part) => expect([...findings(part)]).toEqual([]));

  it.each(wrong)('finds %s', (_name, part, check, words) => {
    const found = findings(part);
    expect([...found.keys()]).toContain(check);
    expect(found.get(check)).toContain(words);
    expect(found.get(check)).toContain(`[unrolled/cells] wrong: expected a part that ${check}, got `);
  });

  it('reports an error of the cell itself, and keeps it as the cause', () => {
    const found = contractChecks(
      cellOf({ step: () => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])) as never }),
    );
    try {
      found[0]!.check();
      expect.fail('it passed');
    } catch (error) {
      expect((error as Error).message).toMatch(
        /got an error, '[^']*[Mm]at[^']*': return \{ output, state \}/,
      );
      expect((error as Error).cause).toBeInstanceOf(Error);
    }
  });

  it('refuses a value that is not a part, and unknown options', () => {
    expect(() => contractChecks({} as never)).toThrow('contractChecks: expected a cell or layer, with init');
    expect(() => contractChecks(cellOf({ inputSize: undefined as never }))).toThrow(
      'wrong: expected inputSize to be a positive integer, got undefined',
    );
    expect(() => contractChecks(sound, { tolerence: 1 } as never)).toThrow("did you mean 'tolerance'?");
    expect(() => contractChecks(sound, { tolerance: -1 })).toThrow(
      'expected tolerance of at least 0, got -1',
    );
  });
});

describe('unroll and stepper', () => {
  const x = () => tf.ones([2, 4, SIZE]) as Tensor3D;
  const named = (name: string) => wrong.find(([one]) => one === name)![1] as Cell<Params, State>;
  const outputs = (part: Cell<Params, State>) => {
    const run = stepper(
      part,
      tf.tidy(() => part.init(1)),
      { batchSize: 2 },
    );
    const given = Array.from({ length: 4 }, () => Array.from(run.step(Array(2 * SIZE).fill(1))));
    tf.dispose(run.state());
    run.dispose();
    return given;
  };

  it.each(['one tensor as output and state', 'a step that leaks', 'the argument state as state'])(
    'accept %s, and leak nothing',
    (name) => {
      const part = named(name);
      const params = part.init(1);
      const before = tf.memory().numTensors;
      const run = stepper(part, params, { batchSize: 2 });
      const steps = Array.from({ length: 4 }, () => Array.from(run.step(Array(2 * SIZE).fill(1)))).flat();
      run.dispose();
      const inputs = x();
      const { output, state } = unroll(part, params, inputs);
      const whole = Array.from(tf.tidy(() => tf.transpose(output, [1, 0, 2]).dataSync()));
      output.dispose();
      expect(state.h.dataSync()).toHaveLength(2 * SIZE);
      tf.dispose([state, inputs]);
      expect(steps).toEqual(whole);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(params);
    },
  );

  it.each([
    ['another output size', 'wrong: expected step to return a float32 output [2, 4], got float32 [2, 3]'],
    ['an output of integers', 'expected step to return a float32 output [2, 3], got int32 [2, 3]'],
    [
      'a state with another name',
      "expected step to return a state in the form of zeroState, with 'h' float32 [2, 3], got none",
    ],
    ['a state of another shape', "with 'h' float32 [2, 3], got float32 [2, 6]"],
    [
      'no state',
      "with 'h' float32 [2, 3], got none: step returns { output, state }; @unrolled/cells/testing checks the contract",
    ],
  ])('refuse %s', (name, message) => {
    const part = named(name);
    tf.tidy(() => {
      expect(() => unroll(part, part.init(1), x())).toThrow(message);
      expect(() => outputs(part)).toThrow(message);
    });
  });

  it('refuse a step that returns nothing', () => {
    tf.tidy(() => {
      const part = cellOf({ step: () => undefined as never });
      expect(() => unroll(part, part.init(1), x())).toThrow(
        'expected step to return a float32 output [2, 3], got none',
      );
      expect(tensorsOf(part.init(1))).toHaveLength(1);
    });
  });
});
