import { counted, inOptions, type Reporter } from '@unrolled/app-shared';
import type { Prices } from '../load-prices';

/**
 * Maximum number of printed findings of one kind, and of printed lines in total. `--json` and the report
 * contain all.
 */
const SHOWN = 3;
const LINES = 16;
/** Kinds of findings that most files have; they are printed last. */
const USUAL = ['missing-days', 'gap', 'zero-volume'];

/** Describes a file's rows and findings, in lines for people. */
export function describePrices({ description, table }: Prices): string[] {
  const { dates, order, orderSource, assumption, ignoredColumns, rowCount } = table;
  const span = dates
    ? `${dates[0]} to ${dates.at(-1)}`
    : `${order.replace('-', ' ')}, as ${orderSource === 'option' ? 'requested' : 'assumed'}`;
  return [
    `${description}: ${rowCount} rows, ${span}`,
    ...(assumption ? [`note: ${inOptions(assumption)}`] : []),
    ...(ignoredColumns.length > 0
      ? [`note: columns without numbers were left out: ${ignoredColumns.join(', ')}`]
      : []),
    ...findingLines(table.findings),
  ];
}

/** The first findings of each kind, and the number of others. */
function findingLines(findings: Prices['table']['findings']): string[] {
  const isUsual = (kind: string) => Number(USUAL.includes(kind));
  const kinds = [...new Set(findings.map(({ kind }) => kind))].sort((a, b) => isUsual(a) - isUsual(b));
  const shown = Math.max(1, Math.min(SHOWN, Math.floor(LINES / kinds.length) - 1));
  return kinds.flatMap((kind) => {
    const all = findings.filter((finding) => finding.kind === kind);
    const lines = all.slice(0, shown).map(({ message }) => `found: ${inOptions(message)}`);
    const rest = all.length - lines.length;
    return rest > 0 ? [...lines, `found: ${counted(rest, 'more finding')} of the kind ${kind}`] : lines;
  });
}

/** Prints a description of the files. */
export function printPrices(reporter: Reporter, prices: readonly Prices[]): void {
  for (const one of prices) for (const line of describePrices(one)) reporter.line(line);
}

/** The files for `--json` and the report: name, rows, findings and assumptions of each. */
export function describeFiles(prices: readonly Prices[]) {
  return prices.map(({ name, table }) => ({
    name,
    rows: table.rowCount,
    first: table.dates?.[0] ?? null,
    last: table.dates?.at(-1) ?? null,
    order: table.order,
    assumption: table.assumption === undefined ? null : inOptions(table.assumption),
    findings: table.findings,
  }));
}
