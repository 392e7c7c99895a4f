/** Adjacent axes of the same kind, joined into one. */
export interface JoinedAxis<K> {
  size: number;
  readonly kind: K;
}

/**
 * A shape with adjacent axes of the same kind joined and axes of size 1 removed. Most ops then have one or
 * two axes.
 */
export function joinAxes<K extends string | number | boolean>(
  shape: readonly number[],
  kindOf: (axis: number) => K,
): JoinedAxis<K>[] {
  const joined: JoinedAxis<K>[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const kind = kindOf(axis);
    const last = joined.at(-1);
    if (last?.kind === kind) last.size *= size;
    else joined.push({ size, kind });
  }
  return joined;
}
