/** The zones of times of day: offsets, the usual letters, and the names of the IANA database. */

/** Milliseconds that a clock is ahead of UTC, or the name of a place whose clocks are put forward and back. */
export type Zone = number | string;

const HOUR = 3_600_000;

/** Hours ahead of UTC. Of letters that several countries use, those that RFC 5322 or a large exchange's data mean. */
const LETTERS: Readonly<Record<string, number>> = {
  ...{ z: 0, gmt: 0, utc: 0, wet: 0, west: 1, bst: 1, cet: 1, cest: 2, mez: 1, mesz: 2, eet: 2, eest: 3 },
  ...{ msk: 3, trt: 3, gst: 4, pkt: 5, ist: 5.5, ict: 7, wib: 7, hkt: 8, sgt: 8, awst: 8, jst: 9, kst: 9 },
  ...{ acst: 9.5, acdt: 10.5, aest: 10, aedt: 11, nzst: 12, nzdt: 13, brt: -3, art: -3, clt: -4, ast: -4 },
  ...{ adt: -3, est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7, hst: -10, sast: 2 },
};

/** Letters of exchanges that leave open whether it is summer. */
const PLACES: Readonly<Record<string, string>> = {
  et: 'America/New_York',
  ct: 'America/Chicago',
  mt: 'America/Denver',
  pt: 'America/Los_Angeles',
};

/** Reads what stands behind a time of day: `Z`, `+09:00`, `GMT-0500`, `EST`, `US/Eastern`; undefined for no zone of this world. */
export function readZone(text: string): Zone | undefined {
  const name = text.replace(/^\[(.*)\]$/, '$1').trim();
  const offset = /^(?:gmt|utc)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s*\[.*\])?$/i.exec(name);
  if (offset) {
    const size = Number(offset[2]) * HOUR + Number(offset[3] ?? 0) * 60_000;
    return size > 18 * HOUR ? undefined : offset[1] === '-' ? -size : size;
  }
  const letters = name.toLowerCase();
  if (Object.hasOwn(LETTERS, letters)) return LETTERS[letters]! * HOUR;
  if (Object.hasOwn(PLACES, letters)) return PLACES[letters];
  return name.includes('/') && clockOf(name) ? name : undefined;
}

const clocks = new Map<string, Intl.DateTimeFormat | undefined>();

function clockOf(name: string): Intl.DateTimeFormat | undefined {
  if (!clocks.has(name)) clocks.set(name, makeClock(name));
  return clocks.get(name);
}

function makeClock(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      ...({ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' } as const),
      ...({ hour: 'numeric', minute: 'numeric', second: 'numeric' } as const),
    });
  } catch {
    // Intl's word for a name that it does not know.
    return undefined;
  }
}

const known = new Map<string, Map<number, readonly number[]>>();

/**
 * How far a zone's clocks are ahead of UTC when they show a time of day, in milliseconds: two answers, the earlier instant's first, in
 * an hour that comes twice.
 *
 * @param wall what the clocks show, as milliseconds since 1970 of a clock in UTC
 */
export function offsetsOf(zone: Zone, wall: number): readonly number[] {
  if (typeof zone === 'number') return [zone];
  const ofZone = known.get(zone) ?? new Map<number, readonly number[]>();
  known.set(zone, ofZone);
  // Clocks are put forward and back at quarters of an hour.
  const quarter = Math.floor(wall / (HOUR / 4));
  const found = ofZone.get(quarter) ?? findOffsets(zone, wall);
  ofZone.set(quarter, found);
  return found;
}

function findOffsets(zone: string, wall: number): readonly number[] {
  // A day to either side has the offsets before and after any change.
  const [before, after] = [offsetAt(zone, wall - 24 * HOUR), offsetAt(zone, wall + 24 * HOUR)];
  const fitting = [...new Set([before, after])].filter((offset) => offsetAt(zone, wall - offset) === offset);
  // An hour that is left out has none: such a time is read by the clock that was not put forward.
  return fitting.length > 0 ? fitting.sort((a, b) => b - a) : [before];
}

function offsetAt(zone: string, time: number): number {
  const parts = clockOf(zone)!.formatToParts(time);
  const part = (type: string) => Number(parts.find((one) => one.type === type)!.value);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - Math.floor(time / 1000) * 1000;
}
