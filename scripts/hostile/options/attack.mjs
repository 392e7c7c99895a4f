// Wrong calls of public functions: the wrong values of one argument or option, and the check of the result.
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { UnrolledError } from '@unrolled/errors';
import { ACCEPTED, CALLS, OPEN, packages, SKIPPED, SYSTEMS } from './calls.mjs';

export { randomFrom } from '../random.mjs';
export { listFunctions } from './declarations.mjs';

const own = new Error('the caller of the function');

/**
 * Names of records whose properties are all known. A record of another name may contain further properties.
 */
const CLOSED = /^(options|settings|__\d+|validation|clip|averaging|carry|lags)$/;

const LATE = 'no answer';

/** Milliseconds that a call may take. */
const PATIENCE = 5000;

/** Replacements of a value, by name; each is created for one call. */
const WRONG = {
  undefined: () => undefined,
  null: () => null,
  text: () => 'text',
  'empty text': () => '',
  three: () => 3,
  minus: () => -1,
  zero: () => 0,
  half: () => 0.5,
  NaN: () => Number.NaN,
  Infinity: () => Number.POSITIVE_INFINITY,
  true: () => true,
  false: () => false,
  bigint: () => 3n,
  array: () => [1, 2],
  'empty array': () => [],
  'array of texts': () => ['a', 'b'],
  'array of nulls': () => [null, undefined],
  'array of NaN': () => [Number.NaN, Number.NaN],
  object: () => ({}),
  'another object': () => ({ width: 3, height: 'a' }),
  map: () => new Map([['a', 1]]),
  function: () => () => undefined,
  'function that throws': () => () => {
    throw own;
  },
  'typed array': () => Float32Array.of(1, 2),
  bytes: () => Uint8Array.of(123, 1, 2),
  promise: () => Promise.resolve({}),
  scalar: () => tf.scalar(1),
  'tensor [2, 3]': () => tf.ones([2, 3]),
  'int32 tensor [2, 3]': () => tf.ones([2, 3], 'int32'),
  'tensor [2, 3, 4, 5]': () => tf.ones([2, 3, 4, 5]),
  'text tensor': () => tf.tensor1d(['a', 'b']),
  'tensor of no rows': () => tf.zeros([0, 3, 2]),
  'disposed tensor': () => {
    const tensor = tf.ones([2, 3]);
    tensor.dispose();
    return tensor;
  },
};

function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (value instanceof tf.Tensor) return 'tensor';
  if (value instanceof Promise) return 'promise';
  if (ArrayBuffer.isView(value)) return 'typed';
  return typeof value;
}

/**
 * Whether the declaration allows the replacement of this name. The function may accept or refuse an allowed
 * one.
 */
function isAdmitted(name, value, described, valid, isOpen) {
  const { kinds } = described;
  if (kinds.has('anything')) return true;
  if (Number.isNaN(value) || name === 'disposed tensor' || name === 'array of nulls') return false;
  const kind = kindOf(value);
  if (name === 'array of texts') return kinds.has('array') && !isNumbers(valid);
  if (kind === 'array') return kinds.has('array') || kinds.has('iterable');
  if (kind === 'typed')
    return kinds.has('iterable') || (kinds.has('typed') && takes(kinds, value.constructor.name));
  if (kind === 'object')
    return (
      kinds.has('iterable') ||
      (kinds.has('object') && /^(object|map)$/.test(name) && isAllOptional(described)) ||
      // The entries of a record with unknown property names are not checked.
      (kinds.has('object') &&
        name === 'another object' &&
        (!described.properties || (isOpen && isAllOptional(described))))
    );
  return kinds.has(kind);
}

/** Whether a type includes this typed array; a type that lists none includes all. */
function takes(kinds, name) {
  const named = [...kinds].filter((kind) => /^[A-Z]/.test(kind));
  return named.length === 0 || named.includes(name) || named.includes('ArrayBufferView');
}

const isNumbers = (value) =>
  (Array.isArray(value) || ArrayBuffer.isView(value)) && typeof value[0] === 'number';
