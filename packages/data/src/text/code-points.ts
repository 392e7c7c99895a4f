/** The distinct code points of a text, in order of first appearance. */
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

/** Compares texts by code points; `<` compares UTF-16 units. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at < 0) return left.length - right.length;
  return left[at]!.codePointAt(0)! - (right[at]?.codePointAt(0) ?? -1);
}

const basicPlane = 0x10000;
const absent = -1;

/**
 * Ids by code point: a table for the basic plane and a map beyond it, several times faster than a map of
 * strings.
 */
export class CodePointIds {
  private readonly table = new Int32Array(basicPlane).fill(absent);
  private readonly beyond = new Map<number, number>();

  /** Adds the tokens that are one code point; the others cannot occur in a text. */
  constructor(ids: ReadonlyMap<string, number>) {
    for (const [token, id] of ids) {
      const codePoint = token.codePointAt(0)!;
      if (token.length !== (codePoint < basicPlane ? 1 : 2)) continue;
      if (codePoint < basicPlane) this.table[codePoint] = id;
      else this.beyond.set(codePoint, id);
    }
  }

  /**
   * Writes the ids of a text's code points into `target`, which has space for one for each UTF-16 unit.
   *
   * @param otherwise returns the id of an unknown code point, at a position from 0
   * @returns the number of ids written
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
