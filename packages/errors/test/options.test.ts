import { describe, expect, test } from 'vitest';
import {
  kindCheckOf,
  type OptionKinds,
  optionsCheckOf,
  type Refuse,
  refuser,
  UnrolledError,
} from '../src/index';

interface Options {
  readonly units: number;
  readonly batchSize?: number;
  readonly rate?: number;
  readonly lengths?: ArrayLike<number>;
  readonly activation?: string | ((x: number) => number);
  readonly state?: object;
  readonly input?: object;
  readonly bytes?: Uint8Array;
  readonly anything?: unknown;
}

const KINDS: OptionKinds<Options> = {
  units: 'positive integer',
  batchSize: 'integer of at least 0?',
  rate: 'number?',
  lengths: 'array or typed array?',
  activation: 'string or function?',
  state: 'object?',
  input: 'tensor?',
  bytes: 'Uint8Array?',
  anything: 'value?',
};

const refuse: Refuse = refuser('cells');
const checkOptions = optionsCheckOf(refuse);
const checkKind = kindCheckOf(refuse);
const tensor = (isDisposed = false) => ({ dataId: {}, shape: [2, 3], isDisposed });

function messageOf(options: unknown): string {
  try {
    checkOptions('lstm', options as Options, KINDS);
  } catch (error) {
    if (error instanceof UnrolledError) return error.message.replace('[unrolled/cells] lstm: ', '');
    throw error;
  }
  return 'accepted';
}

describe('options', () => {
  test.each([
    { units: 1 },
    { units: 1, batchSize: undefined },
    { units: 8, batchSize: 0, rate: -0.5, lengths: [1], activation: 'tanh', state: {}, bytes: Buffer.of(1) },
    { units: 8, rate: Infinity, lengths: Int32Array.of(1), activation: (x: number) => x, input: tensor() },
    ...[null, 0, NaN, 'text', tensor()].map((anything) => ({ units: 1, anything })),
  ])('%o is accepted', (options) => expect(messageOf(options)).toBe('accepted'));

  test.each<[unknown, string]>([
    [{ unit: 1 }, `expected a known option, got "unit": did you mean 'units'?`],
    [{ units: 1, batch_size: 1 }, `expected a known option, got "batch_size": did you mean 'batchSize'?`],
    [{ units: 1, btachSize: 1 }, `expected a known option, got "btachSize": did you mean 'batchSize'?`],
    [{ units: 1, rat: 1 }, `expected a known option, got "rat": did you mean 'rate'?`],
    [{ units: 1, leng: [1] }, `got "leng": the options are units, batchSize, rate, lengths, activation`],
    [{ units: 1, constructor: 1 }, `got "constructor": the options are units`],
    [{}, 'expected units to be a positive integer, got undefined: pass such a value: it has no default'],
    [
      { units: '8' },
      'expected units to be a positive integer, got "8": pass such a value: it has no default',
    ],
    [
      { units: 1, batchSize: -1 },
      'expected batchSize to be an integer of at least 0, got -1: pass such a value, or omit',
    ],
    [{ units: 1, rate: NaN }, 'expected rate to be a number, got NaN'],
    [{ units: 1, rate: null }, 'expected rate to be a number, got null'],
    [
      { units: 1, lengths: tensor() },
      'got a tensor [2, 3]: for a tensor, pass Array.from(await tensor.data())',
    ],
    [
      { units: 1, lengths: new DataView(new ArrayBuffer(1)) },
      'to be an array or typed array, got a DataView',
    ],
    [{ units: 1, activation: 3 }, 'expected activation to be a string or function, got 3'],
    [
      { units: 1, state: Promise.resolve() },
      'expected state to be an object, got a promise: await the promise',
    ],
    [{ units: 1, state: [] }, 'expected state to be an object, got an array of 0'],
    [{ units: 1, state: tensor() }, 'expected state to be an object, got a tensor [2, 3]'],
    [{ units: 1, input: tensor(true) }, 'expected input to be a tensor, got a disposed tensor'],
    [{ units: 1, bytes: 'a' }, 'expected bytes to be a Uint8Array, got "a"'],
  ])('%o is refused', (options, message) => expect(messageOf(options)).toContain(message));

  test.each([undefined, null, 8, 'lstm', [], tensor(), () => {}])('%o is no object of options', (options) =>
    expect(messageOf(options)).toContain('expected options to be an object, got '),
  );

  test('a table that disagrees with the type does not compile', () => {
    // @ts-expect-error: `units` is missing.
    const lacking: OptionKinds<{ units: number; rate?: number }> = { rate: 'number?' };
    // @ts-expect-error: the type has no `unit`.
    const more: OptionKinds<{ units: number }> = { units: 'number', unit: 'number' };
    // @ts-expect-error: `rate` may be left out.
    const required: OptionKinds<{ rate?: number }> = { rate: 'number' };
    expect([lacking, more, required]).toHaveLength(3);
  });
});

test('a value by itself', () => {
  checkKind('f', 'text', 'a', 'string');
  checkKind('f', 'text', undefined, 'string?');
  expect(() => checkKind('f', 'text', 3, 'string')).toThrow(
    'f: expected text to be a string, got 3: pass such a value',
  );
});
