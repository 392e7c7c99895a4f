/**
 * Characters that control a terminal or change the direction of text: control characters except tab and line
 * feed, bidi marks, line separators.
 */
const STEERING = /(?![\t\n])[\p{Cc}\p{Bidi_C}\u2028\u2029\ufeff]/gu;

/**
 * Makes a text safe for a terminal. Control characters (except tab and line feed) and marks that change the
 * writing direction are escaped (`\u001b`), so data cannot move the cursor, set a title or hide text.
 */
export function visible(text: string): string {
  return `${text}`.replace(STEERING, escaped);
}

const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Maximum length of a quoted text, including the quotes. */
const MOST = 80;

/** Quotes a text for a message: escaped as JSON, {@link visible}, and at most 80 characters long. */
export function quoted(text: string): string {
  let most = MOST;
  let shown: string;
  do shown = inQuotes(cut(`${text}`, most--));
  while (shown.length > MOST);
  return shown;
}

const inQuotes = (text: string) => visible(JSON.stringify(text));

/** Describes any value for a message; long values are shortened. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (isTensor(value)) return value.isDisposed ? 'a disposed tensor' : `a tensor [${value.shape.join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return value instanceof Promise ? 'a promise' : 'an object';
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Whether a value is a tensor of tfjs, which this package does not import. */
export function isTensor(
  value: unknown,
): value is { readonly shape: readonly number[]; readonly isDisposed: boolean } {
  return typeof value === 'object' && value !== null && 'dataId' in value;
}

/** Choices for a message: `'lstm', 'gru' or 'rnn'`. */
export function choicesInWords(choices: readonly string[]): string {
  const all = choices.map((choice) => `'${choice}'`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** Shortens a name or a sentence for a message to `most` characters. */
export function cut(given: string, most = MOST): string {
  const text = `${given}`;
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Names for a message: the first eight, each shortened if it is long, and the number of others. */
export function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, 8)
    .map((name) => cut(name))
    .join(', ');
  if (names.length === 0) return '(none)';
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
