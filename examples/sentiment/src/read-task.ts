import { movieReviews, movieSentences, type Opinion, readOpinions, type Split } from '@unrolled/example-data';

/** Which texts are learned, as the command line says it. */
export interface DataOptions {
  readonly data: 'sentences' | 'imdb' | 'imdb-choosing';
  /** A table of the user's own, instead. */
  readonly table?: string;
}

/** The data to learn from, in three parts that share no text. */
export interface Task extends Split<Opinion> {
  readonly name: string;
}

/**
 * Reads the texts that options name; what is not in the cache is fetched.
 *
 * @throws UnrolledError in one line: without a network, or for a table with an unknown label or an empty text
 */
export async function readTask({ data, table }: DataOptions, onFetch: (line: string) => void): Promise<Task> {
  if (table) return { name: table, ...(await readOpinions(table)) };
  const choosing = data === 'imdb-choosing';
  if (data === 'imdb' || choosing)
    return { name: 'IMDb reviews', ...(await movieReviews({ onFetch, choosing })) };
  return { name: 'movie sentences', ...(await movieSentences({ onFetch })) };
}