const isAllOptional = ({ properties }) =>
  !properties || Object.values(properties).every(({ kinds }) => kinds.has('undefined'));

/** A plain object with known property names: options. */
function isOptions(value, { properties }) {
  if (!properties || kindOf(value) !== 'object') return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Every place of a call where a value can be wrong: arguments, and the properties of those that are options.
 */
function placesOf(parameters, args) {
  const places = [];
  const visit = (path, described, value, depth) => {
    places.push({ path, described, value });
    if (depth > 2 || !isOptions(value, described)) return;
    places.push({ path, described, value, isObject: true });
    for (const [name, property] of Object.entries(described.properties)) {
      visit([...path, name], property, value[name], depth + 1);
    }
  };
  for (const [index, parameter] of parameters.entries()) visit([index], parameter, args[index], 0);
  return places;
}

/** A copy of the arguments with another value at a place. */
function withValue(holder, [key, ...rest], value) {
  const copy = Array.isArray(holder) ? [...holder] : { ...holder };
  copy[key] = rest.length === 0 ? value : withValue(holder[key], rest, value);
  return copy;
}

/** Whether a place is in a record that may contain properties that the function does not read. */
const isDeep = (parameters, path) =>
  path.slice(0, -1).some((_, depth) => !CLOSED.test(nameOf(parameters, path.slice(0, depth + 1))));

/** The name of a place: its option's name, or its parameter's. */
const nameOf = (parameters, path) => (path.length > 1 ? path.at(-1) : parameters[path[0]].name);

function misspelt(random, name) {
  const at = 1 + random.integer(Math.max(1, name.length - 2));
  const draw = random.integer(4);
  if (draw === 0) return name.slice(0, at) + name.slice(at + 1);
  if (draw === 1) return name.slice(0, at) + name[at] + name.slice(at);
  if (draw === 2) return name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
  return name.slice(0, at - 1) + (name[at] ?? '') + name[at - 1] + name.slice(at + 1);
}

/**
 * A random wrong call of one function: what is wrong, in words; the arguments; and whether the declaration
 * allows it.
 */
function draw(random, { parameters }, args, name) {
  const places = placesOf(parameters, args);
  const place = random.pick(places);
  const at = place.path.join('.');
  if (place.isObject) {
    const known = Object.keys(place.described.properties);
    const key = random.chance(0.5)
      ? misspelt(random, random.pick(known))
      : random.pick(['verbose', 'foo', 'toString']);
    if (known.includes(key)) return draw(random, { parameters }, args, name);
    const isOpen =
      !CLOSED.test(nameOf(parameters, place.path)) || OPEN.has(name) || isDeep(parameters, place.path);
    return {
      what: `${at}.${key} unknown`,
      args: withValue(args, [...place.path, key], 1),
      isAllowed: isOpen,
    };
  }
  // The results of a record's methods are not results of the call.
  const isMethod = isDeep(parameters, place.path) && place.described.kinds.has('function');
  const isOpen = OPEN.has(name) || !CLOSED.test(nameOf(parameters, place.path));
  const wrong = random.pick(Object.keys(WRONG).filter((one) => !isMethod || one !== 'function'));
  const value = WRONG[wrong]();
  const isAllowed =
    isDeep(parameters, place.path) ||
    (OPEN.has(name) && place.path.length > 1) ||
    isAdmitted(wrong, value, place.described, place.value, isOpen) ||
    ACCEPTED.some(([pattern, names]) => pattern.test(`${name}.${at}`) && names.includes(wrong));
  return { what: `${at} = ${wrong}`, args: withValue(args, place.path, value), isAllowed };
}

/** Makes a wrong call. @returns undefined, or the fault in words */
async function outcomeOf(call, isAllowed, name) {
  const before = tf.memory().numTensors;
  let result;
  try {
    result = await call();
    if (
      result?.[Symbol.asyncIterator] ||
      (result?.[Symbol.iterator] && !Array.isArray(result) && typeof result.next === 'function')
    ) {
      let count = 0;
      for await (const _ of result) if (++count === 3) break;
    }
    return isAllowed ? undefined : 'accepted without an error';
  } catch (error) {
    if (error === own) return undefined;
    // The caller owns the parameters of a failed run.
    if (result?.params && result[Symbol.asyncIterator]) disposeTree([result.params, result.averages ?? []]);
    if (error?.syscall && SYSTEMS.test(name)) return undefined;
    if (!(error instanceof UnrolledError))
      return `${error?.stack ?? error}`.split('\n').slice(0, 4).join(' | ');
    if (!isAllowed && error.remedy === undefined) return `no remedy: ${error.message}`;
    const left = tf.memory().numTensors - before;
    return left > 0 ? `${left} tensors left: ${error.message}` : undefined;
  }
}

/** A promise that is not settled in time is a fault. The parent process detects a call that never returns. */
async function inTime(outcome) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE, LATE);
  });
  const fault = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return fault;
}

