import type { TextName } from '../choice';
import { isTask, taskText } from './tasks';

/** The sentence of the RNN lab. */
export const SENTENCE =
  "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and work, but rather teach them to long for the endless immensity of the sea.";

/** A text shorter than this is repeated, so there is enough to cut windows from. */
export const SHORT = 4_000;

const repeated = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));

/** Moby-Dick's beginning, which the build adds to the page. */
async function fetchMoby(): Promise<string> {
  const response = await fetch(new URL('moby-dick.txt', document.baseURI));
  if (!response.ok) throw new Error(`moby-dick.txt: ${response.status}`);
  return response.text();
}

/** The text behind a name; a person's own as it was given. */
export async function textOf(name: TextName, own: string): Promise<string> {
  if (isTask(name)) return taskText(name);
  if (name === 'hihello') return repeated('hihello', 700);
  if (name === 'sentence') return repeated(`${SENTENCE} `, SHORT);
  if (name === 'moby') return fetchMoby();
  return own;
}

/**
 * A person's own text as a model reads it. Line ends become one kind, and composed characters are one each.
 * The Worker does that: a long text takes longer than a page may be blocked.
 */
export function ownText(own: string): string {
  const text = own.normalize('NFC').replaceAll(/\r\n?/g, '\n');
  return text.trim().length > 0 && text.length < SHORT ? repeated(`${text}\n`, SHORT) : text;
}
