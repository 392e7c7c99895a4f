import { encodeWaveFromFloat32Channels } from '@echogarden/wave-codec';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkOptions, checkSamples } from '../refuse';
import { checkAudio } from './mono';
import type { Audio } from './read-wav';

/** How samples are written. */
export interface WriteWavOptions {
  /** `pcm8`, `pcm16`, `pcm24`, `pcm32`, or `float32`; default `pcm16`. */
  readonly format?: WavFormat;
}

/** Integers or floats, of so many bits. */
export type WavFormat = 'pcm8' | 'pcm16' | 'pcm24' | 'pcm32' | 'float32';

const KINDS: OptionKinds<WriteWavOptions> = { format: 'string?' };
const FORMATS = ['pcm8', 'pcm16', 'pcm24', 'pcm32', 'float32'];

/**
 * The bytes of a WAV file. Integers are rounded; samples beyond −1 … 1 are cut to it.
 *
 * @throws UnrolledError for samples that are no finite numbers
 */
export function writeWav(audio: Audio, options: WriteWavOptions = {}): Uint8Array {
  checkAudio('writeWav', audio);
  checkOptions('writeWav', options, KINDS);
  const { format = 'pcm16' } = options;
  check.choice('writeWav', 'format', format, FORMATS);
  for (const samples of audio.channels) checkSamples('writeWav', samples);
  const bits = Number(format.replace(/\D/g, '')) as 8 | 16 | 24 | 32;
  return encodeWaveFromFloat32Channels(
    [...audio.channels],
    audio.sampleRate,
    bits,
    format === 'float32' ? 3 : 1,
  );
}
