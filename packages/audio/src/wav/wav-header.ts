/**
 * The header of a WAV file, which is read before any sample: RIFF, a list of chunks, in which `fmt `
 * describes `data` (Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991;
 * WAVEFORMATEXTENSIBLE, 2007). Every length is compared with the actual number of bytes.
 */
import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';

/** The contents of `fmt `, and the bytes of `data`. */
export interface WavContent {
  readonly channels: number;
  /** In hertz. */
  readonly sampleRate: number;
  /** Bits of a sample in the file: 8, 16, 24 or 32, or 64 for a float. */
  readonly bits: 8 | 16 | 24 | 32 | 64;
  readonly isFloat: boolean;
  readonly data: Uint8Array;
}

const SCOPE = 'readWav';
const REWRITE = 'write the file again, for example with ffmpeg -i old.wav new.wav';

/** Throws an error that names the file. */
export function refuseWav(name: string, expected: string, got: string, remedy = REWRITE): never {
  return refuse(SCOPE, { expected: `${expected} in ${name}`, got, remedy, code: 'format' });
}

/** Other formats, by their first bytes. */
const OTHERS: readonly (readonly [start: string, what: string])[] = [
  ['OggS', 'an Ogg file'],
  ['fLaC', 'a FLAC file'],
  ['ID3', 'an MP3 file'],
  ['FORM', 'an AIFF file'],
  ['RIFX', 'a big-endian WAV file (RIFX)'],
  ['RF64', 'an RF64 file, which is a WAV file above 4 GB'],
];

const CODECS: Readonly<Record<number, string>> = {
  ...{ 2: 'Microsoft ADPCM', 6: 'A-law', 7: 'µ-law', 17: 'IMA ADPCM', 20: 'G.723', 49: 'GSM 6.10' },
  ...{ 64: 'G.721', 80: 'MPEG', 85: 'MP3', 255: 'AAC' },
};

/**
 * @throws UnrolledError that names the file: another format or codec, or a length that differs from the
 *   file's
 */
export function wavContent(bytes: Uint8Array, name: string): WavContent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks = chunksOf(bytes, view, name);
  const [format, data] = [chunks.get('fmt '), chunks.get('data')];
  if (!format || format.length < 16)
    return refuseWav(name, 'a chunk fmt of at least 16 bytes', format ? String(format.length) : 'none');
  if (!data)
    return refuseWav(name, 'a chunk data', `only the chunks ${[...chunks.keys()].map(quoted).join(', ')}`);
  const content = { ...formatOf(format, name), data };
  const frame = (content.channels * content.bits) / 8;
  if (data.length === 0)
    refuseWav(
      name,
      'at least one sample',
      'a chunk data of 0 bytes',
      'leave out the file, or record it again',
    );
  if (data.length % frame !== 0)
    refuseWav(name, `a chunk data of whole frames of ${frame} bytes`, `${data.length} bytes`);
  return content;
}

const textAt = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

/** The chunks by name, the first of each. Their lengths must add up to that of the file. */
function chunksOf(bytes: Uint8Array, view: DataView, name: string): Map<string, Uint8Array> {
  const start = textAt(bytes, 0);
  if (bytes.length < 12 || start !== 'RIFF' || textAt(bytes, 8) !== 'WAVE') {
    const other = OTHERS.find(([sign]) => start.startsWith(sign))?.[1];
    const got = other ?? (bytes.length < 12 ? `${bytes.length} bytes` : `bytes that begin ${quoted(start)}`);
    refuseWav(name, 'a WAV file (RIFF … WAVE)', got, 'convert it with ffmpeg -i old new.wav');
  }
  const told = view.getUint32(4, true) + 8;
  // Some writers omit the padding byte after a last chunk of odd length, or do not count it.
  if (Math.abs(told - bytes.length) > 1)
    refuseWav(name, `${told} bytes, the length in its header,`, `${bytes.length} bytes`);
  const chunks = new Map<string, Uint8Array>();
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [id, length] = [textAt(bytes, at), view.getUint32(at + 4, true)];
    const rest = bytes.length - at - 8;
    if (!/^[\x20-\x7e]{4}$/.test(id))
      refuseWav(
        name,
        `the name of a chunk at byte ${at}`,
        `${quoted(id)}, so the previous chunk is longer than its header says`,
      );
    if (length > rest)
      refuseWav(
        name,
        `${length} bytes in the chunk ${quoted(id)}, according to its header,`,
        `only ${rest} bytes`,
      );
    if (!chunks.has(id)) chunks.set(id, bytes.subarray(at + 8, at + 8 + length));
    at += 8 + length + (length & 1);
  }
  return chunks;
}

function formatOf(format: Uint8Array, name: string): Omit<WavContent, 'data'> {
  const view = new DataView(format.buffer, format.byteOffset, format.byteLength);
  const number = (at: number) => view.getUint16(at, true);
  const [tag, channels, sampleRate, frame] = [number(0), number(2), view.getUint32(4, true), number(12)];
  // An extensible header has the codec in the first two bytes of an identifier.
  const isExtensible = tag === 0xfffe;
  if (isExtensible && format.length < 40)
    refuseWav(name, 'an extensible chunk fmt of 40 bytes', String(format.length));
  const codec = isExtensible ? number(24) : tag;
  if (codec !== 1 && codec !== 3) {
    const got = CODECS[codec] ?? `codec ${codec}`;
    refuseWav(
      name,
      'samples as integers (PCM) or floats',
      got,
      'convert it with ffmpeg -i old.wav -c:a pcm_s16le new.wav',
    );
  }
  if (channels === 0 || sampleRate === 0)
    refuseWav(
      name,
      'at least 1 channel and 1 sample per second',
      `${channels} channels and ${sampleRate} samples per second`,
    );
  const isFloat = codec === 3;
  // Samples of 12 or 20 bits are stored in the upper bits of whole bytes.
  const bits = ((8 * frame) / channels) as WavContent['bits'];
  const [stated, allowed] = [number(14), isFloat ? [32, 64] : [8, 16, 24, 32]];
  if (!allowed.includes(bits) || stated > bits || stated <= bits - 8)
    refuseWav(
      name,
      `${isFloat ? 'floats' : 'integers'} of ${allowed.join(', ')} bits`,
      `${stated} bits in frames of ${frame} bytes, ${channels} channels`,
    );
  return { channels, sampleRate, bits, isFloat };
}
