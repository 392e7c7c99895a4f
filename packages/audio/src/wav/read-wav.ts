import { bufferToFloat32Channels } from '@echogarden/wave-codec';
import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from '../refuse';
import { refuseWav, wavContent } from './wav-header';

/** Samples of one or more channels. */
export interface Audio {
  /** Samples per second, in hertz. */
  readonly sampleRate: number;
  /**
   * The samples of each channel. Integers are scaled to −1 … 1, floats are unchanged. All channels have the
   * same length.
   */
  readonly channels: readonly Float32Array[];
}

/** Options of `readWav`. */
export interface ReadWavOptions {
  /** The name of the bytes in errors, such as that of a file. Default `the bytes`. */
  readonly name?: string;
}

const KINDS: OptionKinds<ReadWavOptions> = { name: 'string?' };

/**
 * Reads a WAV file: integers of 8, 16, 24 and 32 bits, floats of 32 and 64, any rate and number of channels.
 * An integer is divided by 2^(bits − 1), as in libsndfile.
 *
 * @param bytes the whole file
 * @throws UnrolledError that names the file: not WAV, another codec, a length that differs from the file's,
 *   no samples, or a sample that is NaN or infinite
 */
export function readWav(bytes: Uint8Array, options: ReadWavOptions = {}): Audio {
  checkKind('readWav', 'bytes', bytes, 'Uint8Array');
  checkOptions('readWav', options, KINDS);
  const { name = 'the bytes' } = options;
  const { data, channels: count, bits, isFloat, sampleRate } = wavContent(bytes, name);
  // The copy starts at a multiple of the sample size, as typed arrays require.
  const channels = bufferToFloat32Channels(data.slice(), count, bits, isFloat ? 3 : 1);
  if (isFloat) {
    for (const [channel, samples] of channels.entries()) {
      const at = samples.findIndex((sample) => !Number.isFinite(sample));
      if (at < 0) continue;
      const got = `${samples[at]} at frame ${at} of channel ${channel}`;
      refuseWav(name, 'finite samples', got, 'cut out this sample, or record the sound again');
    }
  }
  return { sampleRate, channels };
}
