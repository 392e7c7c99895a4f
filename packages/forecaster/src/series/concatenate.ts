/** Joins arrays of numbers, in order. */
export function concatenate<A extends Float32Array | Float64Array | Uint8Array>(
  type: new (length: number) => A,
  parts: readonly A[],
): A {
  const all = new type(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
