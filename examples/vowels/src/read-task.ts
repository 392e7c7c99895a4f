import { readFile } from 'node:fs/promises';
import { type Refuse, refuser, UnrolledError } from '@unrolled/errors';
import { readVowels, vowels } from '@unrolled/example-data';
import { madeUp } from './made-up';

/** Throws the error of a wrong input, which is printed as one line. */
export const refuse: Refuse = refuser('vowels');

/** The directory of the networks, and the data: downloaded, files of the same format, or generated. */
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
        onFetch('without a network, use --made-up, which learns generated speakers');
      throw error;
    });
  if (files.length !== 2)
    refuse('--files', {
      expected: 'two files, one for training and one for the test',
      got: String(files.length),
      remedy: 'pass both files',
    });
  const [train, test] = await Promise.all(files.map(async (file) => readVowels(await contentOf(file), file)));
  return { train: train!, test: test! };
}

const contentOf = (file: string) =>
  readFile(file, 'utf8').catch((error: Error) =>
    refuse(
      '--files',
      {
        expected: `a file ${file}`,
        got: error.message,
        remedy: 'pass the path of a file that you may read',
        code: 'file',
      },
      error,
    ),
  );
