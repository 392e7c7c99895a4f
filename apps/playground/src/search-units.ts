/**
 * The search of LSTMVis (Strobelt et al., 2018): finds the units that are high within a range, and other
 * places where they are high.
 */

export interface FoundUnit {
  readonly unit: number;
  /** The mean within the range, and outside it. */
  readonly inside: number;
  readonly outside: number;
}

/**
 * Orders units by the difference between their mean within the range and outside it, largest first.
 *
 * @param values [T, units], row by row for each time step
 * @param range first and last time step, both inclusive
 */
export function unitsThatFire(
  values: ArrayLike<number>,
  units: number,
  [from, to]: readonly [number, number],
): FoundUnit[] {
  const steps = values.length / units;
  const width = to - from + 1;
  const found = Array.from({ length: units }, (_, unit) => {
    let [inside, outside] = [0, 0];
    for (let t = 0; t < steps; t++) {
      const value = values[t * units + unit]!;
      if (t >= from && t <= to) inside += value;
      else outside += value;
    }
    return { unit, inside: inside / width, outside: steps > width ? outside / (steps - width) : 0 };
  });
  return found.sort((a, b) => b.inside - b.outside - (a.inside - a.outside) || a.unit - b.unit);
}

/** Ranges outside the selected one in which all units are above the midpoint of their two means. */
export function otherPlaces(
  values: ArrayLike<number>,
  units: number,
  found: readonly FoundUnit[],
  [from, to]: readonly [number, number],
): (readonly [from: number, to: number])[] {
  if (found.length === 0) return [];
  const steps = values.length / units;
  const fires = (t: number) =>
    found.every(({ unit, inside, outside }) => values[t * units + unit]! > (inside + outside) / 2);
  const places: [number, number][] = [];
  for (let t = 0; t < steps; t++) {
    if ((t >= from && t <= to) || !fires(t)) continue;
    const last = places.at(-1);
    if (last && last[1] === t - 1) last[1] = t;
    else places.push([t, t]);
  }
  return places;
}
