/** Stacks built from lists of any length, and the types of models of any kind. */
import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type AnyCell,
  type AnyPart,
  dense,
  dropout,
  gru,
  isManyToOne,
  type Layer,
  type LstmParams,
  lastOutput,
  lstm,
  type ManyToMany,
  type ManyToOne,
  parameterShapes,
  type StackStructure,
  simpleRnn,
  stack,
  stepper,
  structureOf,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';
import { B, both, clean, first, head, ids, LENGTHS, refusal, second, T, table, vectors } from './support';

describe('a stack of a list', () => {
  it(
    'takes layers from a loop, and a head',
    clean(() => {
      const layers = Array.from({ length: 3 }, (_, i) => lstm({ inputSize: i === 0 ? 3 : 4, units: 4 }));
      const model = stack([...layers, dense({ inputSize: 4, units: 2 })]);
      const params = model.init(1);
      expectTypeOf(params).toEqualTypeOf<
        [...LstmParams[], { readonly kernel: Tensor2D; readonly bias?: Tensor1D }]
      >();
      const { output, state } = unroll(model, params, vectors(), { lengths: LENGTHS });
      expectTypeOf(output).toEqualTypeOf<Tensor3D>();
      expect([output.shape, state.length]).toEqual([[B, T, 2], 4]);
      const tuple = stack([layers[0]!, layers[1]!, layers[2]!, dense({ inputSize: 4, units: 2 })]);
      const other = unroll(tuple, params as never, vectors(), { lengths: LENGTHS });
      expect(Array.from(output.dataSync())).toEqual(Array.from(other.output.dataSync()));
    }),
  );

  it(
    'knows its types, ids and one output a row among them',
    clean(() => {
      const layers = [gru({ inputSize: 3, units: 3 }), gru({ inputSize: 3, units: 3 })];
      const plain = stack(layers);
      expectTypeOf(plain).toHaveProperty('step');
      expectTypeOf(plain.zeroState(1)).toEqualTypeOf<readonly { readonly h: Tensor2D }[]>();
      const model = stack([
        table,
        ...layers,
        lastOutput(gru({ inputSize: 3, units: 3 })),
        dense({ inputSize: 3, units: 2 }),
      ]);
      const { output } = unroll(model, model.init(1), ids());
      expectTypeOf(output).toEqualTypeOf<Tensor2D>();
      expect(output.shape).toEqual([B, 2]);
      const mixed: AnyPart[] = [first, head];
      const run = unroll(stack(mixed), stack(mixed).init(1), vectors());
      expect(run.output.shape).toEqual([B, T, 2]);
    }),
  );

  const three = stack(Array.from({ length: 3 }, () => second));
  it.each(contractChecks(three).map(({ name, check }) => [name, check] as const))('%s', (_check, check) => {
    const before = tf.memory().numTensors;
    check();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is not changed by a change of the list', () => {
    const list = [second, second];
    const model = stack(list);
    list.push(second);
    expect((structureOf(model) as StackStructure<unknown>).parts).toHaveLength(2);
    expect(Object.keys(parameterShapes(model)).at(-1)).toBe('1.recurrentBias');
  });

  it('refuses what is no list of parts', () => {
    const listOf = (list: unknown) => refusal(() => stack(list as AnyPart[]));
    expect(listOf([])).toContain('stack: expected a list of at least one part, got none: pass stack([lstm(');
    expect(listOf(undefined)).toContain('got undefined');
    expect(listOf(first)).toContain('got an object');
    expect(listOf([first, undefined])).toContain('stack: part 1: expected a cell or layer, with init');
    expect(listOf([lstm])).toContain(
      'stack: part 0: expected a cell or layer, with init, zeroState and step or unroll, got a function',
    );
    expect(listOf([first, gru({ inputSize: 5, units: 2 })])).toContain('part 1 (gru) to read vectors of 4');
  });
});

describe('models of any kind', () => {
  const models = {
    small: lastOutput(lstm({ inputSize: 3, units: 2 })),
    deep: stack([first, lastOutput(second), dropout({ rate: 0.1 }), head]),
    both: stack([lastOutput(both), head]),
  };

  it(
    'run from a record, by types that infer',
    clean(() => {
      for (const model of Object.values(models)) {
        const { output } = unroll(model, model.init(1), vectors(), { lengths: LENGTHS });
        expectTypeOf(output).toEqualTypeOf<Tensor2D>();
        expect(output.shape).toEqual([B, 2]);
      }
    }),
  );

  it(
    'fit one type for one output a row',
    clean(() => {
      const classify = (model: ManyToOne, x: Tensor3D): Tensor2D => unroll(model, model.init(1), x).output;
      for (const model of Object.values(models)) expect(classify(model, vectors()).shape).toEqual([B, 2]);
      const ofIds: ManyToOne<'ids'> = stack([table, lastOutput(first), head]);
      expectTypeOf(unroll(ofIds, ofIds.init(1), ids()).output).toEqualTypeOf<Tensor2D>();
      // @ts-expect-error it gives an output at every step
      const notOne: ManyToOne = stack([first, head]);
      // @ts-expect-error it reads ids
      const notVectors: ManyToOne = ofIds;
      expect([notOne, notVectors].map(isManyToOne)).toEqual([false, true]);
    }),
  );

  it(
    'fit one type for one output a step',
    clean(() => {
      const tag = (model: ManyToMany, x: Tensor3D): Tensor3D => unroll(model, model.init(1), x).output;
      const taggers = [
        stack([first, head]),
        simpleRnn({ inputSize: 3, units: 2 }),
        both,
        stack([both, head]),
      ];
      for (const model of taggers) expect(tag(model, vectors()).shape).toEqual([B, T, model.outputSize]);
      const ofIds: ManyToMany<'ids'> = stack([table, first]);
      expect(unroll(ofIds, ofIds.init(1), ids()).output.shape).toEqual([B, T, 4]);
      // @ts-expect-error it gives one output a row
      const notMany: ManyToMany = lastOutput(first);
      expect(isManyToOne(notMany)).toBe(true);
    }),
  );

  it('step from a list', () => {
    const before = tf.memory().numTensors;
    for (const cell of [first, simpleRnn({ inputSize: 3, units: 4 })]) {
      const params = cell.init(1);
      const run = stepper(cell, params);
      expect(run.step([1, 2, 3])).toHaveLength(4);
      run.dispose();
      tf.dispose(params);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('go through functions of any part', () => {
    const withHead = <C extends AnyCell>(cell: C) => stack([cell, head]);
    const headed = <P extends AnyPart>(part: P) => stack([part, head]);
    const lastOf = <P, S>(layer: Layer<P, S>) => stack([lastOutput(layer), head]);
    expectTypeOf(withHead(second).zeroState(1)[0].h).toEqualTypeOf<Tensor2D>();
    expect([withHead(first), headed(both), lastOf(both)].map(isManyToOne)).toEqual([false, false, true]);
  });

  it('keep the types of the one that is given', () => {
    expectTypeOf(unroll(first, first.init(1), vectors()).state.c).toEqualTypeOf<Tensor2D>();
    function lossOf<P, S>(model: Layer<P, S, 'vectors', Tensor2D>, params: P, x: Tensor3D): Tensor2D {
      return unroll(model, params, x).output;
    }
    expectTypeOf(lossOf).toBeFunction();
    // @ts-expect-error parameters of another model
    expect(() => unroll(first, head.init(1), vectors())).toThrow(
      "lstm: expected parameters with 'kernel' float32 [3, 16]",
    );
  });
});
