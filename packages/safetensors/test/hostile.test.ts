import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { describe, expect, test } from 'vitest';
import { codeOf, fileOf, messageOf } from './support';

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;
const f32 = (shape: string, offsets: string) => entry('F32', shape, offsets);

/** The fault, the file, and the message. */
const hostile: [string, Uint8Array, string][] = [
  ['an empty file', new Uint8Array(0), 'expected a safetensors file of at least 8 bytes, got 0 bytes'],
  ['a file of 7 bytes', new Uint8Array(7), 'got 7 bytes'],
  [
    'a header beyond the limit',
    fileOf('{}', 0, 100_000_001n),
    'expected a header of at most 100,000,000 bytes, got 100,000,001',
  ],
  ['a header length of 2⁶⁴ − 1', fileOf('{}', 0, 2n ** 64n - 1n), 'got 18,446,744,073,709,551,615 bytes'],
  [
    'a header beyond the end',
    fileOf('{}', 0, 3n),
    "expected a header within the file's 10 bytes, got a header of 3 bytes",
  ],
  ['no header', fileOf(''), 'expected a header that starts with {, got an empty header'],
  ['a space first', fileOf(' {}'), 'expected a header that starts with {, got byte 0x20'],
  ['a byte order mark', fileOf('\ufeff{}'), 'got byte 0xef'],
  ['a list', fileOf('[]'), 'got byte 0x5b'],
  [
    'bytes that are not UTF-8',
    fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)),
    'expected a header in valid UTF-8',
  ],
  ['an open object', fileOf('{'), 'got the end of the header'],
  [
    'something after the object',
    fileOf('{}x'),
    'expected only spaces after the closing brace, got "x" at character 3',
  ],
  ['zeros after the object', fileOf('{}\0'), 'expected only spaces after the closing brace'],
  ['a trailing comma', fileOf('{"__metadata__":{},}'), 'expected a tensor name, got "}" at character 20'],
  ['single quotes', fileOf("{'a':{}}"), 'expected a tensor name'],
  ['an open string', fileOf('{"a'), 'expected a closing quote after a tensor name'],
  ['an escape at the end', fileOf('{"a\\'), 'expected a closing quote'],
  ['an escape that is none', fileOf('{"\\x":{}}'), 'expected a tensor name with valid escapes'],
  ['an escaped lone surrogate', fileOf('{"\\ud800":{}}'), 'expected a tensor name with valid escapes'],
  ['a line break in a name', fileOf('{"a\n":{}}'), 'expected no control character in a tensor name'],
  [
    'a name twice',
    fileOf(`{"a":${f32('[1]', '[0,4]')},"a":${f32('[1]', '[4,8]')}}`, 8),
    'expected unique keys, got "a" twice',
  ],
  [
    'a name twice, once escaped',
    fileOf(`{"a":${f32('[1]', '[0,4]')},"\\u0061":${f32('[1]', '[4,8]')}}`, 8),
    'got "a" twice',
  ],
  [
    'a field twice',
    fileOf('{"a":{"dtype":"F32","dtype":"U8","shape":[],"data_offsets":[0,1]}}', 1),
    'got "dtype" twice',
  ],
  ['metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}'), 'got "__metadata__" twice'],
  ['a metadata key twice', fileOf('{"__metadata__":{"k":"1","k":"2"}}'), 'got "k" twice'],
  [
    'metadata that is no text',
    fileOf('{"__metadata__":{"k":1}}'),
    'expected a string as the value of metadata "k"',
  ],
  ['nested metadata', fileOf('{"__metadata__":{"k":{}}}'), 'expected a string as the value of metadata "k"'],
  [
    'metadata that is no object',
    fileOf('{"__metadata__":null}'),
    'expected a JSON object with a metadata key as key',
  ],
  [
    'a tensor that is no object',
    fileOf('{"a":1}'),
    'expected a JSON object with a field of tensor "a" as key',
  ],
  ['deep nesting', fileOf(`{"a":${'['.repeat(1e6)}`), 'expected a JSON object'],
  [
    'an unknown field',
    fileOf('{"a":{"strides":[1]}}'),
    'expected only dtype, shape and data_offsets for tensor "a", got the field "strides"',
  ],
  ['the field __proto__', fileOf('{"a":{"__proto__":[1]}}'), 'got the field "__proto__"'],
  ['a missing dtype', fileOf('{"a":{"shape":[],"data_offsets":[0,1]}}', 1), 'for tensor "a", got no dtype'],
  ['missing fields', fileOf('{"a":{"dtype":"U8"}}'), 'got no shape and no data_offsets'],
  ['one offset', fileOf(`{"a":${f32('[]', '[0]')}}`), 'got 1 data_offsets'],
  [
    'three offsets',
    fileOf(`{"a":${f32('[]', '[0,4,8]')}}`),
    'expected at most 2 numbers as the data_offsets of tensor "a"',
  ],
  [
    'an unknown dtype',
    fileOf(`{"a":${entry('F8_E9M9', '[1]', '[0,1]')}}`, 1),
    'C64, F64, I64, U64 for tensor "a", got "F8_E9M9"',
  ],
  [
    'a dtype out of the prototype',
    fileOf(`{"a":${entry('constructor', '[1]', '[0,1]')}}`, 1),
    'got "constructor"',
  ],
  ['a dtype that is a number', fileOf('{"a":{"dtype":4}}'), 'expected a dtype for tensor "a"'],
  ['a negative extent', fileOf(`{"a":${f32('[-1]', '[0,4]')}}`, 4), 'in the shape of tensor "a", got "-1"'],
  ['a fraction', fileOf(`{"a":${f32('[1.0]', '[0,4]')}}`, 4), 'got "1.0"'],
  ['an exponent', fileOf(`{"a":${f32('[1e0]', '[0,4]')}}`, 4), 'got "1e0"'],
  ['a leading zero', fileOf(`{"a":${f32('[01]', '[0,4]')}}`, 4), 'got "01"'],
  ['an extent of 2⁵³', fileOf(`{"a":${f32('[9007199254740992]', '[0,4]')}}`, 4), 'got "9007199254740992"'],
  [
    'an offset of 2⁶⁴',
    fileOf(`{"a":${f32('[1]', '[0,18446744073709551616]')}}`, 4),
    'got "18446744073709551616"',
  ],
  ['an extent in quotes', fileOf(`{"a":${f32('["1"]', '[0,4]')}}`, 4), 'whole numbers from 0'],
  ['a nested shape', fileOf(`{"a":${f32('[[1]]', '[0,4]')}}`, 4), 'whole numbers from 0'],
  ['an empty place in a shape', fileOf(`{"a":${f32('[1,]', '[0,4]')}}`, 4), 'whole numbers from 0'],
  [
    'a thousand dimensions and one',
    fileOf(`{"a":${f32(`[${'1,'.repeat(1000)}1]`, '[0,4]')}}`, 4),
    'expected at most 1000 numbers',
  ],
  [
    'a product that overflows',
    fileOf(`{"a":${f32('[4294967296,4294967296]', '[0,4]')}}`, 4),
    'whose size in bits is a safe integer, got [4294967296, 4294967296]',
  ],
  [
    'a product that overflows before its 0',
    fileOf(`{"a":${f32('[4294967296,4294967296,0]', '[0,0]')}}`),
    'is a safe integer',
  ],
  [
    'a shape that is too small',
    fileOf(`{"a":${f32('[1]', '[0,8]')}}`, 8),
    'expected 4 bytes for tensor "a" (F32 [1]), got 8 bytes',
  ],
  [
    'a shape that is too large',
    fileOf(`{"a":${f32('[3]', '[0,8]')}}`, 8),
    'expected 12 bytes for tensor "a" (F32 [3]), got 8 bytes',
  ],
  [
    'offsets in reverse',
    fileOf(`{"a":${f32('[1]', '[4,0]')}}`, 4),
    'begin at byte 0 of the data, got byte 4',
  ],
  [
    'an end before the begin',
    fileOf(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[4,0]')}}`, 8),
    'expected the end of tensor "b" after its start',
  ],
  ['a hole at the start', fileOf(`{"a":${f32('[1]', '[4,8]')}}`, 8), 'got byte 4, which leaves a gap'],
  [
    'a hole between',
    fileOf(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[8,12]')}}`, 12),
    'expected tensor "b" to begin at byte 4 of the data, got byte 8, which leaves a gap',
  ],
  [
    'an overlap',
    fileOf(`{"a":${f32('[2]', '[0,8]')},"b":${f32('[1]', '[4,8]')}}`, 8),
    'got byte 4, which overlaps the previous tensor',
  ],
  ['the same bytes twice', fileOf(`{"a":${f32('[1]', '[0,4]')},"b":${f32('[1]', '[0,4]')}}`, 4), 'overlaps'],
  [
    'data that is cut off',
    fileOf(`{"a":${f32('[2]', '[0,8]')}}`, 7),
    'expected tensor "a" within the 7 bytes of data, got data_offsets [0, 8]',
  ],
  [
    'terabytes that are not there',
    fileOf(`{"a":${f32('[1000000000000]', '[0,4000000000000]')}}`, 4),
    'within the 4 bytes of data',
  ],
  [
    'bytes after the last tensor',
    fileOf(`{"a":${f32('[1]', '[0,4]')}}`, 5),
    'expected tensors that cover all 5 bytes of data, got tensors that end at byte 4',
  ],
  ['data without tensors', fileOf('{}', 1), 'expected tensors that cover all 1 byte of data'],
  ['a name as long as the file', fileOf(`{"${'n'.repeat(1e5)}":{}}`), `${'n'.repeat(60)}…`],
];

test.each(hostile)('%s is refused', (_, file, message) => {
  const got = messageOf(() => readSafetensors(file));
  expect(got).toContain(message);
  expect(got).toMatch(/^readSafetensors: expected /);
  expect(got.length).toBeLessThan(400);
  expect(codeOf(() => readSafetensors(file))).toBe('format');
});

describe('what the format allows', () => {
  test('spaces anywhere, fields in any order, escapes, empty tensors in the middle', () => {
    const header = `{ "b" : {"data_offsets":[4, 4],\n"shape":[0, 9007199254740991],"dtype":"F32"},
      "\\u0061" : ${f32('[1]', '[0,4]')}, "c":${entry('BOOL', '[]', '[4,5]')} }\t\n `;
    const { tensors } = readSafetensors(fileOf(header, 5));
    expect([...tensors.keys()]).toEqual(['a', 'b', 'c']);
    expect([...tensors.values()].map(({ data }) => data.length)).toEqual([1, 0, 1]);
  });

  test('names that mean something to JavaScript', () => {
    const header = `{"__proto__":${f32('[1]', '[0,4]')},"__metadata__":{"__proto__":"x","constructor":"y"}}`;
    const { tensors, metadata } = readSafetensors(fileOf(header, 4));
    expect([...tensors.keys()]).toEqual(['__proto__']);
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('a header of any size that the caller takes', () => {
    const file = writeSafetensors({}, { text: 'x'.repeat(1000) });
    expect(messageOf(() => readSafetensors(file, { maximumHeaderBytes: 999 }))).toContain(
      'at most 999 bytes',
    );
    expect(readSafetensors(file, { maximumHeaderBytes: 2000 }).metadata.text).toHaveLength(1000);
    const notANumber = () => readSafetensors(file, { maximumHeaderBytes: Number.NaN });
    expect(messageOf(notANumber)).toContain('maximumHeaderBytes');
    expect(codeOf(notANumber)).toBe('argument');
  });
});

test('something else than bytes is refused', () => {
  expect(messageOf(() => readSafetensors('file' as never))).toContain(
    'a Uint8Array or an ArrayBuffer, got "file"',
  );
  expect(messageOf(() => readSafetensors(null as never))).toContain('got null');
  expect(codeOf(() => readSafetensors(null as never))).toBe('argument');
});
