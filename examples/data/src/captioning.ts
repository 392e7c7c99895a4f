import { ARTISTS, type Artist, type Emoji, emojiPictures, type Picture } from './emoji';
import type { FetchOptions } from './fetch';

/** Emoji as two artists drew them, to learn from, and as a third one did, to be named. */
export interface Captioning {
  readonly emoji: readonly Emoji[];
  readonly known: readonly (readonly Picture[])[];
  readonly unseen: readonly Picture[];
}

/**
 * Draws the emoji of the three artists; what is not in the cache is fetched.
 *
 * @param unseen whose drawings are to be named
 * @param size pixels of a side
 * @throws UnrolledError in one line: without a network or the client that fetches, or for a damaged drawing
 */
export async function captioning(unseen: Artist, size: number, options?: FetchOptions): Promise<Captioning> {
  const { emoji, of } = await emojiPictures(size, options);
  const known = ARTISTS.filter((artist) => artist !== unseen).map((artist) => of[artist]);
  return { emoji, known, unseen: of[unseen] };
}

/** A picture for a page, and what it shows where that is known. */
export interface Drawing {
  /** A file's name, or an emoji's character. */
  readonly title: string;
  readonly picture: Picture;
  readonly names?: Emoji['names'];
}

/** `count` of the unseen drawings, spread over the list. */
export function someDrawings({ emoji, unseen }: Captioning, count: number): Drawing[] {
  const most = Math.min(count, emoji.length);
  const places = Array.from({ length: most }, (_, index) =>
    Math.floor(((index + 0.5) * emoji.length) / most),
  );
  return places.map((at) => ({ title: emoji[at]!.text, picture: unseen[at]!, names: emoji[at]!.names }));
}
