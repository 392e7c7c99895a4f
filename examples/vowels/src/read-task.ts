import { readFile } from 'node:fs/promises';
import { type Refuse, refuser, UnrolledError } from '@unrolled/errors';
import { readVowels, vowels } from '@unrolled/example-data';
import { madeUp } from './made-up';

/** Refuses what the user gave, in one line. */
export const refuse: Refuse = refuser('vowels');

/** Where networks are kept, and the data: fetched, files of the same form, or made up. */
export interface Options {
  readonly run: string;
  readonly files?: readonly string[];
  readonly madeUp?: boolean;
  readonly json?: boolean;
}

/** @throws UnrolledError that names the file */
export async function readTask({ files, madeUp: isMadeUp }: Options, onFetch: (line: string) => void) {
  if (isMadeUp) return { train: madeUp(270, 0), test: madeUp(370, 1) };
  if (files === undefined)
    return vowels({ onFetch }).catch((error: unknown) => {
      if (error instanceof UnrolledError)
        onFetch('without a network: --made-up learns speakers that the program makes up');
      throw error;
    });
  if (files.length !== 2)
    refuse('--files', {
      expected: 'two files, to train and to test',
      got: String(files.length),
      remedy: 'name both',
    });
  const [train, test] = await Promise.all(files.map(async (file) => readVowels(await contentOf(file), file)));
  return { train: train!, test: test! };
}

const contentOf = (file: string) =>
  readFile(file, 'utf8').catch((error: Error) =>
    refuse(
      '--files',
      { expected: `a file ${file}`, got: error.message, remedy: 'name one that can be read', code: 'file' },
      error,
    ),
  );
