import { ARTISTS, type Artist, type Emoji, emojiPictures, type Picture } from './emoji';
import type { FetchOptions } from './fetch';

/** Emoji by two artists for training, and by a third for the test. */
export interface Captioning {
  readonly emoji: readonly Emoji[];
  readonly known: readonly (readonly Picture[])[];
  readonly unseen: readonly Picture[];
}

/**
 * Draws the emoji of the three artists. Files that are not in the cache are downloaded.
 *
 * @param unseen the artist whose drawings are the test
 * @param size pixels along a side
 * @throws UnrolledError if the download fails, the client is missing, or a drawing is damaged
 */
export async function captioning(unseen: Artist, size: number, options?: FetchOptions): Promise<Captioning> {
  const { emoji, of } = await emojiPictures(size, options);
  const known = ARTISTS.filter((artist) => artist !== unseen).map((artist) => of[artist]);
  return { emoji, known, unseen: of[unseen] };
}

/** A picture for a page, and its name if known. */
export interface Drawing {
  /** A file's name, or an emoji's character. */
  readonly title: string;
  readonly picture: Picture;
  readonly names?: Emoji['names'];
}

/** Selects `count` of the unseen drawings, evenly spread over the list. */
export function someDrawings({ emoji, unseen }: Captioning, count: number): Drawing[] {
  const most = Math.min(count, emoji.length);
  const places = Array.from({ length: most }, (_, index) =>
    Math.floor(((index + 0.5) * emoji.length) / most),
  );
  return places.map((at) => ({ title: emoji[at]!.text, picture: unseen[at]!, names: emoji[at]!.names }));
}
