import { inWords } from '@unrolled/errors';
import { analyseEncodings } from './encoding-detector';
import { checkKind, refuse } from './refuse';
import { invalidUtf8Offset } from './text/utf8';

/** A text and its encoding, named as in the Encoding Standard: `utf-8`, `euc-kr`, `windows-1252`. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: string;
}

/** Decodes a text piece by piece; throws a TypeError for bytes that are invalid in the encoding. */
interface StrictDecoder {
  /** @param options `stream`: more pieces follow, and this one may end within a character */
  decode(piece?: Uint8Array, options?: { stream?: boolean }): string;
}

/** Common names that are not in the Encoding Standard. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ ansi: 'windows-1252', 'latin-1': 'windows-1252', cp949: 'euc-kr', ms949: 'euc-kr', uhc: 'euc-kr' },
  ...{
    cp936: 'gbk',
    cp950: 'big5',
    cp932: 'shift_jis',
    'utf-8-sig': 'utf-8',
    utf_8: 'utf-8',
    utf16: 'utf-16le',
  },
};

/** The characters of windows-1252 in place of the control characters 0x80 … 0x9f. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/**
 * Byte order marks of UTF-32, which the Encoding Standard lacks. One of them begins with the mark of UTF-16.
 */
const UTF_32_MARKS = [
  [0xff, 0xfe, 0, 0],
  [0, 0, 0xfe, 0xff],
];

/**
 * Number of bytes that the detector examines, and the confidence (of 100) below which its result is ignored.
 */
const SAMPLE = 65536;
const LEAST_CONFIDENCE = 25;

/**
 * Decodes bytes strictly. A byte order mark determines the encoding and is removed; otherwise `encoding`
 * does. Without either, the text is UTF-16 if every second byte of its ASCII is 0, and UTF-8 if not.
 *
 * @param encoding a name of the Encoding Standard, or a common name: `cp949`, `gbk`, `shift-jis`, `latin-1`,
 *   `windows-1252`
 * @throws UnrolledError for an unknown encoding, and for bytes that are invalid in the encoding, naming the
 *   first of them and the encodings that fit
 */
export function decodeText(bytes: Uint8Array, encoding?: string): DecodedText {
  checkKind('decodeText', 'bytes', bytes, 'Uint8Array');
  checkKind('decodeText', 'encoding', encoding, 'string?');
  return decodeBytes('decodeText', 'the bytes', bytes, encoding);
}

/** `decodeText` on behalf of the function `scope`, for the bytes of `where`. */
export function decodeBytes(
  scope: string,
  where: string,
  bytes: Uint8Array,
  encoding: string | undefined,
): DecodedText {
  const used = encodingOf(scope, bytes, encoding);
  try {
    return { text: strictDecoder(used).decode(bytes), encoding: used };
  } catch (cause) {
    if (!(cause instanceof TypeError)) {
      const expected = `${where} to fit in one string`;
      refuse(
        scope,
        { expected, got: `${bytes.length} bytes`, code: 'memory', remedy: 'pass it in parts' },
        cause,
      );
    }
    refuseUndecodable(scope, where, bytes, { encoding: used });
  }
}

/**
 * The encoding of a text by its byte order mark, otherwise the given one, otherwise by the position of zero
 * bytes.
 *
 * @param head the first bytes of the text, a few thousand if available
 * @throws UnrolledError for an unknown encoding
 */
export function encodingOf(scope: string, head: Uint8Array, given?: string): string {
  if (UTF_32_MARKS.some((mark) => mark.every((byte, at) => head[at] === byte))) {
    refuse(scope, {
      expected: 'a text in UTF-8, UTF-16 or another encoding of the Encoding Standard',
      got: 'UTF-32, according to its byte order mark',
      remedy: 'save it as UTF-8',
      code: 'format',
    });
  }
  const named = given === undefined ? undefined : encodingNamed(scope, given);
  return encodingByMark(head) ?? named ?? encodingByZeros(head) ?? 'utf-8';
}

/** An encoding's name in the Encoding Standard. */
function encodingNamed(scope: string, name: string): string {
  const lower = typeof name === 'string' ? name.trim().toLowerCase() : '';
  for (const candidate of [ALIASES[lower], lower, lower.replaceAll('-', '_')]) {
    try {
      if (candidate) return new TextDecoder(candidate).encoding;
    } catch {}
  }
  refuse(scope, {
    expected: '`encoding` to be the name of an encoding',
    got: inWords(name),
    remedy:
      'name one such as utf-8, utf-16, euc-kr (cp949), shift_jis, gbk, big5, windows-1252 (latin1) or windows-1251',
  });
}

function encodingByMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/**
 * UTF-16 without a mark: its ASCII characters, which every script uses, have a zero in every second byte, on
 * the same side.
 */
function encodingByZeros(bytes: Uint8Array): string | undefined {
  const zeros: [number, number] = [0, 0];
  const length = Math.min(bytes.length, 4096) & ~1;
  for (let at = 0; at < length; at++) if (bytes[at] === 0) zeros[at % 2]! += 1;
  const [even, odd] = zeros;
  // Some characters of Hangul and other scripts have a low byte of 0, but few do.
  const [fewer, more] = [Math.min(even, odd), Math.max(even, odd)];
  if (more === 0 || more < length / 20 || fewer > more / 5) return undefined;
  return odd > even ? 'utf-16le' : 'utf-16be';
}

/** A strict decoder for an encoding of the Encoding Standard. It removes a byte order mark. */
export function strictDecoder(encoding: string): StrictDecoder {
  const decoder = new TextDecoder(encoding, { fatal: true });
  if (encoding !== 'windows-1252') return decoder;
  // Some versions of Node read windows-1252 as Latin-1, which has control characters at these positions.
  const mend = (text: string) =>
    text.replace(/[\x80-\x9f]/g, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80]!);
  return { decode: (piece, options) => mend(decoder.decode(piece, options)) };
}

/**
 * The encodings that fit bytes that are not UTF-8, most likely first; none if all but a few bytes are UTF-8.
 */
export function likelyEncodings(bytes: Uint8Array): { encoding: string; confidence: number }[] {
  const start = Math.max(
    0,
    bytes.findIndex((byte) => byte >= 0x80),
  );
  const sample = bytes.subarray(start, start + SAMPLE);
  if (isAlmostUtf8(sample)) return [];
  const found = new Map<string, number>();
  for (const { name, confidence } of analyseEncodings(sample)) {
    const encoding = encodingThatReads(name, sample);
    if (encoding !== undefined && !found.has(encoding)) found.set(encoding, confidence);
  }
  const best = Math.max(LEAST_CONFIDENCE, ...found.values());
  return [...found].flatMap(([encoding, confidence]) =>
    confidence > 0.6 * best ? [{ encoding, confidence }] : [],
  );
}

/** Whether a text is UTF-8 except for a few damaged bytes. */
export function isAlmostUtf8(sample: Uint8Array): boolean {
  const text = new TextDecoder().decode(sample);
  const broken = text.split('\ufffd').length - 1;
  return (text.match(/\P{ASCII}/gu)?.length ?? 0) > 5 * broken;
}

function encodingThatReads(name: string, sample: Uint8Array): string | undefined {
  if (/utf|ascii/i.test(name)) return undefined;
  try {
    const { encoding } = new TextDecoder(name);
    strictDecoder(encoding).decode(sample, { stream: true });
    return encoding;
  } catch {
    return undefined;
  }
}

/**
 * Refuses a text, naming its first invalid bytes and the encodings that fit.
 *
 * @param bytes a part of the text that has invalid bytes
 * @param options `start`: the offset of that part in the text; `remedy`: a further remedy
 */
export function refuseUndecodable(
  scope: string,
  where: string,
  bytes: Uint8Array,
  { encoding = 'utf-8', start = 0, remedy = 'save the file as UTF-8' } = {},
): never {
  const offset = encoding === 'utf-8' ? invalidUtf8Offset(bytes) : undecodableOffset(bytes, encoding);
  const byte = bytes[offset]!.toString(16).padStart(2, '0');
  refuse(scope, {
    expected: `valid ${encoding === 'utf-8' ? 'UTF-8' : encoding} in ${where}`,
    got: `byte 0x${byte} at byte offset ${start + offset}`,
    remedy: `${encodingAdvice(bytes, encoding)}${remedy}`,
    code: 'format',
  });
}

function encodingAdvice(bytes: Uint8Array, encoding: string): string {
  const likely = likelyEncodings(bytes).filter((one) => one.encoding !== encoding);
  const names = likely.slice(0, 3).map((one) => `\`encoding: '${one.encoding}'\``);
  if (names.length > 0) return `name its encoding, likely ${names.join(' or ')}, or `;
  return isAlmostUtf8(bytes)
    ? 'correct that byte, since the rest is UTF-8, or '
    : 'name its encoding (`encoding`), or ';
}

/** The last byte of the shortest prefix that cannot be read. */
function undecodableOffset(bytes: Uint8Array, encoding: string): number {
  const reads = (length: number) => {
    try {
      strictDecoder(encoding).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let [good, bad] = [0, bytes.length];
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    if (reads(middle)) good = middle;
    else bad = middle;
  }
  return bad - 1;
}
