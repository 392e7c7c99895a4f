/** WAV files: libsndfile's samples, our own back again, and those that are refused. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { mono, readWav, type WavFormat, writeWav } from '../src';
import { readWavFile } from '../src/node';
import { difference, fixture, noise } from './support';

interface Wav {
  sampleRate: number;
  files: { name: string; bytes: string; channels: number[][] }[];
  others: { name: string; bytes: string }[];
}
const wav = fixture<Wav>('wav');
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

test.each(wav.files)('libsndfile’s samples of $name', ({ bytes, channels }) => {
  const audio = readWav(bytesOf(bytes));
  expect(audio.sampleRate).toBe(wav.sampleRate);
  expect(audio.channels).toHaveLength(2);
  for (const [channel, expected] of channels.entries())
    expect(difference(audio.channels[channel]!, expected)).toBeLessThan(1e-7);
});

test.each<[WavFormat, number]>([
  ['pcm8', 2 ** -8],
  ['pcm16', 2 ** -16],
  ['pcm24', 2 ** -24],
  ['pcm32', 2 ** -24],
  ['float32', 0],
])('what is written as %s is read again', (format, tolerance) => {
  const channels = [noise(51, 1), noise(51, 2), noise(51, 3)];
  const read = readWav(writeWav({ sampleRate: 12345, channels }, { format }));
  expect(read.sampleRate).toBe(12345);
  for (const [index, samples] of channels.entries())
    expect(
      Math.max(...samples.map((one, at) => Math.abs(one - read.channels[index]![at]!))),
    ).toBeLessThanOrEqual(tolerance);
});

test('one channel is the mean of all', () => {
  const channels = [Float32Array.of(1, 0), Float32Array.of(0, 0.5)];
  expect(mono({ sampleRate: 8000, channels })).toEqual(Float32Array.of(0.5, 0.25));
  expect(mono({ sampleRate: 8000, channels: [channels[0]!] })).toBe(channels[0]);
});

/** A file of 16 bits, one channel, 10 samples, changed at a place. */
function changed(change: (view: DataView, bytes: Uint8Array) => unknown, format: WavFormat = 'pcm16') {
  const bytes = writeWav({ sampleRate: 8000, channels: [noise(10)] }, { format });
  const own = bytes.slice();
  const result = change(new DataView(own.buffer), own);
  return result instanceof Uint8Array ? result : own;
}
const joined = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
const ascii = (text: string) => new TextEncoder().encode(text);

