/** The features of a sound: 40 log-mel values every 10 milliseconds, two frames in each step. */
import * as audio from '@unrolled/audio';
import { readWavFile } from '@unrolled/audio/node';
import { UnrolledError } from '@unrolled/errors';
import { refuse } from './refuse';

/** A recording before feature extraction: a file, or generated samples. */
export interface Sound {
  readonly name: string;
  readonly text: string;
  readonly speaker: string;
  readonly file?: string;
  readonly samples?: Float32Array;
}

/** A recording in the form that the network reads. */
export interface Utterance extends Omit<Sound, 'samples'> {
  /** [T, 40] */
  readonly frames: audio.Frames;
}

export const MELS = 40;
/** Frames of a step. */
export const STACKED = 2;
export const FEATURES = MELS * STACKED;
/** Seconds of a step. */
export const STEP = 0.01 * STACKED;

/** Log-mel features at one rate, for any rate of the file. */
export async function hear(sounds: readonly Sound[], rate: number): Promise<Utterance[]> {
  const frame = { mels: MELS, scale: 'slaney', norm: 'none', padMode: 'constant' } as const;
  const extractor = refusedAs('--rate', `${rate} hertz, enough for ${MELS} mel bands`, () =>
    audio.melSpectrogram({ sampleRate: rate, ...frame, log: 'natural', floor: 1e-5 }),
  );
  const heard: Utterance[] = [];
  for (const { samples, ...sound } of sounds) {
    const read = samples ? undefined : await readWavFile(sound.file!);
    const at = read && read.sampleRate !== rate ? { from: read.sampleRate, to: rate } : undefined;
    const channel = read ? audio.mono(read) : samples!;
    const expected = `sound in ${sound.file ?? sound.name}, of ${read?.sampleRate ?? rate} hertz as it says, at ${rate} hertz`;
    const frames = refusedAs('audio', expected, () =>
      extractor.of(at ? audio.resample(channel, at) : channel),
    );
    heard.push({ ...sound, frames });
  }
  return heard;
}

/** Runs `make`. Its errors name an option or a file of the command line. */
function refusedAs<T>(scope: string, expected: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const got = `a recording that cannot be read so: expected ${error.expected}, got ${error.got}`;
    const remedy =
      scope === '--rate' ? 'choose 8000 or 16000' : 'leave the recording out, or record it again';
    return refuse(scope, { expected, got, remedy }, error);
  }
}

/** The same features, normalised to mean 0 and variance 1 for each speaker. */
export function evened(utterances: readonly Utterance[]): Utterance[] {
  const frames = audio.normalizeSpeakers(utterances);
  return utterances.map((one, index) => ({ ...one, frames: frames[index]! }));
}

/** Features of files of one unknown speaker, normalised by their common mean and variance. */
export const hearFiles = async (files: readonly string[], rate: number): Promise<Utterance[]> =>
  evened(
    await hear(
      files.map((file) => ({ name: file, file, text: '', speaker: '' })),
      rate,
    ),
  );
