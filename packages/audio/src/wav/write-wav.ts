import { encodeWaveFromFloat32Channels } from '@echogarden/wave-codec';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkSamples, refuse } from '../refuse';
import { checkAudio } from './mono';
import type { Audio } from './read-wav';

/** How samples are written. */
export interface WriteWavOptions {
  /** `pcm8`, `pcm16`, `pcm24`, `pcm32`, or `float32`; default `pcm16`. */
  readonly format?: WavFormat;
}

/** Integers or floats, and their number of bits. */
export type WavFormat = 'pcm8' | 'pcm16' | 'pcm24' | 'pcm32' | 'float32';

const KINDS: OptionKinds<WriteWavOptions> = { format: 'string?' };
const FORMATS = ['pcm8', 'pcm16', 'pcm24', 'pcm32', 'float32'];

/**
 * Returns the bytes of a WAV file. Integers are rounded, and samples beyond −1 … 1 are clipped.
 *
 * @throws UnrolledError for samples that are not finite numbers, and for sizes beyond the header's fields:
 *   frames above 65,535 bytes, more than 2³² − 1 bytes in a second or in the file
 */
export function writeWav(audio: Audio, options: WriteWavOptions = {}): Uint8Array {
  checkAudio('writeWav', audio);
  checkOptions('writeWav', options, KINDS);
  const { format = 'pcm16' } = options;
  check.choice('writeWav', 'format', format, FORMATS);
  for (const samples of audio.channels) checkSamples('writeWav', samples);
  const bits = Number(format.replace(/\D/g, '')) as 8 | 16 | 24 | 32;
  const frame = (audio.channels.length * bits) / 8;
  checkRoom('bytes in a frame', frame, 0xffff, 'write fewer channels');
  checkRoom('bytes per second', audio.sampleRate * frame, 0xffffffff, 'pass a sample rate in hertz');
  checkRoom(
    'bytes',
    64 + audio.channels[0]!.length * frame,
    0xffffffff,
    'write the samples to several files',
  );
  return encodeWaveFromFloat32Channels(
    [...audio.channels],
    audio.sampleRate,
    bits,
    format === 'float32' ? 3 : 1,
  );
}

/** Refuses a number that does not fit into its header field. */
function checkRoom(what: string, value: number, most: number, remedy: string): void {
  if (value <= most) return;
  refuse('writeWav', { expected: `at most ${most} ${what}`, got: String(value), remedy });
}
