import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../refuse';
import type { Audio } from './read-wav';

const KINDS: OptionKinds<Audio> = { sampleRate: 'positive integer', channels: 'array' };

/** Refuses audio without channels, or with channels of different lengths. */
export function checkAudio(scope: string, audio: Audio): void {
  checkKind(scope, 'audio', audio, 'object');
  checkOptions(scope, audio, KINDS, true);
  for (const samples of audio.channels) checkKind(scope, 'a channel', samples, 'Float32Array');
  const [first, ...others] = audio.channels;
  if (first && first.length > 0 && others.every(({ length }) => length === first.length)) return;
  refuse(scope, {
    expected: 'at least one channel of samples, all of one length',
    got: first ? `lengths ${audio.channels.map(({ length }) => length).join(', ')}` : 'none',
    remedy: 'pass audio in the form that readWav returns',
    code: 'shape',
  });
}

/**
 * Converts audio to one channel, the mean of all. The samples of a single channel are returned without a
 * copy.
 */
export function mono(audio: Audio): Float32Array {
  checkAudio('mono', audio);
  const { channels } = audio;
  if (channels.length === 1) return channels[0]!;
  return Float32Array.from(channels[0]!, (_, at) => {
    let sum = 0;
    for (const samples of channels) sum += samples[at]!;
    return sum / channels.length;
  });
}
