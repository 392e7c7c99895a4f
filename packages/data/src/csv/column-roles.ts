/** What a price file's columns are called by the sources that export them, best first. */
const SYNONYMS = {
  date: [
    ...['date', 'datetime', 'date time', 'timestamp', 'time', 'day', 'month', 'week', 'dtyyyymmdd'],
    ...[
      'trade date',
      'trading date',
      'open time',
      'time open',
      'local time',
      'gmt time',
      'unix timestamp',
      'unix',
      'data',
    ],
  ],
  open: ['open', 'open price', 'opening price', 'opening', 'otwarcie', 'o'],
  high: ['high', 'high price', 'highest price', 'day high', 'najwyzszy', 'h'],
  low: ['low', 'low price', 'lowest price', 'day low', 'najnizszy', 'l'],
  close: [
    ...['close', 'close price', 'closing price', 'close last', 'closing', 'last close', 'zamkniecie'],
    ...['last', 'last price', 'price', 'settle', 'c'],
  ],
  adjustedClose: [
    ...[
      'adj close',
      'adjusted close',
      'adjclose',
      'adjustedclose',
      'adj close price',
      'adjusted close price',
    ],
    ...['close adj', 'close adjusted', 'adjusted'],
  ],
  volume: [
    ...['volume', 'vol', 'total volume', 'volume traded', 'traded volume', 'shares traded', 'wolumen'],
    ...['total trade quantity', 'total traded quantity', 'v'],
  ],
} as const satisfies Record<string, readonly string[]>;

/** A part that a column plays in a file of prices. */
export type ColumnRole = keyof typeof SYNONYMS;

/** A name without what sources put around it: `1. open`, `<OPEN>`, `adjClose**`, `Volume_(BTC)` → open, adj close, volume. */
export function plainName(name: string): string {
  const words = (text: string) => text.replace(/[^a-z0-9]+/g, ' ').trim();
  const lower = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  const bare = lower.replace(/^\d+[a-z]?\.\s*/, '');
  return words(bare.replace(/\([^)]*\)/g, ' ')) || words(bare);
}

/** The columns called as a column with this role is, best first, by their places. */
export function columnsWithRole(names: readonly string[], role: ColumnRole): number[] {
  const plain = withoutTicker(names.map(plainName));
  return (SYNONYMS[role] as readonly string[]).flatMap((synonym) =>
    plain.flatMap((name, index) => (name === synonym ? [index] : [])),
  );
}

/** The role that a name asks for: `Adj Close` → adjustedClose. */
export function roleOf(name: string): ColumnRole | undefined {
  const plain = plainName(name);
  return (Object.keys(SYNONYMS) as ColumnRole[]).find((role) =>
    (SYNONYMS[role] as readonly string[]).includes(plain),
  );
}

/** `GOOG.Open, GOOG.Close` and `Open GOOG, Close GOOG` lose what they share. */
function withoutTicker(plain: readonly string[]): readonly string[] {
  if (plain.includes('close')) return plain;
  for (const name of plain) {
    const ticker = /^(.+) open$|^open (.+)$/.exec(name)?.slice(1).find(Boolean);
    if (ticker === undefined) continue;
    const cut = (text: string) =>
      text.startsWith(`${ticker} `)
        ? text.slice(ticker.length + 1)
        : text.endsWith(` ${ticker}`)
          ? text.slice(0, -ticker.length - 1)
          : text;
    if (plain.some((other) => other !== name && cut(other) === 'close')) return plain.map(cut);
  }
  return plain;
}
