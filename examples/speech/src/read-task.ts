import { createHash } from 'node:crypto';
import { UnrolledError } from '@unrolled/errors';
import * as from from '@unrolled/example-data';
import { type Alphabet, encode, learnAlphabet, plainText, split, type Unit } from './alphabet';
import { evened, hear, type Sound, STACKED, STEP, type Utterance } from './features';
import { refuse } from './refuse';
import { readSpoken } from './tables';
import { TONE_RATE, tones } from './tones';

/** The options that choose the recordings. */
export interface DataOptions {
  readonly data: 'asterisk' | 'espeak' | 'tones';
  /** A folder of the user, instead of `data`, and its tables. */
  readonly audio?: string;
  readonly transcripts?: readonly string[];
  readonly unit?: Unit;
  readonly alphabet?: string;
  readonly leaveOut?: boolean;
  readonly fold: number;
  readonly rate?: number;
}

/** The recordings in three parts that share no text. */
export interface Task extends from.Split<Utterance> {
  readonly name: string;
  readonly rate: number;
  readonly alphabet: Alphabet;
}

/**
 * Reads the recordings that the options name, and computes their features. Recordings that are not in the
 * cache are downloaded.
 *
 * @throws UnrolledError if the download fails, a file cannot be read, a text has no file, a file has no text,
 *   or the alphabet lacks a label
 */
export async function readTask(
  options: DataOptions,
  say: (line: string) => void,
  known?: Alphabet,
): Promise<Task> {
  const { name, unit, rate, parts } = await read(options, say);
  const all = [...parts.train, ...parts.validation, ...parts.test];
  const given = options.alphabet && { unit, labels: split(unit, options.alphabet) };
  const alphabet =
    known ??
    (given ||
      learnAlphabet(
        unit,
        all.map(({ text }) => text),
      ));
  for (const sound of all) encode(alphabet, sound.text, sound.file ?? sound.name);
  // Each speaker's mean and variance, over all recordings. Texts are not used for this.
  const heard = evened(await hear(all, options.rate ?? rate));
  const [train, validation] = [parts.train.length, parts.train.length + parts.validation.length];
  return {
    ...{ name, alphabet, rate: options.rate ?? rate },
    train: heard.slice(0, train).filter(isLongEnough(alphabet, say)),
    validation: heard.slice(train, validation),
    test: heard.slice(validation),
  };
}

type Read = { name: string; unit: Unit; rate: number; parts: from.Split<Sound> };

async function read(options: DataOptions, onFetch: (line: string) => void): Promise<Read> {
  const { data, audio, transcripts, unit = 'character', fold } = options;
  if (audio || transcripts) {
    if (!audio || !transcripts) {
      const [expected, remedy] = [
        '--audio and --transcripts together',
        'pass a folder of WAV files and its table',
      ];
      return refuse(audio ? '--audio' : '--transcripts', { expected, got: 'one of the two', remedy });
    }
    const spoken = await readSpoken(audio, transcripts, options.leaveOut);
    const sounds = spoken.map(({ id, text, ...rest }) => ({
      ...rest,
      name: id,
      text: unit === 'character' ? plainText(text) : text,
    }));
    return { name: audio, unit, rate: 16000, parts: folded(sounds, fold) };
  }
  const withoutNetwork = (error: unknown): never => {
    if (error instanceof UnrolledError)
      onFetch('without a network, use --data tones, which learns generated tones');
    throw error;
  };
  if (data === 'espeak')
    return {
      name: 'synthetic speech (eSpeak NG)',
      unit: 'phoneme',
      rate: 16000,
      parts: await from.syntheticSpeech({ onFetch }).catch(withoutNetwork),
    };
  if (data === 'tones') {
    const made = tones({ train: 400, other: 60 });
    const named = (list: readonly Omit<Sound, 'speaker'>[]) => list.map((one) => ({ ...one, speaker: '' }));
    const parts = { train: named(made.train), validation: named(made.validation), test: named(made.test) };
    return { name: 'generated tones', unit, rate: TONE_RATE, parts };
  }
  const prompts = await from.spokenPrompts({ onFetch }).catch(withoutNetwork);
  const sounds = prompts.map((prompt) => ({ ...prompt, speaker: 'Allison' }));
  return { name: 'Asterisk’s prompts', unit, rate: 8000, parts: folded(sounds, fold) };
}

/**
 * Five folds by the texts' hashes, so that equal texts are in the same fold. Fold `fold` is the test; a tenth
 * of the others is validation.
 */
export function folded(sounds: readonly Sound[], fold: number): from.Split<Sound> {
  const hash = ({ text }: Sound) => createHash('sha256').update(text).digest('hex');
  const texts = [...new Set(sounds.map(hash))].sort();
  const part = (sound: Sound) => {
    const place = texts.indexOf(hash(sound));
    return place % 5 === fold ? 'test' : Math.floor(place / 5) % 10 === 0 ? 'validation' : 'train';
  };
  const parts = { train: [] as Sound[], validation: [] as Sound[], test: [] as Sound[] };
  for (const sound of sounds) parts[part(sound)].push(sound);
  const empty = Object.entries(parts).find(([, list]) => list.length === 0);
  if (empty) {
    const got = `${sounds.length} recordings, which leave ${empty[0]} empty`;
    refuse('--audio', {
      expected: 'enough recordings for five folds',
      got,
      remedy: 'use at least 20 recordings with different texts',
    });
  }
  return parts;
}

/**
 * Whether there are enough steps for the labels, with a blank between equal ones; the number of the others is
 * reported.
 */
export function isLongEnough(alphabet: Alphabet, say: (line: string) => void) {
  return ({ frames, text, file, name }: Utterance) => {
    const labels = encode(alphabet, text, name);
    const least = labels.length + labels.filter((label, at) => at > 0 && label === labels[at - 1]).length;
    const steps = Math.ceil(frames.count / STACKED);
    if (steps < least)
      say(`left out of training: ${file ?? name}, ${steps} steps of ${STEP} s for ${least} labels`);
    return steps >= least;
  };
}
