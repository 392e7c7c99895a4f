/** Time zones: offsets, the usual abbreviations, and the names of the IANA database. */

/** Milliseconds ahead of UTC, or the name of a zone with daylight saving time. */
export type Zone = number | string;

const HOUR = 3_600_000;

/**
 * Abbreviations of time zones, by their hours ahead of UTC. If several countries use one, the meaning of RFC
 * 5322 or of a large exchange's data is used.
 */
const LETTERS: readonly (readonly [hours: number, letters: string])[] = [
  [0, 'z gmt utc wet'],
  [1, 'west bst cet mez'],
  [2, 'cest mesz eet sast'],
  [3, 'eest msk trt'],
  [4, 'gst'],
  [5, 'pkt'],
  [5.5, 'ist'],
  [7, 'ict wib'],
  [8, 'hkt sgt awst'],
  [9, 'jst kst'],
  [9.5, 'acst'],
  [10, 'aest'],
  [10.5, 'acdt'],
  [11, 'aedt'],
  [12, 'nzst'],
  [13, 'nzdt'],
  [-3, 'brt art adt'],
  [-4, 'clt ast edt'],
  [-5, 'est cdt'],
  [-6, 'cst mdt'],
  [-7, 'mst pdt'],
  [-8, 'pst'],
  [-10, 'hst'],
];

/** Abbreviations of exchanges that do not distinguish daylight saving time. */
const PLACES: Readonly<Record<string, string>> = {
  et: 'America/New_York',
  ct: 'America/Chicago',
  mt: 'America/Denver',
  pt: 'America/Los_Angeles',
};

/**
 * Reads the text after a time of day: `Z`, `+09:00`, `GMT-0500`, `EST`, `US/Eastern`; undefined for an
 * unknown zone.
 */
export function readZone(text: string): Zone | undefined {
  const name = text.replace(/^\[(.*)\]$/, '$1').trim();
  const offset = /^(?:gmt|utc)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?:\s*\[.*\])?$/i.exec(name);
  if (offset) {
    const size = Number(offset[2]) * HOUR + Number(offset[3] ?? 0) * 60_000;
    return size > 18 * HOUR ? undefined : offset[1] === '-' ? -size : size;
  }
  const letters = name.toLowerCase();
  const found = LETTERS.find(([, all]) => all.split(' ').includes(letters));
  if (found) return found[0] * HOUR;
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
    // The message of Intl for an unknown name.
    return undefined;
  }
}

const known = new Map<string, Map<number, readonly number[]>>();

/**
 * The offset of a zone from UTC at a local time, in milliseconds. Two offsets, that of the earlier instant
 * first, for an hour that occurs twice.
 *
 * @param wall the local time, as milliseconds since 1970 of a clock in UTC
 */
export function offsetsOf(zone: Zone, wall: number): readonly number[] {
  if (typeof zone === 'number') return [zone];
  const ofZone = known.get(zone) ?? new Map<number, readonly number[]>();
  known.set(zone, ofZone);
  // Clocks change at quarters of an hour.
  const quarter = Math.floor(wall / (HOUR / 4));
  const found = ofZone.get(quarter) ?? findOffsets(zone, wall);
  ofZone.set(quarter, found);
  return found;
}

function findOffsets(zone: string, wall: number): readonly number[] {
  // The instants one day before and after have the offsets before and after any change.
  const [before, after] = [offsetAt(zone, wall - 24 * HOUR), offsetAt(zone, wall + 24 * HOUR)];
  const fitting = [...new Set([before, after])].filter((offset) => offsetAt(zone, wall - offset) === offset);
  // A skipped hour has no instant. Such a time is read with the offset before the change.
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
