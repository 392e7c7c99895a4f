import { isUtf8 } from 'node:buffer';
import { encodingOf, isAlmostUtf8, likelyEncodings, strictDecoder } from '../encoding';
import { rolesOf } from './column-roles';

/** Number of bytes that are examined, and of lines that may be headings. */
const HEAD = 65536;
const LINES = 30;

/** Required confidence of the detector, of 100, if no heading is known. */
const CERTAIN = 40;

/** Encodings of price files that the detector may miss in a few words. */
const USUAL = ['euc-kr', 'shift_jis', 'gbk', 'big5', 'windows-1252', 'windows-1250', 'windows-1251'];

/**
 * The encoding of a file that is not UTF-8: the one in which most headings are known, otherwise the one that
 * the detector reports with confidence. Undefined for UTF-8 and UTF-16, and if none or several encodings fit.
 */
export function guessEncoding(bytes: Uint8Array): string | undefined {
  if (isUtf8(bytes) || encodingOf('readCsvFile', bytes) !== 'utf-8') return undefined;
  const head = bytes.subarray(0, HEAD);
  if (isAlmostUtf8(head)) return undefined;
  const likely = likelyEncodings(bytes);
  const candidates = [...likely, ...USUAL.map((encoding) => ({ encoding, confidence: 0 }))];
  const readings = new Map<string, { encoding: string; confidence: number; known: number }>();
  for (const { encoding, confidence } of candidates) {
    const text = decodeHead(head, encoding);
    if (text === undefined || readings.has(text)) continue;
    readings.set(text, { encoding, confidence, known: knownHeadings(text) });
  }
  const [best, next] = [...readings.values()].sort(
    (a, b) => b.known - a.known || b.confidence - a.confidence,
  );
  if (best === undefined) return undefined;
  const isClear = best.known > (next?.known ?? 0);
  const isSure = best.confidence >= CERTAIN && best.confidence > 1.5 * (next?.confidence ?? 0);
  return isClear || isSure || hasPlainHeading(decodeHead(head, 'windows-1252')!) ? best.encoding : undefined;
}

/** Whether the headings are ASCII; then the encoding affects only texts in the rows. */
function hasPlainHeading(text: string): boolean {
  const lines = text.split(/\r\n?|\n/, LINES).map(cellsOf);
  return lines.some(
    (cells) => cells.every((cell) => !/\P{ASCII}/u.test(cell)) && rolesOf(cells).filter(Boolean).length > 2,
  );
}

function cellsOf(line: string): string[] {
  return line.split(/[,;\t|]/).map((cell) => cell.replace(/["']/g, '').trim());
}

function decodeHead(head: Uint8Array, encoding: string): string | undefined {
  try {
    return strictDecoder(encoding).decode(head, { stream: true });
  } catch {
    return undefined;
  }
}

/** Number of cells in the first lines that are names of prices outside ASCII. */
function knownHeadings(text: string): number {
  const cells = text
    .split(/\r\n?|\n/, LINES)
    .flatMap(cellsOf)
    .filter((cell) => /\P{ASCII}/u.test(cell));
  return rolesOf(cells).filter(Boolean).length;
}
