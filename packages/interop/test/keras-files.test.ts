/**
 * Files that Keras 2 and 3 wrote in other ways than golden.test.ts has; `fixtures/make_keras_files.py` makes
 * them again.
 */
import { readdirSync } from 'node:fs';
import { type AnyPart, disposeTree, flattenParams, gru, lstm, simpleRnn, stack } from '@unrolled/cells';
import { describe, expect, it } from 'vitest';
import { fromKeras, type NamedArrays, toKeras } from '../src/index';
import { readKeras, writeKerasWeights } from '../src/keras';
import {
  build,
  bytesOf,
  complaint,
  expectOutput,
  fixtures,
  goldenCase,
  someParams,
  withoutLeak,
} from './support';

const cases = readdirSync(fixtures)
  .filter((name) => /^keras[23]-.*\.json$/.test(name))
  .map((name) => name.replace('.json', ''));

describe.each(cases)('%s', (name) => {
  const golden = goldenCase(name);
  it(`gives the outputs of ${golden.madeBy}, and is written again`, () =>
    withoutLeak(async () => {
      const model = build(golden.model);
      const params = fromKeras(await readKeras(bytesOf(golden.file!)), model);
      expectOutput(model, params, golden);
      const again = fromKeras(await readKeras(await writeKerasWeights(toKeras(model, params))), model);
      expectOutput(model, again, golden);
      disposeTree([params, again]);
    }));
});

it('finds the cases', () => expect(cases).toHaveLength(10));

const arraysOf = async (name: string) => new Map(await readKeras(bytesOf(goldenCase(name).file!)));

describe('what stands in a file', () => {
  it('16-bit weights keep their bits', async () => {
    expect((await arraysOf('keras3-float16')).get('layers/lstm/cell/vars/0')).toMatchObject({
      dtype: 'F16',
      shape: [3, 16],
    });
    expect((await arraysOf('keras3-bfloat16')).get('layers/dense/vars/1')).toMatchObject({
      dtype: 'BF16',
      shape: [2],
    });
  });

  it('comes in the order of the layers', async () => {
    expect([...(await arraysOf('keras2-names')).keys()].map((path) => path.split('/')[0])).toEqual([
      ...['zeta', 'zeta', 'zeta', 'alpha', 'alpha', 'alpha', 'dense', 'dense'],
    ]);
  });

  it('of a whole model is its weights, its description and its version', async () => {
    const file = await readKeras(bytesOf('keras2-lstm.h5'));
    expect([...file.keys()][0]).toBe('lstm/lstm/lstm_cell/kernel:0');
    expect(file.config).toMatchObject({ class_name: 'Sequential' });
    expect(file.kerasVersion).toMatch(/^2\.\d+/);
    const weights = await readKeras(bytesOf('keras2-names.h5'));
    expect(weights.config).toBeUndefined();
  });
});

describe('names', () => {
  const twins = stack([lstm({ inputSize: 3, units: 4 }), lstm({ inputSize: 4, units: 4 })]);

  it('of Keras 2 are its layers', () =>
    withoutLeak(async () => {
      const arrays = await arraysOf('keras2-names');
      const golden = goldenCase('keras2-names');
      const model = build(golden.model);
      const params = fromKeras(arrays, model, { names: ['zeta', 'alpha', 'dense'] });
      expectOutput(model, params, golden);
      const first = fromKeras(arrays, lstm({ inputSize: 3, units: 4 }), { names: ['zeta'], strict: false });
      expect(await complaint(() => fromKeras(arrays, model, { names: ['zeta', 'beta', 'dense'] }))).toContain(
        'expected arrays named beta/cell/vars/0',
      );
      disposeTree([params, first]);
    }));

  it('that come again are the next one in that group', () =>
    withoutLeak(async () => {
      const arrays = await arraysOf('keras3-cells');
      const params = fromKeras(arrays, twins, { names: ['layers/rnn', 'layers/rnn'], strict: false });
      const cells = ['layers/rnn/cell/cells/lstm_cell', 'layers/rnn/cell/cells/lstm_cell_1'];
      const same = fromKeras(arrays, twins, { names: cells, strict: false });
      expect(flattenParams(params)['1.kernel']!.dataSync()).toEqual(
        flattenParams(same)['1.kernel']!.dataSync(),
      );
      disposeTree([params, same]);
    }));

  it('are asked for where two groups would fit', async () => {
    const arrays = new Map<string, never>();
    const params = twins.init(1);
    for (const [name, array] of Object.entries(toKeras(twins, params, { names: ['encoder', 'decoder'] }))) {
      if (!/vars\/0/.test(name) || name.startsWith('decoder')) arrays.set(name, array as never);
    }
    arrays.set('encoder/cell/vars/0', arrays.get('decoder/cell/vars/0')!);
    const model = stack([lstm({ inputSize: 4, units: 4 }), lstm({ inputSize: 4, units: 4 })]);
    expect(await complaint(() => fromKeras(arrays, model))).toContain(
      'got several possible groups: decoder/cell, encoder/cell: set the option names',
    );
    disposeTree(params);
  });
});

