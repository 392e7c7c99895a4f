/**
 * Files in the shapes that sources write, with made-up numbers: 40 days of one share in each. Whatever the shape, the newest day,
 * its close and the number of rows come out; where a file leaves something open it is refused, and the advice helps.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CsvFileOptions, readCsvFile } from '@unrolled/data/node';
import { afterAll, describe, expect, test } from 'vitest';
import { encode } from './encode';
import { rejectionOf } from './support';

/** A day of prices. */
interface Day {
  readonly date: Date;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

const days: Day[] = [];
let price = 65;
for (let at = 0; days.length < 40; at++) {
  const date = new Date(Date.UTC(2026, 9, 1 + at));
  if (date.getUTCDay() % 6 === 0) continue;
  const open = round(price * (1 + 0.004 * Math.sin(at * 1.7)));
  const close = round(price * (1 + 0.011 * Math.cos(at * 2.3)));
  const high = round(Math.max(open, close) * 1.0031);
  const low = round(Math.min(open, close) * 0.9957);
  days.push({ date, open, high, low, close, volume: 1_200_345 + 7919 * at });
  price = close;
}
const last = days.at(-1)!;
const newestFirst = days.toReversed();

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const iso = ({ date }: Day) => date.toISOString().slice(0, 10);
const compact = (day: Day) => iso(day).replaceAll('-', '');
const parts = (day: Day) => iso(day).split('-') as [string, string, string];
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const dotted = (day: Day) => parts(day).reverse().join('.');
const slashed = (day: Day) => parts(day).reverse().join('/');
const american = (day: Day) => `${parts(day)[1]}/${parts(day)[2]}/${parts(day)[0]}`;
const named = (day: Day) => `${parts(day)[2]}-${months[day.date.getUTCMonth()]}-${parts(day)[0]}`;
const fixed = (value: number, digits = 2) => value.toFixed(digits);
const german = (value: number, digits = 2) =>
  new Intl.NumberFormat('de-DE', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
const grouped = (value: number) => new Intl.NumberFormat('en-US').format(value);
const ohlc = ({ open, high, low, close }: Day, write: (value: number) => string = fixed) =>
  [open, high, low, close].map((value) => write(value));
const table = (header: string, rows: readonly Day[], row: (day: Day, at: number) => string) =>
  `${[header, ...rows.map(row)].filter((line, at) => at > 0 || line !== '').join('\n')}\n`;

interface Shape {
  /** Who writes it, and where that is described. */
  readonly source: string;
  readonly text: string;
  readonly encoding?: string;
  readonly options?: CsvFileOptions;
  /** The newest day, where it is not written as a day. */
  readonly newest?: string;
  /** How many times the prices of `days` are written. */
  readonly scale?: number;
  readonly target?: string;
}

const shapes: Shape[] = [
  {
    source: 'Stooq, a download of its page, in Polish (stooq.pl/q/d/l)',
    text: table('Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen', days, (day) =>
      [iso(day), ...ohlc(day), day.volume].join(','),
    ),
  },
  {
    source: 'a Polish bank, in windows-1250 with commas (GPW archive)',
    encoding: 'windows-1250',
    text: table('Data;Kurs otwarcia;Najwyższy;Najniższy;Kurs zamknięcia;Wolumen', days, (day) =>
      [iso(day), ...ohlc(day, german), day.volume].join(';'),
    ),
  },
  {
    source: 'Tiingo, endpoint /daily/prices as CSV (api.tiingo.com/documentation/end-of-day)',
    text: table(
      'date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor',
      days,
      (day) =>
        [
          `${iso(day)}T00:00:00.000Z`,
          day.close,
          day.high,
          day.low,
          day.open,
          day.volume,
          day.close,
          day.high,
          day.low,
          day.open,
          day.volume,
          '0.0,1.0',
        ].join(','),
    ),
  },
  {
    source: 'MetaTrader 5, Symbols → Bars → Export (metatrader5.com, terminal help)',
    encoding: 'utf-16le',
    text: `\ufeff${table('<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>', days, (day) =>
      [iso(day).replaceAll('-', '.'), ...ohlc(day), day.volume, 0, 3].join('\t'),
    )}`,
  },
  {
    source: 'MetaTrader 4, History Center, no header (docs.mql4.com)',
    text: table('', days, (day) =>
      [iso(day).replaceAll('-', '.'), '00:00', ...ohlc(day), day.volume].join(','),
    ),
  },
  {
    source: 'NinjaTrader 8, historical data export (ninjatrader.com, help: Exporting)',
    text: table('', days, (day) => [compact(day), ...ohlc(day), day.volume].join(';')),
  },
  {
    source: 'Interactive Brokers, historical data of TWS through ib_insync util.df().to_csv()',
    text: table(',date,open,high,low,close,volume,average,barCount', days, (day, at) =>
      [at, iso(day), ...ohlc(day), day.volume, day.close, 412].join(','),
    ),
  },
  {
    source: 'Alpaca, bars of alpaca-py .df.to_csv() (docs.alpaca.markets): symbol and timestamp first',
    text: table('symbol,timestamp,open,high,low,close,volume,trade_count,vwap', days, (day) =>
      ['AAA', `${iso(day)} 05:00:00+00:00`, ...ohlc(day), `${day.volume}.0`, '5123.0', day.close].join(','),
    ),
    newest: `${iso(last)}T05:00:00Z`,
  },
  {
    source: 'Quandl / Nasdaq Data Link, EOD (docs.data.nasdaq.com)',
    text: table(
      'Date,Open,High,Low,Close,Volume,Dividend,Split,Adj_Open,Adj_High,Adj_Low,Adj_Close,Adj_Volume',
      newestFirst,
      (day) =>
        [iso(day), ...ohlc(day), `${day.volume}.0`, '0.0,1.0', ...ohlc(day), `${day.volume}.0`].join(','),
    ),
  },
  {
    source: "Quandl's CHRIS futures, with Settle and Prev. Day Open Interest",
    text: table('Date,Open,High,Low,Settle,Volume,Prev. Day Open Interest', newestFirst, (day) =>
      [iso(day), ...ohlc(day), `${day.volume}.0`, '88123.0'].join(','),
    ),
  },
  {
    source: 'KRX, data.krx.co.kr statistics 12003, in CP949',
    encoding: 'euc-kr',
    scale: 1000,
    text: table('일자,종가,대비,등락률,시가,고가,저가,거래량,거래대금', newestFirst, (day) =>
      [
        iso(day).replaceAll('-', '/'),
        ...[day.close, 0.1, 0.001, day.open, day.high, day.low].map((value) => Math.round(value * 1000)),
        day.volume,
        9e9,
      ]
        .map((cell) => `"${cell}"`)
        .join(','),
    ),
  },
  {
    source: 'NAVER finance through FinanceDataReader, in Korean with thousands',
    scale: 1000,
    text: table('날짜,종가,전일비,시가,고가,저가,거래량', newestFirst, (day) =>
      [
        iso(day).replaceAll('-', '.'),
        ...[day.close, 0.25, day.open, day.high, day.low].map(
          (value) => `"${grouped(Math.round(value * 1000))}"`,
        ),
        `"${grouped(day.volume)}"`,
      ].join(','),
    ),
  },
  {
    source: 'JPX / k-db.com, in Shift_JIS below a title of several cells',
    encoding: 'shift_jis',
    text: `1301-T,東証,極洋,日足\n${table('日付,始値,高値,安値,終値,出来高,売買代金', newestFirst, (day) => [iso(day), ...ohlc(day), day.volume, 1000].join(','))}`,
  },
  {
    source: 'Yahoo! Finance Japan, as a page is copied: 2026年11月25日',
    text: table('日付\t始値\t高値\t安値\t終値\t出来高\t調整後終値*', newestFirst, (day) =>
      [
        `${parts(day)[0]}年${Number(parts(day)[1])}月${Number(parts(day)[2])}日`,
        ...ohlc(day),
        grouped(day.volume),
        fixed(day.close),
      ].join('\t'),
    ),
  },
  {
    source: 'Tushare pro.daily(…).to_csv() (tushare.pro/document/2?doc_id=27)',
    text: table(
      ',ts_code,trade_date,open,high,low,close,pre_close,change,pct_chg,vol,amount',
      newestFirst,
      (day, at) =>
        [
          at,
          '000001.SZ',
          compact(day),
          ...ohlc(day),
          day.open,
          0.1,
          0.2,
          `${day.volume}.35`,
          '2606650.695',
        ].join(','),
    ),
  },
  {
    source: 'Eastmoney through AkShare stock_zh_a_hist, in GBK as Excel wants it',
    encoding: 'gbk',
    text: table('日期,开盘,收盘,最高,最低,成交量,成交额,振幅,涨跌幅,涨跌额,换手率', days, (day) =>
      [iso(day), day.open, day.close, day.high, day.low, day.volume, '4.5e9', 1.48, -0.45, -0.3, 0.23].join(
        ',',
      ),
    ),
  },
  {
    source: '网易财经 (quotes.money.163.com), in GBK, codes with a quote before them',
    encoding: 'gbk',
    text: table('日期,股票代码,名称,收盘价,最高价,最低价,开盘价,前收盘,成交量', newestFirst, (day) =>
      [iso(day), "'600000", '浦发银行', day.close, day.high, day.low, day.open, 'None', day.volume].join(','),
    ),
  },
  {
    source: 'TWSE, STOCK_DAY as CSV (twse.com.tw): Republic-of-China years, a title, notes below, in Big5',
    encoding: 'big5',
    text: `"115年10月 2330 台積電 各日成交資訊"\n${table(
      '"日期","成交股數","成交金額","開盤價","最高價","最低價","收盤價","漲跌價差","成交筆數",',
      days,
      (day) =>
        `"${Number(parts(day)[0]) - 1911}/${parts(day)[1]}/${parts(day)[2]}","${grouped(day.volume)}","${grouped(day.volume * 60)}",${ohlc(
          day,
        )
          .map((cell) => `"${cell}"`)
          .join(',')},"+0.25","12,345",`,
    )}"說明:"\n"符號說明:+/-/X表示漲/跌/不比價"\n"本統計資訊含一般、零股、盤後定價交易"\n`,
  },
  {
    source: 'BSE India, historical prices by security (bseindia.com): a comma behind each row',
    text: table(
      'Date,Open Price,High Price,Low Price,Close Price,WAP,No.of Shares,No. of Trades',
      newestFirst,
      (day) =>
        `${Number(parts(day)[2])}-${day.date.toLocaleString('en', { month: 'long', timeZone: 'UTC' })}-${parts(day)[0]},${[...ohlc(day), day.close, day.volume, 5123].join(',')},`,
    ),
  },
  {
    source: 'NSE India, above a lakh: groups of two digits',
    scale: 2000,
    text: `\ufeff${table(
      'Date ,series ,OPEN ,HIGH ,LOW ,PREV. CLOSE ,ltp ,close ,vwap ,VOLUME ',
      newestFirst,
      (day) => {
        const lakh = new Intl.NumberFormat('en-IN', { minimumFractionDigits: 2 });
        const cells = [day.open, day.high, day.low, day.open, day.close, day.close, day.close].map(
          (value) => `"${lakh.format(value * 2000)}"`,
        );
        return [`"${named(day)}"`, '"EQ"', ...cells, `"${lakh.format(day.volume).replace('.00', '')}"`].join(
          ',',
        );
      },
    )}`,
  },
  {
    source: 'Boursorama, download of a share (boursorama.com): tabs, French names',
    encoding: 'windows-1252',
    text: table(
      'date\touv\thaut\tbas\tclôt\tvol\tdevise\t',
      days,
      (day) => `${slashed(day)} 00:00\t${[...ohlc(day), day.volume].join('\t')}\tEUR\t`,
    ),
  },
  {
    source: 'Onvista, historical prices as CSV (onvista.de), in Latin-1',
    encoding: 'windows-1252',
    text: table('Datum;Eröffnung;Hoch;Tief;Schluss;Volumen', newestFirst, (day) =>
      [dotted(day), ...ohlc(day, german), german(day.volume, 0)].join(';'),
    ),
  },
  {
    source: 'Degiro, chart as CSV through a German Excel: sep= line, three decimals',
    text: `sep=;\n${table('Datum;Erster;Hoch;Tief;Letzter;Stück', days, (day) => [dotted(day), ...ohlc(day, (value) => german(value, 3)), '0,00'].join(';'))}`,
  },
  {
    source: 'SIX Swiss Exchange, apostrophes between thousands',
    scale: 100,
    text: table('Date;Open;High;Low;Close;Volume', days, (day) =>
      [
        dotted(day),
        ...ohlc(day, (value) => fixed(value * 100).replace(/\B(?=(\d{3})+\.)/g, '’')),
        day.volume,
      ].join(';'),
    ),
  },
  {
    source: 'Borsa Italiana / Investing.com in Italian',
    text: table('"Data","Ultimo","Apertura","Massimo","Minimo","Vol.","Var. %"', newestFirst, (day) =>
      [
        dotted(day),
        ...[day.close, day.open, day.high, day.low].map((value) => german(value)),
        '1,20M',
        '-0,45%',
      ]
        .map((cell) => `"${cell}"`)
        .join(','),
    ),
  },
  {
    source: 'Investing.com in Spanish',
    text: table('"Fecha","Último","Apertura","Máximo","Mínimo","Vol.","% var."', newestFirst, (day) =>
      [
        dotted(day),
        ...[day.close, day.open, day.high, day.low].map((value) => german(value)),
        '1,20M',
        '-0,45%',
      ]
        .map((cell) => `"${cell}"`)
        .join(','),
    ),
  },
  {
    source: 'Investing.com in Russian',
    text: table('"Дата","Цена","Откр.","Макс.","Мин.","Объём","Изм. %"', newestFirst, (day) =>
      [
        dotted(day),
        ...[day.close, day.open, day.high, day.low].map((value) => german(value)),
        '1,20M',
        '-0,45%',
      ]
        .map((cell) => `"${cell}"`)
        .join(','),
    ),
  },
  {
    source: 'MOEX ISS, history with its cursor below (iss.moex.com/iss/reference), in windows-1251',
    encoding: 'windows-1251',
    text: `history\n\n${table(
      'BOARDID;TRADEDATE;SHORTNAME;SECID;NUMTRADES;VALUE;OPEN;LOW;HIGH;CLOSE;VOLUME',
      days,
      (day) =>
        [
          'TQBR',
          iso(day),
          'Сбербанк',
          'SBER',
          512,
          '2606650695.1',
          day.open,
          day.low,
          day.high,
          day.close,
          day.volume,
        ].join(';'),
    )}\nhistory.cursor\n\nINDEX;TOTAL;PAGESIZE\n0;40;100\n`,
  },
  {
    source:
      'CoinMarketCap, historical data (coinmarketcap.com): semicolons, quoted instants, name of the coin',
    text: table(
      'timeOpen;timeClose;timeHigh;timeLow;name;open;high;low;close;volume;marketCap;timestamp',
      newestFirst,
      (day) => {
        const at = (clock: string) => `"${iso(day)}T${clock}Z"`;
        return [
          at('00:00:00.000'),
          at('23:59:59.999'),
          at('05:03:00.000'),
          at('20:11:00.000'),
          '"2781"',
          ...ohlc(day),
          day.volume,
          1e9,
          at('23:59:59.999'),
        ].join(';');
      },
    ),
    newest: `${iso(last)}T23:59:59.999Z`,
  },
  {
    source: 'CoinGecko, export of a coin (coingecko.com)',
    text: table('snapped_at,price,market_cap,total_volume', days, (day) =>
      [`${iso(day)} 00:00:00 UTC`, day.close, 1e9, day.volume].join(','),
    ),
  },
  {
    source: 'Bitstamp through CryptoDataDownload, newest first below its address',
    text: `https://www.CryptoDataDownload.com\n${table(
      'unix,date,symbol,open,high,low,close,Volume BTC,Volume USD',
      newestFirst,
      (day) =>
        [day.date.getTime() / 1000, `${iso(day)} 00:00:00`, 'BTC/USD', ...ohlc(day), day.volume, 1e6].join(
          ',',
        ),
    )}`,
  },
  {
    source:
      'Binance, spot klines since 2025 in microseconds, no header (github.com/binance/binance-public-data)',
    text: table('', days, (day) =>
      [
        day.date.getTime() * 1000,
        ...ohlc(day, (value) => fixed(value, 8)),
        `${day.volume}.5`,
        day.date.getTime() * 1000 + 86399999999,
        '1.5',
        812,
        '2.5',
        '3.5',
        0,
      ].join(','),
    ),
  },
  {
    source: 'Kaggle, all_stocks_5yr.csv: a ticker in each row',
    text: table('date,open,high,low,close,volume,Name', days, (day) =>
      [iso(day), ...ohlc(day), day.volume, 'AAL'].join(','),
    ),
  },
  {
    source: 'R, write.csv of a quantmod object with row names (stat.ethz.ch, write.table)',
    text: table('"","AAA.Open","AAA.High","AAA.Low","AAA.Close","AAA.Volume","AAA.Adjusted"', days, (day) =>
      [`"${iso(day)}"`, ...ohlc(day), day.volume, day.close].join(','),
    ),
  },
  {
    source: 'R, write.table with its defaults: spaces, quotes, no name for the row names',
    text: table('"Date" "Open" "High" "Low" "Close" "Volume"', days, (day, at) =>
      [`"${at + 1}"`, `"${iso(day)}"`, ...ohlc(day), day.volume].join(' '),
    ),
  },
  {
    source: 'pandas, to_string of a frame with a DatetimeIndex',
    text: table(
      '              Open    High     Low   Close    Volume\nDate',
      days,
      (day) =>
        `${iso(day)}  ${ohlc(day)
          .map((cell) => cell.padStart(6))
          .join('  ')}  ${day.volume}`,
    ),
  },
  {
    source: 'pandas, to_csv of yfinance columns by ticker, old versions without the names of the levels',
    text: table(',AAA,AAA,AAA,AAA,AAA\n,Open,High,Low,Close,Volume\nDate,,,,,', days, (day) =>
      [iso(day), ...ohlc(day), day.volume].join(','),
    ),
  },
  {
    source: 'pandas-datareader, Attributes and Symbols above',
    text: table(
      'Attributes,Adj Close,Close,High,Low,Open,Volume\nSymbols,AAA,AAA,AAA,AAA,AAA,AAA\nDate,,,,,,',
      days,
      (day) => [iso(day), day.close, day.close, day.high, day.low, day.open, day.volume].join(','),
    ),
  },
  {
    source:
      "Yahoo's table, copied from the page of 2024: what its headings say under the pointer, dividends and splits",
    text: table(
      'Date\tOpen\tHigh\tLow\tClose Close price adjusted for splits.\tAdj Close Adjusted close price adjusted for splits and dividend and/or capital gain distributions.\tVolume',
      newestFirst,
      (day, at) => {
        const date = `${months[day.date.getUTCMonth()]} ${day.date.getUTCDate()}, ${parts(day)[0]}`;
        const row = [date, ...ohlc(day), fixed(day.close), grouped(day.volume)].join('\t');
        return at === 9
          ? `${date}\t0.26 Dividend\n${row}`
          : at === 20
            ? `${date}\t4:1 Stock Splits\t\t\t\t\t\n${row}`
            : row;
      },
    ),
  },
  {
    source: 'Excel, saved as Unicode text: UTF-16 and tabs',
    encoding: 'utf-16le',
    text: `\ufeff${table('Datum\tEröffnung\tHoch\tTief\tSchlusskurs', days, (day) => [dotted(day), ...ohlc(day, german)].join('\t'))}`,
  },
  {
    source: 'Excel, a sheet with a name, a period and a sum below',
    text: `Kurse der Muster AG;;;\nvon 01.10.2026 bis 25.11.2026;;;\n;;;\n${table('Datum;Schlusskurs;Volumen;', days, (day) => `${dotted(day)};${german(day.close)};${german(day.volume, 0)};`)}Summe;;${german(999999999, 0)};\n`,
  },
  {
    source: 'Excel, currencies and negative numbers in parentheses',
    text: table('Date,Close,Change,Volume', days, (day) =>
      [american(day), `"$ ${fixed(day.close)}"`, '($0.25)', `"${grouped(day.volume)}"`].join(','),
    ),
  },
  {
    source: 'FactSet / LSEG Workspace: a title, empty lines, a line of units below the headings',
    text: `AAA Price History\n\nCurrency: USD\n\n${table('Date,Open,High,Low,Close,Volume\n,USD,USD,USD,USD,Shares', newestFirst, (day) => [named(day), ...ohlc(day), day.volume].join(','))}\nSource: Example Data Services. All rights reserved, no warranty.\n`,
  },
  {
    source: 'Deutsche Bundesbank, time series as CSV: comments and flags',
    text: table(
      '"";BBEX3.D.USD.EUR.BB.AC.000;BBEX3.D.USD.EUR.BB.AC.000_FLAGS\n"";Euro foreign exchange reference rate;\nunit;USD;',
      days,
      (day) => [iso(day), german(day.close), ''].join(';'),
    ),
    options: { columns: ['Date', 'Close', 'Flags'] },
    target: 'Close',
  },
  {
    source: 'FRED, empty cells on holidays (fredhelp.stlouisfed.org)',
    text: table('observation_date,DGS10', days, (day, at) => `${iso(day)},${at % 15 === 7 ? '' : day.close}`),
    target: 'DGS10',
    options: { missing: 'drop-rows' },
  },
  {
    source: "Stooq's bulk files without their first line: a ticker, a period, a time that says nothing",
    text: table('', days, (day) =>
      ['AAA.US', 'D', compact(day), '000000', ...ohlc(day), day.volume, 0].join(','),
    ),
  },
  {
    source: 'pandas, a frame written as a column of lines: each line in quotes',
    text: table('"Date,Close"', days, (day) => `"${iso(day)},${day.close}"`),
  },
  {
    source: 'TWSE and others, cells that Excel must not change: ="2026-11-25"',
    text: table('="Date",="Close"', days, (day) => `="${iso(day)}",="${day.close}"`),
  },
  {
    source: 'Markdown, pandas to_markdown',
    text: table(
      '|    | Date | Close |\n|---:|:-----|------:|',
      days,
      (day, at) => `| ${at} | ${iso(day)} | ${day.close} |`,
    ),
  },
  {
    source: 'two exports joined by cat: the header again in the middle',
    text: table(
      'Date,Open,High,Low,Close,Volume',
      days,
      (day, at) =>
        `${at === 20 ? 'Date,Open,High,Low,Close,Volume\n' : ''}${[iso(day), ...ohlc(day), day.volume].join(',')}`,
    ),
  },
];

const folder = mkdtempSync(join(tmpdir(), 'unrolled-shapes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(text: string, encoding = 'utf-8'): string {
  const path = join(folder, 'shape.csv');
  writeFileSync(path, encode(text, encoding));
  return path;
}

test.each(shapes)('$source', async ({ text, encoding, options, newest, scale = 1, target = 'Close' }) => {
  const read = await readCsvFile(fileOf(text, encoding), { ...options, requiredColumns: [target] });
  expect(read.dates?.at(-1)).toBe(newest ?? iso(last));
  expect(read.column(target).at(-1)).toBeCloseTo(
    scale === 1 ? last.close : Math.round(last.close * scale),
    6,
  );
  expect(read.rowCount).toBe(options?.missing ? days.length - 3 : days.length);
  expect(read.findings.some(({ kind }) => kind === 'encoding')).toBe(
    encoding !== undefined && !encoding.startsWith('utf'),
  );
});

describe('what a file leaves open is refused, and the advice helps', () => {
  const quoted = (value: number) => `"${german(value, 3)}"`;
  const long = table(
    'unique_id,ds,y',
    days,
    (day) => `A,${iso(day)},${day.close}\nB,${iso(day)},${2 * day.close}`,
  );
  const below = `${table('date,close,Name', days.slice(0, 20), (day) => `${iso(day)},${day.close},AAA`)}${table('', days.slice(20), (day) => `${iso(day)},${day.close},BBB`)}`;
  const refused: [string, string, CsvFileOptions, RegExp, CsvFileOptions, number][] = [
    [
      'commas before three digits in every cell',
      table('"Date","Close"', days, (day) => `"${iso(day)}",${quoted(day.close)}`),
      {},
      /`decimalSeparator: ','`/,
      { decimalSeparator: ',' },
      last.close,
    ],
    [
      'the same, as thousands',
      table('"Date","Close"', days, (day) => `"${iso(day)}",${quoted(day.close)}`),
      {},
      /`decimalSeparator: '\.'`/,
      { decimalSeparator: '.' },
      Math.round(last.close * 1000),
    ],
    [
      'no header, and not the usual order',
      table('', days, (day) => [iso(day), day.volume, day.close].join(',')),
      {},
      /name the 3 columns, as in `columns: \['date', 'c2', 'c3'\]`/,
      { columns: ['date', 'volume', 'Close'] },
      last.close,
    ],
    [
      'the long format',
      long,
      { requiredColumns: ['y'] },
      /column "unique_id": A, B.*`series: 'A'`/,
      { series: 'A' },
      last.close,
    ],
    [
      'one ticker below the other',
      below,
      {},
      /column "Name": AAA, BBB.*`series: 'AAA'`/,
      { series: 'BBB' },
      last.close,
    ],
    [
      'the same, one share under two names',
      below,
      {},
      /`seriesColumn: ''`/,
      { seriesColumn: '' },
      last.close,
    ],
    [
      'empty cells',
      table('Date,Close', days, (day, at) => `${iso(day)},${at === 3 ? '' : day.close}`),
      {},
      /on line 5, got an empty cell.*`missing: 'drop-rows'`/,
      { missing: 'drop-rows' },
      last.close,
    ],
  ];
  test.each(refused)('%s', async (_, text, options, advice, follow, price) => {
    const all = { requiredColumns: ['Close'], ...options };
    expect(await rejectionOf(readCsvFile(fileOf(text), all))).toMatch(advice);
    const read = await readCsvFile(fileOf(text), { ...all, ...follow });
    expect(read.dates?.at(-1)).toBe(iso(last));
    expect(read.column(all.requiredColumns[0]!).at(-1)).toBeCloseTo(price, 6);
  });

  test('an encoding that nothing in the file tells', async () => {
    const text = table('Dátum;Kőrös;Zárás', days, (day) => `${iso(day)};x;${day.close}`);
    const path = fileOf(text, 'windows-1250');
    const message = await rejectionOf(readCsvFile(path, { requiredColumns: ['Zárás'] }));
    expect(message).toMatch(/name its encoding/);
    const read = await readCsvFile(path, { requiredColumns: ['Zárás'], encoding: 'windows-1250' });
    expect(read.column('Zárás').at(-1)).toBe(last.close);
  });
});

describe('what is no CSV is refused, saying what it is', () => {
  const others: [string, string | Uint8Array, RegExp][] = [
    [
      'a page',
      '<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>',
      /a page of HTML with the title "Log in"/,
    ],
    [
      'a page without a type',
      '\n  <table><tr><td>1</td></tr></table>',
      /a page of HTML that begins "<table>/,
    ],
    ['JSON', '{"Information": "The rate limit is 25 requests a day."}', /JSON that begins/],
    ['JSON of rows', '[{"date":"2026-11-25","close":1}]', /JSON/],
    ['JSON of numbers', '[[1704067200,1,2],[1704153600,2,3]]', /JSON/],
    ['XML', '<?xml version="1.0"?><prices/>', /XML/],
    ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', /Git LFS/],
    ['a message', 'Exceeded the daily hits limit\n', /the text "Exceeded the daily hits limit"/],
    ['a zip', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), /a zip archive or a spreadsheet/],
    ['a gzip', Uint8Array.of(0x1f, 0x8b, 8, 0, 0), /a gzip file .*gunzip/],
    ['an old workbook', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1), /an old Excel/],
    ['Parquet', new TextEncoder().encode('PAR1....'), /Parquet/],
    ['a PDF', new TextEncoder().encode('%PDF-1.7'), /a PDF/],
  ];
  test.each(others)('%s', async (_, content, message) => {
    const path = join(folder, 'other.csv');
    writeFileSync(path, content);
    expect(await rejectionOf(readCsvFile(path))).toMatch(message);
  });

  test("MetaTrader's headings are no tags", async () => {
    const path = fileOf('<TABLE>,<HIGH>\n1,2\n');
    expect(await rejectionOf(readCsvFile(path))).toMatch(/HTML/);
    expect((await readCsvFile(fileOf('<DATE>,<CLOSE>\n2026-11-25,2\n'))).column('close')).toEqual(
      Float64Array.of(2),
    );
  });
});
