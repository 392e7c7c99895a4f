/** Keras files that are damaged, hostile or something else. */
import { disposeTree, lstm } from '@unrolled/cells';
import type { UnrolledError } from '@unrolled/errors';
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readKeras, writeKeras } from '../src/keras';
import { bytesOf, complaint } from './support';

const cell = lstm({ inputSize: 2, units: 3 });
const params = cell.init(1);
const stored = await writeKeras(cell, params);
disposeTree(params);
const files = unzipSync(stored);
const deflated = zipSync(files, { level: 6, mtime: new Date(1980, 0, 1) });

const codeOf = async (bytes: Uint8Array) => {
  const error = await readKeras(bytes).then(
    () => undefined,
    (refusal: UnrolledError) => refusal,
  );
  return error?.code;
};

/** A copy with one little-endian number of `size` bytes set, so far from where a record begins. */
function patched(
  bytes: Uint8Array,
  signature: number,
  offset: number,
  size: 2 | 4,
  value: number,
  from = 0,
): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let place = from; ; place++) {
    if (view.getUint32(place, true) !== signature) continue;
    if (size === 2) view.setUint16(place + offset, value, true);
    else view.setUint32(place + offset, value, true);
    return copy;
  }
}

const [END, DIRECTORY] = [0x06054b50, 0x02014b50];

/** Where the directory's record of the weights begins. */
const recordOfWeights = (bytes: Uint8Array) => {
  const name = new TextEncoder().encode('model.weights.h5');
  const start = bytes.findLastIndex((_, place) => name.every((byte, index) => bytes[place + index] === byte));
  return start - 46;
};

it('stored and deflated archives are read', async () => {
  expect((await readKeras(stored)).size).toBe(3);
  expect(new Map(await readKeras(deflated))).toEqual(new Map(await readKeras(stored)));
  const commented = new Uint8Array([...patched(stored, END, 20, 2, 5), ...new TextEncoder().encode('words')]);
  expect((await readKeras(commented)).size).toBe(3);
});

describe('a wrong bit is found by the checksum', () => {
  const from = stored.length - recordOfWeights(stored) + 300;
  const places = [0.1, 0.3, 0.5, 0.7, 0.9].map((share) =>
    Math.floor(from + share * (stored.length - 2 * from)),
  );
  it.each(places)('at byte %i', async (place) => {
    for (const bit of [0, 3, 7]) {
      const bytes = stored.slice();
      bytes[place] = bytes[place]! ^ (1 << bit);
      expect(await complaint(() => readKeras(bytes))).toMatch(/with a wrong checksum|complete \.keras file/);
      expect(await codeOf(bytes)).toBe('format');
    }
  });

  it('in the configuration, and in deflated bytes', async () => {
    const text = stored.slice();
    const place = text.findIndex(
      (_, index) => new TextDecoder().decode(text.subarray(index, index + 4)) === 'tanh',
    );
    text[place] = 'T'.charCodeAt(0);
    expect(await complaint(() => readKeras(text))).toContain('"config.json" with a wrong checksum');
    const bytes = deflated.slice();
    bytes[700] = bytes[700]! ^ 4;
    expect(await complaint(() => readKeras(bytes))).toContain('expected a complete .keras file');
  });
});

describe('an inconsistent directory is refused', () => {
  const weights = recordOfWeights(stored);
  const packed = recordOfWeights(deflated);
  const lies: [string, Uint8Array, string][] = [
    [
      'a size of 4 GB',
      patched(deflated, DIRECTORY, 24, 4, 0xfffffffe, packed),
      'with 4294967294 bytes, compressed into',
    ],
    [
      'a larger size, stored',
      patched(stored, DIRECTORY, 24, 4, 20_000, weights),
      'with 20000 bytes, compressed into',
    ],
    ['a smaller size, deflated', patched(deflated, DIRECTORY, 24, 4, 100, packed), 'with a wrong checksum'],
    ['a larger size, deflated', patched(deflated, DIRECTORY, 24, 4, 20_000, packed), 'with a wrong checksum'],
    ['a smaller size, stored', patched(stored, DIRECTORY, 24, 4, 100, weights), 'with a wrong checksum'],
    [
      'an end beyond the file',
      patched(stored, DIRECTORY, 20, 4, 1e9, weights),
      'lacks the end of "model.weights.h5"',
    ],
    ['a beginning beyond the file', patched(stored, DIRECTORY, 42, 4, 1e9, weights), 'lacks the start of'],
    ['another beginning', patched(stored, DIRECTORY, 42, 4, 7, weights), 'lacks the start of'],
    ['encryption', patched(stored, DIRECTORY, 8, 2, 1, weights), 'encrypted or compressed by a method'],
    ['another method', patched(stored, DIRECTORY, 10, 2, 14, weights), 'encrypted or compressed by a method'],
    ['a name beyond the file', patched(stored, DIRECTORY, 28, 2, 0xffff, weights), 'got an archive of'],
    ['more entries', patched(stored, END, 10, 2, 60_000), 'truncated directory'],
    ['no entry', patched(stored, END, 10, 2, 0), 'an archive of (none)'],
    ['a directory beyond the file', patched(stored, END, 16, 4, 0xfffffff0), 'truncated directory'],
  ];
  it.each(lies)('%s', async (_, bytes, words) => {
    const start = performance.now();
    expect(await complaint(() => readKeras(bytes))).toContain(words);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(await codeOf(bytes)).toBe('format');
  });

  it('of the form for more than 4 GB', async () => {
    const bytes = patched(stored, END, 10, 2, 0xffff);
    expect(await complaint(() => readKeras(bytes))).toContain('expected a .keras file below 4 GB');
  });

  it('a bomb: zeros that unpack to far more than they take', async () => {
    const bytes = zipSync({ ...files, 'model.weights.h5': new Uint8Array(30_000_000) });
    expect(await complaint(() => readKeras(bytes))).toContain(
      '"model.weights.h5" with 30000000 bytes, compressed into',
    );
  });

  it('a description that is no JSON, nests deeply, or names what JavaScript knows', async () => {
    const described = (text: string) => zipSync({ ...files, 'config.json': new TextEncoder().encode(text) });
    expect(await complaint(() => readKeras(described('{"a":')))).toContain('expected JSON as config.json');
    const deep = `${'{"class_name":"RNN","config":{"cell":'.repeat(20_000)}1${'}}'.repeat(20_000)}`;
    expect((await readKeras(described(deep))).size).toBe(3);
    const proto = await readKeras(described('{"__proto__":{"class_name":"x"},"class_name":"constructor"}'));
    expect(proto.size).toBe(3);
  });
});

