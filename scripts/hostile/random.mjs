// Random numbers from a seed, the same on every machine, and random changes of bytes and values.

import { uniforms } from '../lib.mjs';

/** A generator of numbers in [0, 1), seeded by any text. */
export function randomFrom(seed) {
  let state = 2166136261;
  for (const character of String(seed)) state = Math.imul(state ^ character.codePointAt(0), 16777619);
  const next = uniforms(state);
  const integer = (below) => Math.floor(next() * below);
  return { next, integer, pick: (list) => list[integer(list.length)], chance: (share) => next() < share };
}

/** Parts of headers, JSON and numbers, and very large sizes. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    ';',
    '\\',
    '\t',
    '\r',
    '\n',
    '\0',
    '\ufeff',
    '\ud800',
    'null',
    'true',
  ],
  ...[
    '-1',
    '0',
    '1e9',
    '1e308',
    '4.5',
    'NaN',
    'Infinity',
    '268435456',
    '4294967296',
    '9007199254740991',
    '-0',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '"shape":[]',
    '"dtype":"F32"',
    '"data_offsets":[0,0]',
    '__metadata__',
  ],
  ...[
    '2026-13-45',
    '20261127',
    '27.11.2026',
    '1,31,768.90',
    '=1+1',
    '"',
    '""',
    '#',
    'sep=,',
    '\u202e',
    '\u001b[2J',
  ],
  '['.repeat(3000),
  '0,'.repeat(1000),
  '\n'.repeat(2000),
].map((text) => new TextEncoder().encode(text));

/**
 * A copy of `bytes` with one to four changes: bits, bytes, ranges, pieces, a truncated end, a part of another
 * file.
 */
export function mutateBytes(random, bytes, other, from = 0) {
  let result = Uint8Array.from(bytes);
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const at = from + random.integer(Math.max(1, result.length - from));
    const length = 1 + random.integer(random.chance(0.8) ? 8 : 400);
    const draw = random.next();
    if (draw < 0.3) result[at] ^= 1 << random.integer(8);
    else if (draw < 0.4) result[at] = random.pick([0, 255, 34, 44, 48, 57, 91, 123]);
    else if (draw < 0.5) result = joined(result.subarray(0, at), result.subarray(at + length));
    else if (draw < 0.6)
      result = joined(result.subarray(0, at), result.subarray(at, at + length), result.subarray(at));
    else if (draw < 0.8) result = joined(result.subarray(0, at), random.pick(PIECES), result.subarray(at));
    else if (draw < 0.9) result = result.slice(0, at);
    else {
      const start = random.integer(other.length);
      result = joined(result.subarray(0, at), other.subarray(start, start + length), result.subarray(at));
    }
  }
  return result;
}

/** Random bytes: noise, ASCII, or several pieces. */
export function randomBytes(random) {
  const length = random.integer(random.chance(0.9) ? 200 : 4000);
  if (random.chance(0.3)) return Uint8Array.from({ length }, () => random.integer(256));
  if (random.chance(0.4)) return Uint8Array.from({ length }, () => 9 + random.integer(118));
  return joined(...Array.from({ length: 1 + random.integer(20) }, () => random.pick(PIECES)));
}

const VALUES = [
  ...[null, true, false, 0, -1, 1, 0.5, 1e300, -1e-300, 2 ** 24, 2 ** 31, 2 ** 53 - 1, 2 ** 53, -0],
  ...[
    '',
    'lstm',
    'constructor',
    '__proto__',
    '\u001b[31m',
    'x'.repeat(5000),
    [],
    {},
    [[]],
    [null],
    [1e9, 1e9],
    { length: 1e9 },
  ],
];

/** A copy of plain JSON data with one to three values changed, removed or added. */
export function mutateJson(random, value) {
  const copy = structuredClone(value);
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const places = placesOf(copy);
    if (places.length === 0) return random.pick(VALUES);
    const { holder, key } = random.pick(places);
    const draw = random.next();
    if (draw < 0.15 && Array.isArray(holder)) holder.splice(key, 1);
    else if (draw < 0.15) delete holder[key];
    else if (draw < 0.25 && Array.isArray(holder)) holder.push(structuredClone(random.pick(VALUES)));
    else if (draw < 0.35) holder[key] = structuredClone(random.pick(places).holder);
    else if (draw < 0.5 && typeof holder[key] === 'number') holder[key] *= random.pick([-1, 0, 2, 1e6, 0.5]);
    else holder[key] = structuredClone(random.pick(VALUES));
  }
  return copy;
}

function placesOf(value, places = []) {
  if (typeof value !== 'object' || value === null) return places;
  for (const key of Object.keys(value)) {
    places.push({ holder: value, key: Array.isArray(value) ? Number(key) : key });
    placesOf(value[key], places);
  }
  return places;
}

function joined(...parts) {
  return Uint8Array.from(Buffer.concat(parts));
}

/** Whether a text contains control characters, or characters that change the direction of text. */
export function hasControls(text) {
  return /[\p{Cc}\p{Bidi_Control}]/u.test(text.replaceAll(/[\t\r\n]/g, ''));
}
