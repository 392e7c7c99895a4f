import { UnrolledError } from '@unrolled/errors';
import { movieReviews, movieSentences, type Opinion, readOpinions, type Split } from '@unrolled/example-data';
import { madeUpOpinions } from './made-up';

/** The options that choose the texts. */
export interface DataOptions {
  readonly data: 'sentences' | 'imdb' | 'imdb-choosing' | 'made-up';
  /** A table of the user, instead of `data`. */
  readonly table?: string;
}

/** The texts in three parts that share no text. */
export interface Task extends Split<Opinion> {
  readonly name: string;
}

/**
 * Reads the texts that the options name. Texts that are not in the cache are downloaded.
 *
 * @throws UnrolledError if the download fails, or a table has an unknown label or an empty text
 */
export async function readTask({ data, table }: DataOptions, onFetch: (line: string) => void): Promise<Task> {
  if (table) return { name: table, ...(await readOpinions(table)) };
  if (data === 'made-up') return { name: 'made-up sentences', ...madeUpOpinions() };
  const choosing = data === 'imdb-choosing';
  const [name, fetched] =
    data === 'sentences'
      ? (['movie sentences', movieSentences({ onFetch })] as const)
      : (['IMDb reviews', movieReviews({ onFetch, choosing })] as const);
  const parts = await fetched.catch((error: unknown) => {
    if (error instanceof UnrolledError)
      onFetch('without a network, use --data made-up, which learns generated sentences');
    throw error;
  });
  return { name, ...parts };
}
