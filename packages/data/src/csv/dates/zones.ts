/** The zones of times of day: offsets, the usual letters, and the names of the IANA database. */

/**
 * Milliseconds that a clock is ahead of UTC, or the name of a place whose clocks are put forward and back.
 */
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

/** Letters of exchanges that leave open whether it is summer. */
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
    // Intl's word for a name that it does not know.
    return undefined;
  }
}

const known = new Map<string, Map<number, readonly number[]>>();

/**
 * How far a zone's clocks are ahead of UTC when they show a time of day, in milliseconds: two answers, the
 * earlier instant's first, in an hour that comes twice.
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
  // A skipped hour has no instant: such a time is read with the offset before the clock was put forward.
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