describe('toKeras writes what fromKeras reads', () => {
  const rnn: [string, AnyPart][] = [
    ['lstm', lstm({ inputSize: 2, units: 3 })],
    ['gru', gru({ inputSize: 2, units: 3 })],
    ['simple_rnn', simpleRnn({ inputSize: 2, units: 3 })],
  ];
  const roundTrip = async (arrays: NamedArrays, part: AnyPart, names?: string[]) => {
    const read = await readKeras(await writeKerasWeights(arrays));
    return { read, params: fromKeras(read, part, { names }) };
  };
  it.each(rnn)('%s within StackedRNNCells and under RNN', (kind, part) =>
    withoutLeak(async () => {
      const params = someParams(part);
      for (const name of [
        `layers/rnn/cell/cells/${kind}_cell_1`,
        'layers/rnn/cell',
        'layers/rnn',
        'encoder',
        'step_cell',
      ]) {
        const { read, params: back } = await roundTrip(
          toKeras(part, params as never, { names: [name] }),
          part,
          [name],
        );
        expect([...read.keys()][0]).toBe(/cell/.test(name) ? `${name}/vars/0` : `${name}/cell/vars/0`);
        expect(Object.values(flattenParams(back)).map((tensor) => tensor.dataSync())).toEqual(
          Object.values(flattenParams(params)).map((tensor) => tensor.dataSync()),
        );
        disposeTree(back);
      }
      disposeTree(params);
    }),
  );

  it.each(rnn)('%s with use_bias=False', (_, part) =>
    withoutLeak(async () => {
      const drawn = part.init(1);
      const kernels = Object.entries(toKeras(part, drawn as never)).filter(([name]) => !name.endsWith('/2'));
      const zero = fromKeras(new Map(kernels), part);
      const { read, params } = await roundTrip(toKeras(part, zero, { bias: false }), part);
      expect(Object.fromEntries(read)).toEqual(Object.fromEntries(kernels));
      disposeTree([drawn, zero, params]);
    }),
  );

  it('one with and one without', () =>
    withoutLeak(async () => {
      const model = stack([gru({ inputSize: 2, units: 3 }), gru({ inputSize: 3, units: 3 })]);
      const params = model.init(1); // its biases are 0
      const arrays = toKeras(model, params, { bias: [false, true] });
      expect(Object.keys(arrays)).toEqual(
        [0, 1]
          .map((n) => `layers/gru/cell/vars/${n}`)
          .concat([0, 1, 2].map((n) => `layers/gru_1/cell/vars/${n}`)),
      );
      expect(await complaint(() => toKeras(model, params, { bias: [true] }))).toContain(
        'one bias for each of the layers gru, gru',
      );
      const others = someParams(model) as typeof params;
      expect(await complaint(() => toKeras(model, others, { bias: false }))).toContain(
        'expected recurrent biases that are all 0, because `bias: false` leaves them out, got other values in layers/gru/cell/vars/2: create the Keras layer with use_bias=True',
      );
      disposeTree([params, others]);
    }));
});
