import type { TextName } from '../choice';
import { isTask, taskText } from './tasks';

/** The sentence of the RNN lab. */
export const SENTENCE =
  "if you want to build a ship, don't drum up people together to collect wood and don't assign them tasks and work, but rather teach them to long for the endless immensity of the sea.";

/** Shorter texts are repeated, so that windows can be cut from them. */
export const SHORT = 4_000;

const repeated = (text: string, length: number) => text.repeat(Math.ceil(length / text.length));

/** The beginning of Moby-Dick, which the build adds to the page. */
async function fetchMoby(): Promise<string> {
  const response = await fetch(new URL('moby-dick.txt', document.baseURI));
  if (!response.ok) throw new Error(`moby-dick.txt: ${response.status}`);
  return response.text();
}

/** Loads the text of a choice; the user's own text is returned unchanged. */
export async function textOf(name: TextName, own: string): Promise<string> {
  if (isTask(name)) return taskText(name);
  if (name === 'hihello') return repeated('hihello', 700);
  if (name === 'sentence') return repeated(`${SENTENCE} `, SHORT);
  if (name === 'moby') return fetchMoby();
  return own;
}

/**
 * The user's text in the form that a model reads: uniform line ends, and composed characters. The Worker does
 * this, because a long text would block the page for too long.
 */
export function ownText(own: string): string {
  const text = own.normalize('NFC').replaceAll(/\r\n?/g, '\n');
  return text.trim().length > 0 && text.length < SHORT ? repeated(`${text}\n`, SHORT) : text;
}