async function validCall(name) {
  const entry = CALLS[name];
  const [, space, rest] = /^([^:]+):(.*)$/.exec(name);
  const method = /(?:\(\))?\.?(\w*)$/.exec(rest)[1];
  if (typeof entry === 'function') {
    const [holder, key] = rest.includes('.') ? rest.split('.') : [undefined, rest.replace('new ', '')];
    const owner = holder ? packages[space][holder] : packages[space];
    const args = await entry();
    return {
      args,
      run: (given) => (rest.startsWith('new ') ? new owner[key](...given) : owner[key](...given)),
    };
  }
  const [make, argsOf] = entry;
  const owner = await make();
  const args = await argsOf(owner);
  return { args, run: (given) => (typeof owner === 'function' ? owner(...given) : owner[method](...given)) };
}

/** Faults of the registry: a function without a call, a call without a function, a call that fails. */
export async function checkCalls(functions) {
  const faults = [];
  for (const [name, { parameters }] of functions) {
    if (parameters.length > 0 && !CALLS[name] && !isSkipped(name))
      faults.push(`${name}: no valid call in calls/`);
  }
  for (const name of Object.keys(CALLS)) {
    if (!functions.has(name)) faults.push(`${name}: no such function`);
    else {
      const scope = tf.engine().startScope();
      const fault = await outcomeOf(
        async () => {
          const { run, args } = await validCall(name);
          return run(args);
        },
        true,
        name,
      );
      tf.engine().endScope(scope);
      if (fault) faults.push(`${name}: its valid call fails: ${fault}`);
    }
  }
  return faults;
}

const isSkipped = (name) => Object.keys(SKIPPED).some((start) => name.startsWith(start));

/**
 * Makes wrong calls.
 *
 * @param options.only parts of the names of functions, any of which must occur
 * @param options.onCall receives each call before it is made
 * @param options.onFault receives each fault
 * @returns faults, each with the number that repeats it
 */
export async function attack({ functions, calls, first = 0, random, only, onCall, onFault, onLate }) {
  const names = Object.keys(CALLS).filter(
    (name) =>
      functions.get(name)?.parameters.length > 0 &&
      !isSkipped(name) &&
      (!only || only.some((part) => name.includes(part))),
  );
  const backend = tf.getBackend();
  const faults = [];
  for (let index = first; index < first + calls; index++) {
    const own = random(index);
    const name = own.pick(names);
    onCall?.(index, name);
    tf.engine().startScope();
    const { args, run } = await validCall(name);
    const wrong = draw(own, functions.get(name), args, name);
    const fault = await inTime(outcomeOf(() => run(wrong.args), wrong.isAllowed, name));
    tf.engine().endScope();
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
    if (fault === LATE && wrong.isAllowed) {
      // The declaration allows the value, which asks for more work than there is time for. The call may
      // continue.
      onLate?.(index);
      continue;
    }
    if (!fault) continue;
    faults.push({ index, name, what: wrong.what, fault });
    onFault?.(faults.at(-1));
  }
  return faults;
}
