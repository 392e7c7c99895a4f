/** What the network hears of a sound: 40 log-mel numbers every 10 milliseconds, of two frames at a time. */
import * as audio from '@unrolled/audio';
import { readWavFile } from '@unrolled/audio/node';

/** A recording as it comes: a file, or samples that were made up. */
export interface Sound {
  readonly name: string;
  readonly text: string;
  readonly speaker: string;
  readonly file?: string;
  readonly samples?: Float32Array;
}

/** A recording as it is learned. */
export interface Utterance extends Omit<Sound, 'samples'> {
  /** [T, 40] */
  readonly frames: audio.Frames;
}

export const MELS = 40;
/** Frames of a step, and so numbers. */
export const STACKED = 2;
export const FEATURES = MELS * STACKED;
/** Seconds of a step. */
export const STEP = 0.01 * STACKED;

/** Log-mel at one rate, whatever the rate of the file. */
export async function hear(sounds: readonly Sound[], rate: number): Promise<Utterance[]> {
  const frame = { mels: MELS, scale: 'slaney', norm: 'none', padMode: 'constant' } as const;
  const extractor = audio.melSpectrogram({ sampleRate: rate, ...frame, log: 'natural', floor: 1e-5 });
  const heard: Utterance[] = [];
  for (const { samples, ...sound } of sounds) {
    const read = samples ? undefined : await readWavFile(sound.file!);
    const at = read && read.sampleRate !== rate ? { from: read.sampleRate, to: rate } : undefined;
    const channel = read ? audio.mono(read) : samples!;
    heard.push({ ...sound, frames: extractor.of(at ? audio.resample(channel, at) : channel) });
  }
  return heard;
}

/** The same with each feature of each speaker at mean 0 and variance 1. */
export function evened(utterances: readonly Utterance[]): Utterance[] {
  const frames = audio.normalizeSpeakers(utterances);
  return utterances.map((one, index) => ({ ...one, frames: frames[index]! }));
}

/** Files of a speaker whom a network need not know: the mean and variance are theirs together. */
export const hearFiles = async (files: readonly string[], rate: number): Promise<Utterance[]> =>
  evened(
    await hear(
      files.map((file) => ({ name: file, file, text: '', speaker: '' })),
      rate,
    ),
  );
