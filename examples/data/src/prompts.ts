/** Asterisk's prompts: recordings of one voice at 8,000 hertz, with transcripts. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type FetchOptions, fetchSource } from './fetch';
import { SOURCES } from './sources';

/** A recording and its text. */
export interface Prompt {
  /** Its name in the list: `digits/7`. */
  readonly name: string;
  readonly file: string;
  /** The transcript in lower case, with apostrophes and spaces. */
  readonly text: string;
}

/**
 * The prompts in the order of their list, without silence and sounds that are not speech. They are downloaded
 * if they are not in the cache.
 */
export async function spokenPrompts(options?: FetchOptions): Promise<Prompt[]> {
  const sounds = await fetchSource(SOURCES.prompts, options);
  const texts = await fetchSource(SOURCES.promptTexts, options);
  const packed = join(texts, 'usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz');
  const list = gunzipSync(await readFile(packed)).toString('utf8');
  const folder = join(sounds, 'usr/share/asterisk/sounds/en_US_f_Allison');
  return promptsOf(list).flatMap(({ name, text }) => {
    const file = join(folder, `${name}.wav`);
    return !name.startsWith('silence/') && text !== '' && existsSync(file) ? [{ name, file, text }] : [];
  });
}

/** The lines of a list, `name: text`. Text in brackets is not speech. A line after `;` is a comment. */
export function promptsOf(list: string): { readonly name: string; readonly text: string }[] {
  return list.split('\n').flatMap((line) => {
    const [, name, text] = /^([^;:\s]+):\s*(.*)$/.exec(line.trim()) ?? [];
    if (!name) return [];
    return [{ name, text: promptLabels(text!.replace(/\[.*?\]|\(.*?\)/g, ' ')) }];
  });
}

const SIGNS: Readonly<Record<string, string>> = {
  ...{ 0: 'zero', 1: 'one', 2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six', 7: 'seven', 8: 'eight' },
  ...{ 9: 'nine', '*': 'star', '#': 'pound', '%': 'percent', '+': 'plus', '&': 'and' },
};

/**
 * A text as spoken: digit by digit, signs by name, in lower case, with apostrophes, and with spaces for
 * everything else.
 */
export function promptLabels(text: string): string {
  return text
    .toLowerCase()
    .replace(/[0-9*#%+&]/g, (sign) => ` ${SIGNS[sign]} `)
    .replace(/’/g, "'")
    .replace(/[^a-z']+/g, ' ')
    .trim();
}
