/** Synthetic speech: generated sentences with their phonemes, without recordings of persons. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawnWords } from './drawn-words';
import { cacheOf, type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { spellings } from './spelling';
import type { Split } from './split';

/** A sentence in one voice. */
export interface Sentence {
  readonly name: string;
  readonly file: string;
  /** Phonemes in the International Phonetic Alphabet, without stress, with spaces between them. */
  readonly text: string;
  /** The voice. */
  readonly speaker: string;
}

/** Voices for training, and one for the test only. */
export const SYNTHETIC_VOICES = {
  train: ['m1', 'f2', 'm3', 'f4', 'm7'],
  validation: ['m1', 'f2'],
  test: ['f5'],
} as const;

const COUNTS = { train: 1500, validation: 60, test: 120 } as const;

type Say = (voice: string, words: string, file: string) => Promise<string>;

/**
 * Sentences of three to six words of CMUdict in American English by eSpeak NG, at 22,050 hertz: 1,500 for
 * training, 60 for validation, and 120 for the test, in a voice and of words that the others do not have.
 * They are synthesised once, into the cache.
 *
 * @throws UnrolledError if eSpeak NG is not installed and cannot be downloaded
 */
export async function syntheticSpeech(options: FetchOptions = {}): Promise<Split<Sentence>> {
  const folder = join(await cacheOf(options), 'synthetic-speech-1');
  const list = join(folder, 'sentences.json');
  const made = await readFile(list, 'utf8').catch(() => undefined);
  if (made === undefined) await sayAll(folder, options);
  const split: Split<Sentence> = JSON.parse(made ?? (await readFile(list, 'utf8')));
  const placed = (part: readonly Sentence[]) => part.map((one) => ({ ...one, file: join(folder, one.file) }));
  return { train: placed(split.train), validation: placed(split.validation), test: placed(split.test) };
}

async function sayAll(folder: string, options: FetchOptions): Promise<void> {
  const say = await espeak(options);
  const words = await spellings(options);
  options.onFetch?.('generating synthetic speech by eSpeak NG (some minutes, once)');
  const work = await mkdtemp(`${folder}-unfinished-`);
  try {
    const split: Record<string, Sentence[]> = {};
    for (const part of ['train', 'validation', 'test'] as const) {
      await mkdir(join(work, part));
      const drawn = drawnWords(
        words[part].map(({ word }) => word),
        COUNTS[part],
        part,
      );
      split[part] = [];
      for (const [index, sentence] of drawn.entries()) {
        const speaker = SYNTHETIC_VOICES[part][index % SYNTHETIC_VOICES[part].length]!;
        const [name, file] = [`${part}/${index}`, join(part, `${index}.wav`)];
        const text = await say(speaker, sentence, join(work, file));
        split[part].push({ name, file, text, speaker });
      }
    }
    await writeFile(join(work, 'sentences.json'), JSON.stringify(split));
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** eSpeak NG: the installed one, otherwise that of the packages, run from their folder. */
async function espeak(options: FetchOptions): Promise<Say> {
  const run = promisify(execFile);
  const isInstalled = await run('espeak-ng', ['--version']).then(
    () => true,
    () => false,
  );
  const [command, first, env] = isInstalled
    ? (['espeak-ng', [], process.env] as const)
    : await fetchedEspeak(options);
  return async (voice, words, file) => {
    const phonemes = `${file}.txt`;
    const args = [
      ...first,
      '-v',
      `en-us+${voice}`,
      '-w',
      file,
      '--phonout',
      phonemes,
      '--ipa',
      '--sep=_',
      words,
    ];
    await run(command, args, { env }).catch((error) => {
      const [expected, remedy] = ['eSpeak NG to run', 'install it with apt-get install espeak-ng'];
      refuse(
        'synthetic-speech',
        { expected, got: (error as Error).message.split('\n')[0]!, remedy, code: 'unsupported' },
        error,
      );
    });
    const said = await readFile(phonemes, 'utf8');
    await rm(phonemes);
    return phonemesOf(said);
  };
}

/** The output of `--ipa --sep=_`, with one space between phonemes and without stress marks. */
export const phonemesOf = (said: string) =>
  said
    .replace(/[ˈˌ]/g, '')
    .split(/[\s_]+/)
    .filter(Boolean)
    .join(' ');

async function fetchedEspeak(options: FetchOptions) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const expected = 'eSpeak NG, which can be downloaded only for Linux on x86-64';
    refuse('synthetic-speech', {
      expected,
      got: `${process.platform} on ${process.arch}`,
      remedy: 'install espeak-ng',
      code: 'unsupported',
    });
  }
  const { espeak: program, espeakLibrary, espeakVoices, pcaudio, sonic } = SOURCES;
  const within = 'usr/lib/x86_64-linux-gnu';
  const libraries: string[] = [];
  for (const source of [espeakLibrary, pcaudio, sonic])
    libraries.push(join(await fetchSource(source, options), within));
  const voices = join(await fetchSource(espeakVoices, options), within);
  const command = join(await fetchSource(program, options), 'usr/bin/espeak-ng');
  return [command, [`--path=${voices}`], { ...process.env, LD_LIBRARY_PATH: libraries.join(':') }] as const;
}
