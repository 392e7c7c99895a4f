/** Measures two sides in turn, and compares the ratios of their times with the required one. */
import { medianInterval } from './statistics';
import { formatTable } from './table';

/**
 * The ratios of pairs, the base's time over the other one's: for the base and itself, and for the base and
 * this build.
 */
export interface PairedRow {
  readonly name: string;
  /** Undefined if the program chooses the number. */
  readonly threads?: number;
  readonly base: readonly number[];
  readonly ratios: readonly number[];
}

/** One of the two sides: does the work of one turn, and returns its milliseconds. */
export type Measure = () => Promise<number> | number;

/**
 * The ratio that the median must reach. With two threads, which other processes may delay, the upper end of
 * the interval must reach it.
 */
export const LEAST_RATIO = 0.97;

/** The number of `pairs` for the process of this index, so that all processes have an even share. */
export const pairsOfProcess = (
  { pairs, processes }: { readonly pairs: number; readonly processes: number },
  index: number,
) => Math.floor((pairs * (index + 1)) / processes) - Math.floor((pairs * index) / processes);

/** The base's time over the other one's, for each pair. The two take turns to go first. */
export async function measurePairs(base: Measure, other: Measure, pairs: number): Promise<number[]> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const times = { base: 0, other: 0 };
    for (const side of pair % 2 === 0 ? (['base', 'other'] as const) : (['other', 'base'] as const)) {
      times[side] = await (side === 'base' ? base : other)();
    }
    ratios.push(times.base / times.other);
  }
  return ratios;
}

/**
 * Whether a row is as fast as the base: its median on one thread, the upper end of its interval on several.
 */
export function passes({ threads = 1, ratios }: PairedRow): boolean {
  const { median, upper } = medianInterval(ratios);
  return (threads > 1 ? upper : median) >= LEAST_RATIO;
}

/** A table with a line for each row: the base against itself, this build, and whether it is as fast. */
export function pairTable(rows: readonly PairedRow[]): string {
  return formatTable(
    [
      { title: 'what' },
      { title: 'pairs', right: true },
      { title: 'base' },
      { title: 'this build' },
      { title: `at least ${LEAST_RATIO}` },
    ],
    rows.map((row) => [
      row.name,
      String(row.ratios.length),
      formatInterval(row.base),
      formatInterval(row.ratios),
      passes(row) ? 'ok' : 'SLOWER',
    ]),
  );
}

function formatInterval(ratios: readonly number[]): string {
  const { median, lower, upper } = medianInterval(ratios);
  return `${median.toFixed(3)} (${lower.toFixed(3)} … ${upper.toFixed(3)})`;
}
