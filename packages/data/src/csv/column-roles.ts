/**
 * Column names that data providers use for prices, most specific first: English, then German, French,
 * Spanish, Portuguese, Italian, Polish, Russian, Korean, Japanese and Chinese, then the abbreviations of
 * programs.
 */
const SYNONYMS = {
  date: `
    date, datetime, date time, timestamp, time, day, month, week, trade date, trading date,
    trading day, exchange date, observation date, business date, ref date, open time, time open,
    local time, gmt time, unix timestamp, unix, snapped at, window start, datum, handelstag, zeit,
    zeitpunkt, data, data pregao, dtyyyymmdd, fecha, dia, dzien, дата, время, 날짜, 일자, 일시, 거래일, 영업일,
    기준일, 년월일, 시간, 日付, 日時, 年月日, 営業日, 日期, 交易日期, 交易日, 时间, 時間, 交易时间, 年月, tradedate, ds, dt,
    stck bsop date, bas dt, trd dd, bas dd, candle date time kst
  `,
  open: `
    open, open price, opening price, opening, o, px open, eroffnung, eroffnungskurs, eroffn,
    erster, eroffnungspreis, ouverture, ouv, premier, apertura, precio apertura, abertura,
    preco abertura, otwarcie, kurs otwarcia, цена открытия, открытие, откр, 시가, 시작가, 始値, 始值, 寄付,
    寄付値, 开盘, 开盘价, 今开, 今开盘, 開盤, 開盤價, stck oprc, mkp, oprc, tdd opnprc, openen, openingskoers, acilis, oppning, mo cua
  `,
  high: `
    high, high price, highest price, highest, day high, h, px high, hoch, hochst, hochstkurs,
    tageshoch, hochster, plus haut, haut, maximo, maxima, alto, massimo, preco maximo,
    precio maximo, najwyzszy, maks, максимум, максимальная цена, макс, 고가, 최고가, 高値, 高值, 最高, 最高价,
    最高價, 高, stck hgpr, hipr, hgpr, tdd hgprc, hoog,
    hoogste, yuksek, hogst, hogsta
  `,
  low: `
    low, low price, lowest price, lowest, day low, l, px low, tief, tiefst, tiefstkurs, tagestief,
    niedrigster, plus bas, bas, minimo, minima, bajo, preco minimo, precio minimo, najnizszy,
    минимум, минимальная цена, мин, 저가, 최저가, 安値, 安值, 最低, 最低价, 最低價, 低, stck lwpr, lopr, lwpr,
    tdd lwprc, laag, laagste, dusuk, lagst, lagsta
  `,
  close: `
    close, close price, closing price, close last, closing, last close, trade close, px last,
    px close, schluss, schlusskurs, schlusspreis, zuletzt, letzter, kurs, cloture,
    cours de cloture, clot, cierre, precio cierre, precio de cierre, ultimo, fechamento,
    preco fechamento, chiusura, zamkniecie, kurs zamkniecia, dernier, цена закрытия, закрытие,
    закр, 종가, 終値, 終值, 收盘, 收盘价, 收盤, 收盤價, stck clpr, clpr, tdd clsprc, last, last price, latest,
    latest price, ltp, price, settle, settlement, цена, 현재가, 最新价, 最新,
    slotkoers, slot, kapanis, kapanıs, stangning, stangningskurs, dong cua, đong cua, trade price, c
  `,
  adjustedClose: `
    adj close, adjusted close, adjclose, adjustedclose, adj close price, adjusted close price,
    close adj, close adjusted, adjusted, adj, adj price, schluss bereinigt,
    bereinigter schlusskurs, 수정종가, 修正後終値, 調整後終値, 调整终值, 复权收盘价, 调整收盘价
  `,
  volume: `
    volume, vol, total volume, volume traded, traded volume, trading volume, shares traded,
    total trade quantity, total traded quantity, number of shares, no of shares, tottrdqty,
    px volume, qty, volumen, umsatz, stuck, stuecke, volume total, quantidade, quantita, wolumen,
    obrot, объем, обьем, 거래량, 出来高, 売買高, 成交量, 交易量, 成交股數, tickvol, tick volume, v, acml vol, trqu,
    acc trdvol
  `,
} as const satisfies Record<string, string>;

/** The role of a column in a file of prices. */
export type ColumnRole = keyof typeof SYNONYMS;

/** The footnote text below the names `Close` and `Adj Close` on Yahoo's page. */
const TOOLTIP = /(?<=close)\s+(adjusted )?close price adjusted for .*$/;

/**
 * Normalises a name, without the decoration of data providers: `1. open`, `<OPEN>`, `adjClose**`,
 * `Volume_(BTC)`, `Eröffnung` → open, open, adj close, volume, eroffnung.
 */
export function plainName(name: string): string {
  const words = (text: string) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  const lower = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .normalize('NFC')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ł/g, 'l')
    .replace(/ß/g, 'ss');
  const bare = lower.replace(/^\d+[a-z]?\.\s*/, '');
  return (words(bare.replace(/\([^)]*\)/g, ' ')) || words(bare)).replace(TOOLTIP, '');
}

/**
 * The role of each normalised name, and its rank among the names for that role, from 0. It is built on first
 * use.
 */
let ranks: Map<string, { role: ColumnRole; rank: number }> | undefined;

function rankOf(plain: string) {
  ranks ??= new Map(
    (Object.keys(SYNONYMS) as ColumnRole[]).reverse().flatMap((role) =>
      SYNONYMS[role]
        .split(',')
        .map((synonym, rank) => [plainName(synonym), { role, rank }] as const)
        .reverse(),
    ),
  );
  return ranks.get(plain);
}

/** The role of a name: `Adj Close` → adjustedClose. */
export function roleOf(name: string): ColumnRole | undefined {
  return rankOf(plainName(name))?.role;
}

/** The roles of a file's columns by name, without the ticker in the names. */
export function rolesOf(names: readonly string[]): (ColumnRole | undefined)[] {
  return bareNames(names).map((name) => rankOf(name)?.role);
}

/** The indices of the columns with a role, best match first. */
export function columnsWithRole(names: readonly string[], role: ColumnRole): number[] {
  return bareNames(names)
    .flatMap((name, column) => {
      const known = rankOf(name);
      return known?.role === role ? [{ column, rank: known.rank }] : [];
    })
    .sort((a, b) => a.rank - b.rank)
    .map(({ column }) => column);
}

/**
 * Normalised names. In `GOOG.Open, GOOG.Close` and `Open GOOG, Close GOOG` the part that an open and a close
 * share is removed, for each ticker.
 */
export function bareNames(names: readonly string[]): readonly string[] {
  const plain = names.map(plainName);
  if (plain.includes('close')) return plain;
  const isRole = (name: string | undefined, role: ColumnRole) =>
    name !== undefined && rankOf(name)?.role === role;
  const cut = (name: string, ticker: string) =>
    name.startsWith(`${ticker} `)
      ? name.slice(ticker.length + 1)
      : name.endsWith(` ${ticker}`)
        ? name.slice(0, -ticker.length - 1)
        : undefined;
  const tickers = new Set(
    plain.flatMap((name) => /^(.+) open$|^open (.+)$/.exec(name)?.slice(1).find(Boolean) ?? []),
  );
  const shared = [...tickers].filter((ticker) => plain.some((name) => isRole(cut(name, ticker), 'close')));
  return plain.map(
    (name) => shared.map((ticker) => cut(name, ticker)).find((bare) => bare !== undefined) ?? name,
  );
}
