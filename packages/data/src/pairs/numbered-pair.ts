import { refuse } from '../refuse';
import type { CorpusFile } from '../text/corpus-files';

/** A pair as a reader finds it. */
export interface NumberedPair {
  readonly source: string;
  readonly target: string;
  /** Its line, or its message's number, from 1. */
  readonly number: number;
}

/** UTF-16 units that a line or a segment may have: more is no text of pairs. */
export const LONGEST_TEXT = 2 ** 24;

/** Refuses a line or a segment that does not end. */
export function refuseLong({ scope = 'readPairs', path }: CorpusFile, place: string): never {
  refuse(scope, {
    expected: `texts of at most ${LONGEST_TEXT} characters at ${path}, ${place}`,
    got: 'a longer one',
    remedy: 'check whether the file has this format',
    code: 'format',
  });
}
