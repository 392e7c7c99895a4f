import { type Refuse, refuser, UnrolledError } from '@unrolled/errors';
import * as from from '@unrolled/example-data';

/** Throws the error of a wrong input, which is printed as one line. */
export const refuse: Refuse = refuser('translation');

/** The options that choose the pairs. */
export interface DataOptions {
  readonly data: 'cmudict' | 'numbers' | 'messages';
  /** Files of the user, instead of `data`. */
  readonly pairs?: readonly string[];
  readonly languages?: string;
  readonly sourceUnit?: from.TextUnit;
  readonly targetUnit?: from.TextUnit;
}

/** The pairs in three parts that share no source. */
export interface Task extends from.Split<from.Sourced> {
  readonly name: string;
  readonly units: { readonly source: from.TextUnit; readonly target: from.TextUnit };
}

/**
 * Reads the pairs that the options name. Data that is not in the cache is downloaded.
 *
 * @throws UnrolledError if the download fails, or a file has no pairs
 */
export async function readTask(options: DataOptions, onFetch: (line: string) => void): Promise<Task> {
  const [name, source, target, parts] = await read(options, onFetch);
  const units = { source: options.sourceUnit ?? source, target: options.targetUnit ?? target };
  return { name, units, ...parts };
}

type Read = readonly [
  name: string,
  source: from.TextUnit,
  target: from.TextUnit,
  parts: from.Split<from.Sourced>,
];

async function read({ data, pairs, languages }: DataOptions, onFetch: (line: string) => void): Promise<Read> {
  if (pairs) {
    const both = languages?.split(',') as [string, string] | undefined;
    return [pairs.join(', '), 'subword', 'subword', await from.ownPairs(pairs, both).catch(refuseFile)];
  }
  if (languages && data === 'cmudict') {
    const expected = '--languages only with --data numbers or messages, or with a translation memory';
    refuse('--languages', { expected, got: `${languages} with cmudict`, remedy: 'omit the option' });
  }
  const single = ({ source, target }: { source: string; target: string }) => ({ source, targets: [target] });
  if (data === 'cmudict') {
    const said = (phonemes: readonly string[]) => phonemes.join(' ');
    const parts = mapped(await from.spellings({ onFetch }), ({ word, pronunciations }) => ({
      ...{ source: word, targets: pronunciations.map(said) },
    }));
    return ['CMUdict', 'character', 'symbol', parts];
  }
  if (data === 'numbers') {
    const parts = mapped(
      await from.numberNames(languages ?? 'en-US', { onFetch }).catch(refuseLanguage),
      single,
    );
    return ['names of numbers', 'character', 'character', parts];
  }
  const parts = mapped(await from.messages(languages ?? 'de', { onFetch }).catch(refuseLanguage), single);
  return ['messages of a compiler', 'subword', 'subword', parts];
}

const mapped = <A, B>({ train, validation, test }: from.Split<A>, map: (example: A) => B): from.Split<B> => ({
  ...{ train: train.map(map), validation: validation.map(map), test: test.map(map) },
});

/** Translates a package's error into one that names an option. */
export function inWordsOf(option: string, remedyOf: (expected: string, remedy?: string) => string) {
  return (error: unknown): never => {
    if (!(error instanceof UnrolledError)) throw error;
    const { expected, got, code, remedy } = error;
    return refuse(option, { expected, got, remedy: remedyOf(expected, remedy), code }, error);
  };
}

/** Refuses an unknown language. A failed download has its own message. */
const refuseLanguage = (error: unknown): never => {
  const isLanguage = error instanceof UnrolledError && /^a language/.test(error.expected);
  if (!isLanguage) throw error;
  return inWordsOf('--languages', (_, remedy) => remedy!)(error);
};

const refuseFile = inWordsOf('--pairs', (expected) =>
  /language/.test(expected) ? 'set two: --languages en,de' : 'correct the file',
);
