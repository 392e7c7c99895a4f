/**
 * The search of LSTMVis (Strobelt et al., 2018): which units are high within a range, and where else they
 * are.
 */

export interface FoundUnit {
  readonly unit: number;
  /** The mean within the range, and elsewhere. */
  readonly inside: number;
  readonly outside: number;
}

/**
 * Units by how much higher their mean is within the range than elsewhere, the most telling first.
 *
 * @param values [T, units], a time step after the other
 * @param range first and last time step, both within it
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

/** Ranges outside the chosen one in which all of the units are above the middle between their two means. */
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
