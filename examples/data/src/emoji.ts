/** The emoji: their names in ten languages, and the drawings of three artists. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FetchOptions, fetchSource } from './fetch';
import { drawingOf, type Rasteriser, rasteriserIn } from './pictures';
import { refuse } from './refuse';
import { SOURCES } from './sources';

/** The languages of the names, as CLDR names them. */
export const LANGUAGES = ['en', 'ko', 'de', 'fr', 'es', 'it', 'pt', 'ru', 'ja', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The artists: two for training, and a third for the test. */
export const ARTISTS = ['twemoji', 'openmoji', 'noto'] as const;
export type Artist = (typeof ARTISTS)[number];

export interface Emoji {
  /** The character or sequence of characters. */
  readonly text: string;
  readonly names: Readonly<Record<Language, string>>;
  /** The name of the file of each artist. */
  readonly files: Readonly<Record<Artist, string>>;
}

/** The fields of `emoji.json` that are read. */
interface Entry {
  readonly unified: string;
  readonly image: string;
  readonly category: string;
  readonly has_img_google: boolean;
}

/** The paths of the artists' files and the names. */
export interface EmojiFolders {
  readonly twemoji: string;
  readonly openmoji: string;
  readonly noto: string;
  readonly names: string;
  readonly rasteriser: string;
}

/** Downloads the drawings, the names and the renderer. */
export async function fetchEmoji(options?: FetchOptions): Promise<EmojiFolders> {
  const { twemoji, openmoji, noto, names, rasteriser } = SOURCES;
  const folders: Record<string, string> = {};
  for (const [key, source] of Object.entries({ twemoji, openmoji, noto, names, rasteriser })) {
    folders[key] = await fetchSource(source, options);
  }
  return folders as unknown as EmojiFolders;
}

/** The base emoji, without flags and skin tones, that have a name in every language. */
export async function listEmoji(folders: EmojiFolders): Promise<Emoji[]> {
  const entries = await readJson<Entry[]>(join(folders.noto, 'emoji.json'));
  const annotations = {} as Record<Language, Annotations>;
  for (const language of LANGUAGES) annotations[language] = await readNames(folders.names, language);
  return entries.filter(isBase).flatMap((entry) => {
    const text = textOf(entry.unified);
    const names = namesOf(text, annotations);
    return names ? [{ text, names, files: filesOf(entry) }] : [];
  });
}

const isBase = ({ category, has_img_google }: Entry) =>
  has_img_google && category !== 'Flags' && category !== 'Component';

/** `1F3F3-FE0F` as characters. */
const textOf = (unified: string) =>
  String.fromCodePoint(...unified.split('-').map((code) => Number.parseInt(code, 16)));

type Annotations = Readonly<Record<string, { readonly tts?: readonly string[] }>>;

export async function readNames(folder: string, language: string): Promise<Annotations> {
  if (!(LANGUAGES as readonly string[]).includes(language)) {
    refuse('names', {
      expected: `a language of ${LANGUAGES.join(', ')}`,
      got: language,
      remedy: 'choose one of these',
    });
  }
  const file = join(folder, 'annotations', language, 'annotations.json');
  return (await readJson<{ annotations: { annotations: Annotations } }>(file)).annotations.annotations;
}

function namesOf(
  text: string,
  annotations: Readonly<Record<Language, Annotations>>,
): Emoji['names'] | undefined {
  const bare = text.replaceAll('\ufe0f', '');
  const names = LANGUAGES.map((language) => {
    const of = annotations[language];
    return [language, (of[bare] ?? of[text])?.tts?.[0]] as const;
  });
  if (names.some(([, name]) => !name)) return undefined;
  return Object.fromEntries(names) as Emoji['names'];
}

/** Twemoji omits U+FE0F unless U+200D joins; the others have it as in Unicode. */
function filesOf({ unified, image }: Entry): Emoji['files'] {
  const lower = unified.toLowerCase();
  return {
    twemoji: `${lower.includes('200d') ? lower.replace(/^00/, '') : lower.replaceAll('-fe0f', '').replace(/^00/, '')}.svg`,
    openmoji: join('color', 'svg', `${unified}.svg`),
    noto: join('img', 'google', '64', image),
  };
}

/** A picture: size × size × (red, green, blue) from 0 to 1, row by row, on white. */
export type Picture = Float32Array;

export interface Pictures {
  readonly emoji: readonly Emoji[];
  readonly of: Readonly<Record<Artist, readonly Picture[]>>;
}

/** The emoji that all three artists drew, and their pictures. */
export async function emojiPictures(size: number, options?: FetchOptions): Promise<Pictures> {
  const folders = await fetchEmoji(options);
  const rasteriser = await rasteriserIn(folders.rasteriser);
  const emoji: Emoji[] = [];
  const of: Record<Artist, Picture[]> = { twemoji: [], openmoji: [], noto: [] };
  for (const one of await listEmoji(folders)) {
    const drawings = await Promise.all(ARTISTS.map((artist) => drawingIn(folders, one, artist)));
    if (drawings.some((drawing) => drawing === undefined)) continue;
    emoji.push(one);
    for (const [place, artist] of ARTISTS.entries()) {
      of[artist].push(drawn(rasteriser, drawings[place]!, join(folders[artist], one.files[artist]), size));
    }
  }
  return { emoji, of };
}

/** Undefined if the artist has not drawn it. */
const drawingIn = (folders: EmojiFolders, { files }: Emoji, artist: Artist) =>
  readFile(join(folders[artist], files[artist])).catch(() => undefined);

const drawn = (rasteriser: Rasteriser, bytes: Uint8Array, path: string, size: number) =>
  drawingOf(rasteriser, bytes, { path, size });

async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    const remedy = 'delete its folder to download it again';
    refuse(
      'emoji',
      { expected: `JSON in ${file}`, got: (error as Error).message, remedy, code: 'format' },
      error,
    );
  }
}
