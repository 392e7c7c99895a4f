import type { PriceFinding } from '../findings/finding';
import { leakFindings } from '../findings/leaks';
import { priceFindings, pricesIn } from '../findings/price-findings';
import { columnsWithRole } from './column-roles';
import type { CsvFinding, ReadColumn } from './findings';
import type { CsvRecord } from './records';

/** Handling of a row with 0 or a filler value in a column that needs a price. */
export type HaltedPolicy = 'keep' | 'drop-rows';

/** The rows of a file, oldest first. */
interface Read<D> {
  readonly columns: ReadonlyMap<string, ReadColumn>;
  readonly rows: readonly CsvRecord[];
  readonly dates: readonly D[] | undefined;
}

interface Checks {
  /** Name of the column to forecast. It is checked as a price column. */
  readonly target: string | undefined;
  /** Names of the columns that must not have a row without trading. */
  readonly needed: ReadonlySet<string>;
  readonly halted: HaltedPolicy;
}

/**
 * Checks the price columns, looks for leaks of the target, and drops the rows without trading if requested.
 */
export function checkPrices<D extends { readonly iso: string }>(
  read: Read<D>,
  { target, needed, halted }: Checks,
): Read<D> & { findings: CsvFinding[] } {
  const table = tableOf(read);
  const named = pricesIn(table);
  const isVolume = target !== undefined && columnsWithRole([target], 'volume').length > 0;
  const prices = target === undefined || isVolume ? named : [...new Set([target, ...named])];
  const findings = priceFindings(table, { prices });
  const isHalted = ({ kind, columns }: PriceFinding) =>
    kind === 'no-price' && columns.some((column) => needed.has(column) && named.includes(column));
  const left = halted === 'drop-rows' ? findings.filter(isHalted) : [];
  const kept = withoutRows(read, left);
  return {
    ...kept,
    findings: [
      ...findings.map((one) =>
        left.includes(one) ? { ...one, message: `${one.message} ${leftOut(one)}` } : one,
      ),
      ...(target === undefined ? [] : leakFindings(tableOf(kept), target)),
    ],
  };
}

function tableOf<D extends { readonly iso: string }>({ columns, rows, dates }: Read<D>) {
  return {
    columns: Object.fromEntries([...columns].map(([name, { values }]) => [name, values])),
    lines: rows.map(({ line }) => line),
    dates: dates?.map(({ iso }) => iso),
  };
}

function withoutRows<D>({ columns, rows, dates }: Read<D>, findings: readonly PriceFinding[]): Read<D> {
  if (findings.length === 0) return { columns, rows, dates };
  const places = new Map(rows.map(({ line }, row) => [line, row]));
  const dropped = new Set<number>();
  for (const { line, lastLine } of findings)
    for (let row = places.get(line)!; row <= places.get(lastLine)!; row++) dropped.add(row);
  const keep = <T>(values: readonly T[]) => values.filter((_, row) => !dropped.has(row));
  const kept = [...columns].map(([name, column]): [string, ReadColumn] => [
    name,
    { ...column, values: column.values.filter((_, row) => !dropped.has(row)) },
  ]);
  return { columns: new Map(kept), rows: keep(rows), dates: dates && keep(dates) };
}

function leftOut({ line, lastLine }: PriceFinding): string {
  return line === lastLine ? 'The row is dropped' : 'The rows are dropped';
}
