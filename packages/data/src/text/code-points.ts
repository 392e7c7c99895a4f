/** The distinct code points of a text in the order in which they first come. */
export function distinctCodePoints(text: string): string[] {
  const seen = new Uint8Array(0x110000);
  const characters: string[] = [];
  for (let index = 0; index < text.length; index++) {
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index++;
    if (seen[codePoint] === 1) continue;
    seen[codePoint] = 1;
    characters.push(String.fromCodePoint(codePoint));
  }
  return characters;
}

/** Orders texts by their code points; `<` would order by UTF-16 unit. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  return left[at]!.codePointAt(0)! - (right[at]?.codePointAt(0) ?? -1);
}

const basicPlane = 0x10000;
const absent = -1;

/**
 * Ids by code point: a table for the basic plane, a map beyond it, several times faster than a map of
 * strings.
 */
export class CodePointIds {
  private readonly table = new Int32Array(basicPlane).fill(absent);
  private readonly beyond = new Map<number, number>();

  /** Takes the tokens that are one code point; the others cannot come from a text. */
  constructor(ids: ReadonlyMap<string, number>) {
    for (const [token, id] of ids) {
      const codePoint = token.codePointAt(0)!;
      if (token.length !== (codePoint < basicPlane ? 1 : 2)) continue;
      if (codePoint < basicPlane) this.table[codePoint] = id;
      else this.beyond.set(codePoint, id);
    }
  }

  /**
   * Writes the ids of a text's code points into `target`, which has room for one per UTF-16 unit.
   *
   * @param otherwise gives the id of a code point that has none, at a position from 0
   * @returns how many were written
   */
  encode(
    text: string,
    target: Int32Array,
    otherwise: (codePoint: number, position: number) => number,
  ): number {
    let count = 0;
    for (let index = 0; index < text.length; index++) {
      const codePoint = text.codePointAt(index)!;
      const id = codePoint < basicPlane ? this.table[codePoint]! : (this.beyond.get(codePoint) ?? absent);
      target[count] = id === absent ? otherwise(codePoint, count) : id;
      count++;
      if (codePoint >= basicPlane) index++;
    }
    return count;
  }
}
