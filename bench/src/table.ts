export interface Column {
  readonly title: string;
  /** Numbers are aligned right. */
  readonly right?: boolean;
}

/** A Markdown table that is aligned in a terminal, too. */
export function formatTable(columns: readonly Column[], lines: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(3, title.length, ...lines.map((line) => (line[index] ?? '').length)),
  );
  const format = (cells: readonly string[]) =>
    `| ${columns
      .map(({ right }, index) => {
        const cell = cells[index] ?? '';
        return right ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!);
      })
      .join(' | ')} |`;
  const rule = `|${columns
    .map(({ right }, index) => `${'-'.repeat(widths[index]! + 1)}${right ? ':' : '-'}`)
    .join('|')}|`;
  return [format(columns.map(({ title }) => title)), rule, ...lines.map(format)].join('\n');
}

/** Three significant digits, without an exponent. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