describe('refused in one line that names the file:', () => {
  test.each<[string, Uint8Array, RegExp]>([
    [
      'cut short',
      changed((_, bytes) => bytes.subarray(0, 50)),
      /64 bytes, the length in its header, in a\.wav, got 50 bytes: write the file again/,
    ],
    [
      'longer than its header says',
      changed((_, bytes) => joined(bytes, new Uint8Array(200))),
      /expected 64 bytes, the length in its header, .* got 264 bytes/,
    ],
    [
      'a length of 0',
      changed((view) => view.setUint32(4, 0, true)),
      /expected 8 bytes, the length in its header, .* got 64 bytes/,
    ],
    [
      'samples beyond the end',
      changed((view) => view.setUint32(40, 2000, true)),
      /2000 bytes in the chunk "data", according to its header, in a\.wav, got only 20 bytes/,
    ],
    [
      'fewer samples than there are',
      changed((view) => view.setUint32(40, 6, true)),
      /name of a chunk at byte 50/,
    ],
    [
      'half a sample',
      changed((view) => {
        view.setUint32(40, 19, true);
      }),
      /whole frames of 2 bytes in a\.wav, got 19 bytes/,
    ],
    [
      'no sample',
      changed((view, bytes) => {
        view.setUint32(40, 0, true);
        view.setUint32(4, 36, true);
        return bytes.subarray(0, 44);
      }),
      /at least one sample in a\.wav/,
    ],
    [
      'no data',
      changed((_, bytes) => {
        bytes.set(ascii('junk'), 36);
      }),
      /a chunk data in a\.wav, got only the chunks "fmt ", "junk"/,
    ],
    [
      'no format',
      changed((_, bytes) => {
        bytes.set(ascii('junk'), 12);
      }),
      /a chunk fmt of at least 16 bytes in a\.wav, got none/,
    ],
    ['no channel', changed((view) => view.setUint16(22, 0, true)), /at least 1 channel/],
    [
      'no rate',
      changed((view) => view.setUint32(24, 0, true)),
      /1 sample per second in a\.wav, got 1 channels and 0/,
    ],
    [
      'channels that the frames do not have',
      changed((view) => view.setUint16(22, 999, true)),
      /integers of 8, 16, 24, 32 bits/,
    ],
    [
      '17 bits in two bytes',
      changed((view) => view.setUint16(34, 17, true)),
      /got 17 bits in frames of 2 bytes/,
    ],
    ['floats of 16 bits', changed((view) => view.setUint16(20, 3, true)), /floats of 32, 64 bits/],
    [
      'NaN',
      changed((view) => view.setFloat32(view.byteLength - 4, Number.NaN, true), 'float32'),
      /finite samples in a\.wav, got NaN at frame 9 of channel 0/,
    ],
    [
      'infinity',
      changed((view) => view.setFloat32(view.byteLength - 8, Number.NEGATIVE_INFINITY, true), 'float32'),
      /got -Infinity at frame 8/,
    ],
    ['nothing', new Uint8Array(0), /a WAV file .* in a\.wav, got 0 bytes/],
    ['another file', ascii('OggS and so on and on'), /got an Ogg file: convert it/],
    ['a text', ascii('what is this, a transcript?'), /got bytes that begin "what"/],
  ])('%s', (_, bytes, message) => {
    expect(() => readWav(bytes, { name: 'a.wav' })).toThrow(message);
    expect(() => readWav(bytes, { name: 'a.wav' })).toThrow(/^\[unrolled\/audio\] readWav: [^\n]+$/);
  });

  test.each(wav.others)('$name', ({ bytes }) => {
    expect(() => readWav(bytesOf(bytes), { name: 'a.wav' })).toThrow(
      /integers \(PCM\) or floats in a\.wav, got (µ-law|A-law|IMA ADPCM|Microsoft ADPCM|GSM 6\.10): convert/,
    );
  });
});

test('12 bits stand at the upper end of two bytes, and a list of odd length before the samples', () => {
  const bytes = changed((view) => view.setUint16(34, 12, true));
  const expected = readWav(changed(() => {}));
  expect(readWav(bytes)).toEqual(expected);
  const list = joined(ascii('LIST'), Uint8Array.of(3, 0, 0, 0), ascii('abc\0'));
  const own = joined(bytes.subarray(0, 36), list, bytes.subarray(36));
  new DataView(own.buffer).setUint32(4, own.length - 8, true);
  expect(readWav(own)).toEqual(expected);
});

test('any change of a byte is read or refused in our words', () => {
  for (let at = 0; at < 64; at++) {
    for (const value of [0, 1, 127, 255]) {
      const bytes = changed((view) => view.setUint8(at, value));
      try {
        readWav(bytes);
      } catch (error) {
        expect((error as Error).name).toBe('UnrolledError');
      }
    }
  }
});

test('what a header has no room for is not written', () => {
  const channels = Array<Float32Array>(40_000).fill(new Float32Array(1));
  expect(() => writeWav({ sampleRate: 8000, channels })).toThrow(/65535 bytes in a frame, got 80000/);
  expect(() => writeWav({ sampleRate: 2 ** 32, channels: [noise(4)] })).toThrow(
    /4294967295 bytes per second/,
  );
});

test('a file is named: one that is not there, a folder, one of another kind', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'audio-'));
  try {
    const [file, text] = [path.join(folder, 'a.wav'), path.join(folder, 'b.wav')];
    await writeFile(file, writeWav({ sampleRate: 8000, channels: [noise(10)] }));
    await writeFile(text, 'not sound');
    expect((await readWavFile(file)).channels[0]).toHaveLength(10);
    await expect(readWavFile(text)).rejects.toThrow(`in ${text}, got`);
    await expect(readWavFile(folder)).rejects.toThrow(`a readable file at ${folder}, got a folder`);
    await expect(readWavFile(`${file}x`)).rejects.toThrow('got no such file');
  } finally {
    await rm(folder, { recursive: true });
  }
});