describe('HDF5', () => {
  const h5 = bytesOf('keras-lstm.weights.h5');

  it('unreadable files do not spoil the next', async () => {
    for (let index = 0; index < 12; index++) {
      const length = 100 + Math.floor((index * h5.length) / 16);
      await expect(readKeras(h5.slice(0, length))).rejects.toMatchObject({ code: 'format' });
    }
    expect((await readKeras(h5)).size).toBe(3);
  });

  it('an array that is larger than the file can be is refused before memory is taken', async () => {
    const bytes = h5.slice();
    const view = new DataView(bytes.buffer);
    // The extents of an array in its dataspace: [3, 20] as two 64-bit numbers.
    const place = bytes.findIndex(
      (_, at) =>
        at % 8 === 0 &&
        at + 16 <= bytes.length &&
        view.getBigUint64(at, true) === 3n &&
        view.getBigUint64(at + 8, true) === 20n,
    );
    view.setBigUint64(place, 30_000_000n, true);
    expect(await complaint(() => readKeras(bytes))).toMatch(/far larger than the file|cannot be read/);
  });

  it('texts that do not follow one another are refused', async () => {
    const bytes = bytesOf('keras2-names.h5');
    const start = new TextDecoder('latin1').decode(bytes).indexOf('GCOL');
    new DataView(bytes.buffer).setBigUint64(start + 24, 5000n, true); // the size of the first text
    expect(await complaint(() => readKeras(bytes))).toContain('got a file with damaged texts');
  });

  it('numbers of the other byte order are read as they are meant', async () => {
    const little = (await readKeras(h5)).get('layers/lstm/cell/vars/0')!;
    const bytes = h5.slice();
    // float32, by its datatype message: class and version, byte order, …, the size 4.
    for (let place = 0; place + 8 < bytes.length; place++) {
      const isFloat = [0x11, 0x20, 0x1f, 0, 4, 0, 0, 0].every((byte, index) => bytes[place + index] === byte);
      if (isFloat) bytes[place + 1] = 0x21;
    }
    const big = (await readKeras(bytes)).get('layers/lstm/cell/vars/0')!;
    const view = new DataView(Uint8Array.from(new Uint8Array(little.data.buffer)).buffer);
    expect([...big.data]).toEqual(
      Array.from({ length: little.data.length }, (_, index) => view.getFloat32(4 * index)),
    );
  });

  it('several at once', async () => {
    const half = h5.slice(0, h5.length / 2);
    const results = await Promise.allSettled([h5, half, stored, half, h5].map((bytes) => readKeras(bytes)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });
});

describe('other files are named', () => {
  const others: [string, Uint8Array, string][] = [
    ['PyTorch', zipSync({ 'archive/data.pkl': new Uint8Array(3) }), 'got a PyTorch file'],
    ['NumPy', zipSync({ 'kernel.npy': new Uint8Array(3) }), 'got a NumPy archive (.npz)'],
    ['pickle', Uint8Array.of(0x80, 2, 0x7d), 'got a PyTorch or Python file (pickle)'],
    ['ONNX', Uint8Array.of(8, 8, 0x12, 7, 0x70), 'got an ONNX model'],
    ['GGUF', new TextEncoder().encode('GGUF\x03'), 'got a GGUF file'],
    ['a page', new TextEncoder().encode('<!doctype html>'), 'got a web page'],
    ['another zip', zipSync({ 'a.txt': new Uint8Array(3) }), 'an archive of "a.txt"'],
  ];
  it.each(others)('%s', async (_, bytes, words) =>
    expect(await complaint(() => readKeras(bytes))).toContain(words),
  );

  it('and what is no bytes', async () =>
    expect(await complaint(() => readKeras('model.keras' as never))).toContain(
      'the bytes of a file in a Uint8Array, got',
    ));
});
