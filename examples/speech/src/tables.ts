/** Tables of transcripts, and their recordings. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readingProblem } from '@unrolled/errors/node';
import { promptsOf } from '@unrolled/example-data';
import { refuse } from './refuse';

/** A line of a table: a file's name without its extension, its transcript, and its speaker. */
export interface Line {
  readonly id: string;
  readonly text: string;
  readonly speaker: string;
}

/** A line with its file. */
export interface Spoken extends Line {
  readonly file: string;
}

const withoutEnding = (file: string) => file.replace(/\.(wav|mp3|flac|ogg)$/i, '');

/**
 * Parses a table by its name: LibriSpeech's `….trans.txt`, Common Voice's `….tsv`, an Asterisk list of
 * `name: text` in another `.txt` (or `.txt.gz`), and LJSpeech's `id|text|normalised text` in any other file.
 */
export function tableLines(file: string, content: string): Line[] {
  const lines = content
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  if (/\.trans\.txt$/.test(file)) {
    return lines.map((line) => {
      const [, id, text] = /^(\S+)\s+(.*)$/.exec(line.trim()) ?? refuseLine(file, line, 'a name and a text');
      return { id: id!, text: text!, speaker: id!.split('-')[0]! };
    });
  }
  if (/\.tsv$/.test(file)) {
    const columns = lines[0]!.split('\t');
    const [path, sentence, client] = ['path', 'sentence', 'client_id'].map((name) => columns.indexOf(name));
    if (path! < 0 || sentence! < 0) refuseLine(file, lines[0]!, 'columns path and sentence');
    return lines.slice(1).map((line) => {
      const cells = line.split('\t');
      if (!cells[path!] || cells[sentence!] === undefined) refuseLine(file, line, `${columns.length} cells`);
      return { id: withoutEnding(cells[path!]!), text: cells[sentence!]!, speaker: cells[client!] ?? '' };
    });
  }
  if (/\.txt(\.gz)?$/.test(file)) {
    return promptsOf(lines.join('\n')).map(({ name, text }) => ({ id: name, text, speaker: '' }));
  }
  return lines.map((line) => {
    const cells = line.split('|');
    if (cells.length < 2) refuseLine(file, line, 'a name and a text with | between them');
    return { id: withoutEnding(cells[0]!.trim()), text: cells[2] ?? cells[1]!, speaker: '' };
  });
}

function refuseLine(file: string, line: string, expected: string): never {
  return refuse('--transcripts', {
    expected: `${expected} in each line of ${file}`,
    got: `'${line}'`,
    remedy: 'correct that line',
    code: 'format',
  });
}

/**
 * The files of a folder and the folders in it with their texts, in the order of the tables.
 *
 * @param leaveOut skips texts without a file, files without a text, and empty texts
 * @throws UnrolledError that names the file or line, for a text without its file, a file without its text, an
 *   empty text, or no recordings
 */
export async function readSpoken(
  folder: string,
  tables: readonly string[],
  leaveOut = false,
): Promise<Spoken[]> {
  const files = await wavFiles(folder);
  const places = new Map<string, string[]>();
  for (const file of files) {
    // LJSpeech's `LJ001-0001` is a file in wavs/; Asterisk's `digits/7` is a file in the folder of a
    // language.
    const parts = withoutEnding(file).split('/');
    for (let from = 0; from < parts.length; from++) {
      const id = parts.slice(from).join('/');
      places.set(id, [...(places.get(id) ?? []), file]);
    }
  }
  const found: Spoken[] = [];
  const named = new Set<string>();
  for (const table of tables) {
    for (const line of tableLines(table, await readTable(table))) {
      const [file, other] = places.get(line.id) ?? [];
      // Brackets in an Asterisk list mark sounds, not speech.
      const isSound = line.text.trim() === '' && /\.txt(\.gz)?$/.test(table);
      if (file && (isSound || (leaveOut && line.text.trim() === ''))) named.add(file);
      if (isSound || (leaveOut && (!file || line.text.trim() === ''))) continue;
      if (!file) refusePair(`the file ${line.id}.wav in ${folder}, whose text is in ${table}`, 'none');
      if (other) refusePair(`one file ${line.id}.wav in ${folder}`, `${file} and ${other}`);
      if (named.has(file!)) refusePair(`one text of ${file}`, 'two');
      named.add(file!);
      if (line.text.trim() === '') refusePair(`a text of ${file} in ${table}`, 'an empty text');
      found.push({ ...line, file: path.join(folder, file!) });
    }
  }
  const silent = files.find((file) => !named.has(file));
  if (silent && !leaveOut)
    refusePair(`a text of ${path.join(folder, silent)} in ${tables.join(', ')}`, 'none');
  if (found.length === 0) refusePair(`lines in ${tables.join(', ')}`, 'none');
  return found;
}

function refusePair(expected: string, got: string): never {
  return refuse('--transcripts', {
    expected,
    got,
    remedy: 'add the missing file or text, or skip such lines and files: --leave-out',
    code: 'format',
  });
}

async function wavFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true }).catch((error) =>
    refuseUnread('--audio', folder, error),
  );
  return found
    .filter((file) => /\.wav$/i.test(file))
    .map((file) => file.split(path.sep).join('/'))
    .sort();
}

async function readTable(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error) => refuseUnread('--transcripts', file, error));
  if (!/\.gz$/.test(file)) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes, { maxOutputLength: 2 ** 28 }).toString('utf8');
  } catch (error) {
    return refuse('--transcripts', {
      expected: `a gzip file at ${file}`,
      got: (error as Error).message,
      remedy: 'choose another file',
      code: 'format',
    });
  }
}

function refuseUnread(option: string, name: string, error: unknown): never {
  const got = readingProblem(error);
  if (got === undefined) throw error;
  return refuse(
    option,
    { expected: `a readable file or folder at ${name}`, got, remedy: 'choose another path', code: 'file' },
    error,
  );
}
