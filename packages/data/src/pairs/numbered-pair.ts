import { refuse } from '../refuse';
import type { CorpusFile } from '../text/corpus-files';

/** A pair as read from a file. */
export interface NumberedPair {
  readonly source: string;
  readonly target: string;
  /** The number of its line or message, from 1. */
  readonly number: number;
}

/** Maximum UTF-16 units of a line or a segment. Longer ones are not text pairs. */
export const LONGEST_TEXT = 2 ** 24;

/** Refuses a line or a segment that is too long. */
export function refuseLong({ scope = 'readPairs', path }: CorpusFile, place: string): never {
  refuse(scope, {
    expected: `texts of at most ${LONGEST_TEXT} characters at ${path}, ${place}`,
    got: 'a longer text',
    remedy: 'check that the file has the given format',
    code: 'format',
  });
}
