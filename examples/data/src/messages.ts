import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPairs } from '@unrolled/data/node';
import { type FetchOptions, fetchSource } from './fetch';
import { refuse } from './refuse';
import { SOURCES } from './sources';
import { type Split, splitByHash } from './split';

/** A message of the compiler, and its translation. */
export interface Message {
  readonly source: string;
  readonly target: string;
}

/**
 * English messages of the compiler and their translations, without plural forms. Messages that differ only in
 * placeholders and numbers are in the same part; 1,000 are the test, 500 validation.
 *
 * @param language the name of a catalogue: `de`, `fr`, `sv`
 * @throws UnrolledError for a language without a catalogue
 */
export async function messages(language: string, options?: FetchOptions): Promise<Split<Message>> {
  const folder = await fetchSource(SOURCES.messages, options);
  const file = join(folder, 'usr', 'share', 'locale', language, 'LC_MESSAGES', 'gcc-12.mo');
  if (!existsSync(file)) {
    const expected = 'a language into which the compiler’s messages are translated';
    refuse('messages', { expected, got: language, remedy: 'choose one of de, es, fr, ja, ru, sv, zh_CN' });
  }
  return splitMessages(await readMessages(file), { test: 1000, validation: 500 });
}

/** The translations of a catalogue that differ from their sources. */
export async function readMessages(file: string): Promise<Message[]> {
  const found = new Map<string, Message>();
  for await (const { source, target } of readPairs(file, { plurals: false, emptySide: 'leave-out' })) {
    found.set(JSON.stringify([source, target]), { source, target });
  }
  return [...found.values()];
}

export function splitMessages(
  found: readonly Message[],
  counts: { readonly test: number; readonly validation: number },
): Split<Message> {
  return splitByHash(found, ({ source }) => templateOf(source), counts);
}

/**
 * A message without placeholders, quotes and white space: two messages of one template count as one example.
 */
export function templateOf(message: string): string {
  return (
    message
      // The compiler's quotes, `%<` and `%>`.
      .replace(/%[<>']/g, ' ')
      .replace(/%(?:\d+\$)?[-+ #0']*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|w|z|t|j|q|L)?[a-zA-Z%]/g, '#')
      .replace(/\d+/g, '#')
      .replace(/[\s"'`‘’“”<>]+/g, ' ')
      .trim()
      .toLowerCase()
  );
}
