/**
 * Checks the options of public functions for unknown names, missing names and wrong types, by a table next to
 * the options' type.
 */
import type { Refuse } from './unrolled-error';
import { inWords, isTensor, quoted } from './words';

/**
 * The possible types of a value. A number is not NaN; an object is not an array, tensor or promise; the
 * function itself checks a `value`.
 */
type Plain =
  | ('number' | 'positive integer' | 'integer of at least 0' | 'string' | 'boolean' | 'function' | 'object')
  | (
      | 'array'
      | 'array or typed array'
      | 'Uint8Array'
      | 'Int32Array'
      | 'Float32Array'
      | 'tensor'
      | 'AbortSignal'
      | 'value'
    );

/**
 * The possible kinds of a value: one kind, one of two, or one of several quoted strings such as
 * `'lstm' or 'gru'`; optionally also a function.
 */
export type Kind = Plain | `${Plain} or ${Plain}` | `'${string}'` | `function or '${string}'`;

/**
 * The kind of each option, with a question mark if it may be omitted. The compiler refuses a table that lacks
 * an option of the type, has an extra one, or makes a required one optional.
 */
export type OptionKinds<O> = {
  readonly [Name in keyof O]-?: undefined extends O[Name] ? `${Kind}?` : Kind;
};

/** Refuses a value that is not of its kind. */
export type KindCheck = (scope: string, what: string, value: unknown, kind: Kind | `${Kind}?`) => void;

/**
 * Refuses options that are not an object, have an unknown name, lack one without a default, or have one of
 * another kind. An open record may have further entries.
 */
export type OptionsCheck = <O extends object>(
  scope: string,
  options: O,
  kinds: OptionKinds<O>,
  isOpen?: boolean,
) => void;

/** Checks one value, by a package's `refuse`. */
export function kindCheckOf(refuse: Refuse): KindCheck {
  return (scope, what, value, kind) => {
    if (fits(kind, value)) return;
    const named = kind.replace('?', '');
    const article = /^'/.test(named) ? '' : /^[aio]/i.test(named) ? 'to be an ' : 'to be a ';
    const expected = `${what} ${article}${named}`;
    refuse(scope, { expected, got: inWords(value), remedy: remedyOf(kind, value) });
  };
}

/** Checks options, by a package's `refuse`. */
export function optionsCheckOf(refuse: Refuse): OptionsCheck {
  const checkKind = kindCheckOf(refuse);
  return (scope, options, kinds, isOpen) => {
    checkKind(scope, isOpen ? 'the argument' : 'options', options, 'object');
    for (const name in options) {
      if (isOpen || Object.hasOwn(kinds, name)) continue;
      const names = Object.keys(kinds);
      const meant = names.find((one) => isClose(plain(one), plain(name)));
      const remedy = meant ? `did you mean '${meant}'?` : `the options are ${names.join(', ')}`;
      refuse(scope, { expected: 'a known option', got: quoted(name), remedy });
    }
    for (const name in kinds) checkKind(scope, name, options[name], kinds[name]);
  };
}

function remedyOf(kind: string, value: unknown): string {
  if (value instanceof Promise) return 'await the promise';
  if (isTensor(value) && kind.includes('array')) return 'for a tensor, pass Array.from(await tensor.data())';
  return `pass such a value${kind.includes('?') ? ', or omit the option to use its default' : ': it has no default'}`;
}

function fits(kind: string, value: unknown): boolean {
  const has = (word: string) => kind.includes(word);
  if (value === undefined) return has('?');
  if (has("'"))
    return typeof value === 'function' ? has('function or') : typeof value === 'string' && has(`'${value}'`);
  if (has('value')) return true;
  if (has('integer') && typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= (has('0') ? 0 : 1);
  }
  if (typeof value !== 'object') return has(typeof value) && !Number.isNaN(value);
  if (Array.isArray(value)) return has('array');
  if (value instanceof Uint8Array && has('Uint8Array')) return true;
  if (ArrayBuffer.isView(value)) return has(value.constructor.name) || (has('typed') && 'length' in value);
  if (isTensor(value)) return has('tensor') && !value.isDisposed;
  if (has('AbortSignal')) return value instanceof AbortSignal;
  return has('object') && value !== null && !(value instanceof Promise);
}

/** A name without case and separators: `batch_size` equals `batchSize`. */
const plain = (name: string) => name.replace(/[_-]/g, '').toLowerCase();

/**
 * Whether two names differ by at most two adjacent letters: additional, missing, different or swapped ones.
 */
function isClose(a: string, b: string): boolean {
  const most = Math.max(a.length, b.length);
  let [start, end] = [0, 0];
  while (start < most && a[start] === b[start]) start++;
  while (start + end < most && a.at(-1 - end) === b.at(-1 - end)) end++;
  return most - start - end <= Math.min(2, most - 2);
}
