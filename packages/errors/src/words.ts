/** A text in quotes as it may stand in a message, cut when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** Any value as it may stand in a message, cut when it is long. */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** Choices as they may stand in a message: `'lstm', 'gru' or 'rnn'`. */
export function choicesInWords(choices: readonly string[]): string {
  const all = choices.map((choice) => `'${choice}'`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;
}

/** Names for a message: the first eight, and how many there are besides. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  if (names.length === 0) return '(none)';
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
