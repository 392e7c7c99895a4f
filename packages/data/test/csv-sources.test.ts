/** Files as the usual sources export them, some of their lines. */
import { type CsvOptions, type PriceColumns, priceColumns, readCsv } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

interface Export {
  readonly source: string;
  readonly text: string;
  readonly options?: CsvOptions;
  readonly dates: readonly string[];
  readonly close: readonly number[];
  readonly volume?: readonly number[];
  readonly columns: Partial<PriceColumns>;
}

const exports: readonly Export[] = [
  {
    source: 'Yahoo',
    text: [
      'Date,Open,High,Low,Close,Adj Close,Volume',
      '2024-01-30,190.94,191.8,187.47,188.04,187.13,55859400',
      '2024-01-31,187.04,187.1,184.35,184.4,183.5,55467800',
    ].join('\n'),
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    volume: [55859400, 55467800],
    columns: { date: 'Date', close: 'Close', adjustedClose: 'Adj Close', volume: 'Volume' },
  },
  {
    source: 'yfinance, one ticker',
    text: [
      'Price,Close,High,Low,Open,Volume',
      'Ticker,AAPL,AAPL,AAPL,AAPL,AAPL',
      'Date,,,,,',
      '2024-01-30,188.04,191.8,187.47,190.94,55859400',
      '2024-01-31,184.4,187.1,184.35,187.04,55467800',
    ].join('\n'),
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { date: 'Date', open: 'Open', close: 'Close', volume: 'Volume' },
  },
  {
    source: 'yfinance by pandas, with dividends and zones',
    text: [
      'Date,Open,High,Low,Close,Volume,Dividends,Stock Splits',
      '2024-03-08 00:00:00-05:00,169,173.7,168.94,170.73,76114600,0.0,0.0',
      '2024-03-11 00:00:00-04:00,172.94,174.38,172.05,172.75,60139500,0.0,0.0',
    ].join('\n'),
    dates: ['2024-03-08', '2024-03-11'],
    close: [170.73, 172.75],
    columns: { date: 'Date', close: 'Close', adjustedClose: undefined },
  },
  {
    source: 'pandas without an index name',
    text: ',Open,Close\n2024-01-30,190.94,188.04\n2024-01-31,187.04,184.4\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { date: 'column 1', open: 'Open', close: 'Close' },
  },
  {
    source: 'Stooq',
    text: 'Date,Open,High,Low,Close,Volume\r\n2024-01-30,190.94,191.8,187.47,188.04,55859370\r\n2024-01-31,187.04,187.1,184.35,184.4,55467803\r\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { close: 'Close', volume: 'Volume' },
  },
  {
    source: 'Stooq, in Polish',
    text: 'Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2024-01-30,1,3,0.5,2,10\n2024-01-31,2,4,1,3,20\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [2, 3],
    columns: {
      date: 'Data',
      open: 'Otwarcie',
      high: 'Najwyzszy',
      low: 'Najnizszy',
      close: 'Zamkniecie',
      volume: 'Wolumen',
    },
  },
  {
    source: "Stooq's bulk files, five minutes apart",
    text: [
      '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>',
      'AAPL.US,5,20240131,153000,187.04,187.1,186.9,187,3200,0',
      'AAPL.US,5,20240131,153500,187,187.05,186.8,186.9,2100,0',
    ].join('\n'),
    dates: ['2024-01-31T15:30:00Z', '2024-01-31T15:35:00Z'],
    close: [187, 186.9],
    volume: [3200, 2100],
    columns: { date: '<DATE>', open: '<OPEN>', close: '<CLOSE>', volume: '<VOL>' },
  },
  {
    source: 'Alpha Vantage, newest first',
    text: 'timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient\n2024-01-31,187.04,187.1,184.35,184.4,183.5,55467803,0.0000,1.0\n2024-01-30,190.94,191.8,187.47,188.04,187.13,55859370,0.0000,1.0\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { date: 'timestamp', close: 'close', adjustedClose: 'adjusted_close', volume: 'volume' },
  },
  {
    source: "Alpha Vantage's JSON by pandas",
    text: 'date,1. open,2. high,3. low,4. close,5. adjusted close,6. volume\n2024-01-31,187.04,187.1,184.35,184.4,183.5,55467803\n2024-01-30,190.94,191.8,187.47,188.04,187.13,55859370\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { open: '1. open', close: '4. close', adjustedClose: '5. adjusted close', volume: '6. volume' },
  },
  {
    source: 'Nasdaq, newest first with signs of the dollar',
    text: 'Date,Close/Last,Volume,Open,High,Low\n01/31/2024,$184.40,55467800,$187.04,$187.10,$184.35\n01/30/2024,$188.04,55859370,$190.94,$191.80,$187.47\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { close: 'Close/Last', open: 'Open', volume: 'Volume' },
  },
  {
    source: 'Investing.com',
    text: '\ufeff"Date","Price","Open","High","Low","Vol.","Change %"\n"Jan 31, 2024","4,845.65","4,899.19","4,906.75","4,845.15","55.47M","-1.61%"\n"Jan 30, 2024","4,924.97","4,925.89","4,931.09","4,916.27","835.6K","-0.06%"\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [4924.97, 4845.65],
    volume: [835600, 55470000],
    columns: { date: 'Date', close: 'Price', open: 'Open', volume: 'Vol.' },
  },
  {
    source: 'Investing.com, in German numbers',
    text: '"Date","Price","Open","High","Low","Vol.","Change %"\n"31.01.2024","16.903,76","16.950,12","16.999,22","16.852,13","66,77M","-0,40%"\n"30.01.2024","16.972,34","16.990,65","16.999,65","16.911,94","1,2B","0,18%"\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [16972.34, 16903.76],
    volume: [1.2e9, 66770000],
    columns: { close: 'Price' },
  },
  {
    source: 'a European spreadsheet',
    text: 'Datum;Date;Close;Volume\nMi;31.01.2024;1 234,50;1 000\nDi;30.01.2024;1\u202f230,25;2\u00a0000\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [1230.25, 1234.5],
    volume: [2000, 1000],
    columns: { date: 'Date', close: 'Close' },
  },
  {
    source: 'CryptoDataDownload, with its address above the header',
    text: 'https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n1706659200,2024-01-31 00:00:00,BTC/USD,42919.6,43745.11,42276.84,42569.5,2120.1,91234567.1\n1706572800,2024-01-30 00:00:00,BTC/USD,43300.1,43838.9,42680,42919.6,1510.8,65222111.5\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [42919.6, 42569.5],
    columns: { date: 'date', close: 'close' },
  },
  {
    source: 'CoinGecko',
    text: 'snapped_at,price,market_cap,total_volume\n2024-01-30 00:00:00 UTC,43300.2,842363431451.1,23842814518.1\n2024-01-31 00:00:00 UTC,42946.2,835157361811.5,24673628793.4\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [43300.2, 42946.2],
    columns: { date: 'snapped_at', close: 'price', volume: 'total_volume' },
  },
  {
    source: 'CoinMarketCap',
    text: 'timeOpen;timeClose;open;high;low;close;volume;marketCap;timestamp\n"2024-01-31T00:00:00.000Z";"2024-01-31T23:59:59.999Z";42946.2;43717.4;42298.9;42582.6;24673628793.4;835157361811.5;"2024-01-31T23:59:59.999Z"\n"2024-01-30T00:00:00.000Z";"2024-01-30T23:59:59.999Z";43300.2;43838.9;42711.4;42952.6;23842814518.1;842363431451.1;"2024-01-30T23:59:59.999Z"\n',
    dates: ['2024-01-30T23:59:59.999Z', '2024-01-31T23:59:59.999Z'],
    close: [42952.6, 42582.6],
    columns: { date: 'timestamp', open: 'open', volume: 'volume' },
  },
  {
    source: 'Kaggle, with a name in each row',
    text: 'date,open,high,low,close,volume,Name\n2013-02-08,15.07,15.12,14.63,14.75,8407500,AAL\n2013-02-11,14.89,15.01,14.26,14.46,8882000,AAL\n',
    dates: ['2013-02-08', '2013-02-11'],
    close: [14.75, 14.46],
    columns: { date: 'date', close: 'close', volume: 'volume' },
  },
  {
    source: 'Kaggle, seconds since 1970',
    text: 'Timestamp,Open,High,Low,Close,Volume_(BTC),Weighted_Price\n1325412060.0,4.58,4.58,4.58,4.58,0.1,4.58\n1325412120.0,4.58,4.6,4.58,4.6,0.2,4.59\n',
    dates: ['2012-01-01T10:01:00Z', '2012-01-01T10:02:00Z'],
    close: [4.58, 4.6],
    columns: { date: 'Timestamp', volume: 'Volume_(BTC)' },
  },
  {
    source: "R's quantmod",
    text: '"Index","GOOG.Open","GOOG.High","GOOG.Low","GOOG.Close","GOOG.Volume","GOOG.Adjusted"\n"2024-01-30",154.01,155.04,152.78,153.05,26578900,152.5\n"2024-01-31",145.39,145.59,141.55,141.8,43908600,141.3\n',
    options: { dateColumn: 'Index' },
    dates: ['2024-01-30', '2024-01-31'],
    close: [153.05, 141.8],
    columns: {
      date: 'Index',
      open: 'GOOG.Open',
      close: 'GOOG.Close',
      adjustedClose: 'GOOG.Adjusted',
      volume: 'GOOG.Volume',
    },
  },
  {
    source: 'Tiingo',
    text: 'date,close,high,low,open,volume,adjClose,adjVolume,divCash\n2024-01-30,188.04,191.8,187.47,190.94,55859370,187.1,55859370,0.0\n2024-01-31,184.4,187.1,184.35,187.04,55467803,183.5,55467803,0.0\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [188.04, 184.4],
    columns: { close: 'close', adjustedClose: 'adjClose', volume: 'volume' },
  },
  {
    source: 'The Wall Street Journal, years of two digits and spaces',
    text: 'Date, Open, High, Low, Close\n01/31/24, 4899.19, 4906.75, 4845.15, 4845.65\n01/30/24, 4925.89, 4931.09, 4916.27, 4924.97\n',
    dates: ['2024-01-30', '2024-01-31'],
    close: [4924.97, 4845.65],
    columns: { date: 'Date', close: 'Close', volume: undefined },
  },
  {
    source: 'MetaTrader',
    text: '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n2024.01.31\t09:00:00\t1.0846\t1.0851\t1.0839\t1.0842\t1520\t0\t1\n2024.01.31\t10:00:00\t1.0842\t1.0853\t1.084\t1.0849\t1609\t0\t1\n',
    dates: ['2024-01-31T09:00:00Z', '2024-01-31T10:00:00Z'],
    close: [1.0842, 1.0849],
    columns: { close: '<CLOSE>', volume: '<VOL>' },
  },
  {
    source: "Google's spreadsheet function",
    text: 'Date,Close\n1/30/2024 4:00:00 PM,153.05\n1/31/2024 4:00:00 PM,141.8\n',
    dates: ['2024-01-30T16:00:00Z', '2024-01-31T16:00:00Z'],
    close: [153.05, 141.8],
    columns: { date: 'Date', close: 'Close' },
  },
];

test.each(exports)('$source', ({ text, options, dates, close, volume, columns }) => {
  const table = readCsv(text, { requiredColumns: ['Close'], ...options });
  expect(table.dates).toEqual(dates);
  expect([...table.column('Close')]).toEqual(close);
  expect(priceColumns(table)).toMatchObject(columns);
  if (volume) expect([...table.column('Volume')]).toEqual(volume);
});

describe('names', () => {
  test("a column's own name goes before its synonyms", () => {
    const table = readCsv('Date,Price,Close,Prev Close\n2024-01-31,1,2,3\n');
    expect([...table.column('close')]).toEqual([2]);
    expect([...table.column('price')]).toEqual([1]);
    expect(priceColumns(table).close).toBe('Close');
  });

  test('a price that is asked for by another name than close is not just any close', () => {
    const table = readCsv('Date,Close\n2024-01-31,1\n');
    for (const name of ['Settle', 'Last', 'Price']) {
      expect(messageOf(() => table.column(name))).toBe(
        `column: expected a column "${name}", got the columns Close`,
      );
    }
  });

  test('the adjusted close is never taken for the close', () => {
    const table = readCsv('Date,Open,Adj Close\n2024-01-31,1,2\n');
    expect(priceColumns(table)).toMatchObject({ close: undefined, adjustedClose: 'Adj Close' });
    expect(messageOf(() => table.column('Close'))).toBe(
      'column: expected a column "Close", got the columns Open, Adj Close',
    );
  });

  test('several tickers of yfinance keep their names apart', () => {
    const table = readCsv(
      'Price,Close,Close\nTicker,AAPL,MSFT\nDate,,\n2024-01-30,188.04,408.59\n2024-01-31,184.4,397.58\n',
    );
    expect(table.columns).toEqual(['Close AAPL', 'Close MSFT']);
    expect([...table.column('close msft')]).toEqual([408.59, 397.58]);
  });
});

describe('lines above the data', () => {
  test('titles are left out, a broken row below a commented header is not', () => {
    expect([...readCsv('Apple Inc.\nDaily prices\nDate,Close\n2024-01-31,1\n').column('close')]).toEqual([1]);
    expect(messageOf(() => readCsv('# a,b\n3\n1,2\n'))).toContain('expected a header line');
    expect(messageOf(() => readCsv('# a,b\n1,2\n3\n'))).toContain('expected 2 cells (a, b) on line 3, got 1');
  });

  test('empty cells behind the last column are left out, others are not', () => {
    expect([...readCsv('a,b\n1,2,\n3,4,,\n').matrix()]).toEqual([1, 2, 3, 4]);
    expect(messageOf(() => readCsv('a,b\n1,2,,5\n'))).toContain('expected 2 cells (a, b) on line 2, got 4');
  });
});

describe('roles', () => {
  test.each([
    ['일자', '시가', '고가', '저가', '종가', '거래량'],
    ['日付', '始値', '高値', '安値', '終値', '出来高'],
    ['日期', '开盘价', '最高价', '最低价', '收盘价', '成交量'],
    ['日期', '開盤價', '最高價', '最低價', '收盤價', '成交股數'],
    ['Datum', 'Eröffnung', 'Höchstkurs', 'Tiefstkurs', 'Schlußkurs', 'Umsatz'],
    ['Date', 'Ouverture', 'Plus haut', 'Plus bas', 'Clôture', 'Volume'],
    ['Fecha', 'Apertura', 'Máximo', 'Mínimo', 'Cierre', 'Volumen'],
    ['Data', 'Abertura', 'Máxima', 'Mínima', 'Fechamento', 'Volume'],
    ['Data', 'Apertura', 'Massimo', 'Minimo', 'Chiusura', 'Volume'],
    ['Дата', 'Цена открытия', 'Максимум', 'Минимум', 'Цена закрытия', 'Объём'],
    ['Date', 'PX_OPEN', 'PX_HIGH', 'PX_LOW', 'PX_LAST', 'PX_VOLUME'],
    ['stck_bsop_date', 'stck_oprc', 'stck_hgpr', 'stck_lwpr', 'stck_clpr', 'acml_vol'],
    ['Date', 'Open AAPL', 'High AAPL', 'Low AAPL', 'Close AAPL', 'Volume AAPL'],
    ['Date', 'BRK.B.Open', 'BRK.B.High', 'BRK.B.Low', 'BRK.B.Close', 'BRK.B.Volume'],
  ])('%s, %s, %s, %s, %s, %s', (...[date, open, high, low, close, volume]) => {
    const names = [date, open, high, low, close, volume];
    const table = readCsv(`${names.join(';')}\n2026-11-26;2;4;1;3;10\n2026-11-27;3;5;2;4;20\n`);
    expect(priceColumns(table)).toMatchObject({ date, open, high, low, close, volume });
    expect([...table.column('Close')]).toEqual([3, 4]);
    expect([...table.column('Volume')]).toEqual([10, 20]);
  });

  test('of several tickers side by side none is the close', () => {
    const text =
      'Ticker,AAA,AAA,BBB,BBB\nPrice,Open,Close,Open,Close\nDate,,,,\n2026-11-26,1,2,3,4\n2026-11-27,5,6,7,8\n';
    expect(readCsv(text).columns).toEqual(['Open AAA', 'Close AAA', 'Open BBB', 'Close BBB']);
    expect(messageOf(() => readCsv(text, { requiredColumns: ['Close'] }))).toContain(
      'expected one column "Close", got the columns of several tickers: Close AAA, Close BBB: name one column in full (`requiredColumns`)',
    );
    expect([...readCsv(text).column('Close BBB')]).toEqual([4, 8]);
  });
});

describe('lines that are no rows', () => {
  const found = (text: string) => {
    const table = readCsv(text);
    return [table.rowCount, table.findings.map(({ kind, line }) => `${kind} ${line}`)];
  };
  const rows = 'Date,Close,Volume\n2026-11-25,1,5\n2026-11-26,2,6\n2026-11-27,3,7\n';

  test.each([
    ['a count of bytes', '7230\n', [5]],
    ['a sentence', '"Downloaded from example.com as of 11-28-2026"\n', [5]],
    [
      'a sentence with a comma after two words',
      '※ 본 자료는 참고용이며, 거래소는 책임을 지지 않습니다.\n',
      [5],
    ],
    ['a total', 'Total,,18\n', [5]],
    ['a sentence with commas', 'Source: Example, Inc., all rights reserved\n', [5]],
    ['several lines', '\nNotes\n1,no advice\n', [6, 7]],
    ['a repeated header', 'Date,Close,Volume\n2026-11-30,4,8\n', [5]],
    ['a dividend', '2026-11-30,0.26 Dividend\n2026-11-30,4,8\n', [5]],
  ])('%s is reported', (_, more, lines) => {
    const [count, told] = found(rows + more);
    expect(told).toEqual(lines.map((line) => `skipped-line ${line}`));
    expect(count).toBe(more.includes('2026-11-30,4') ? 4 : 3);
  });

  test('below the header, with units, a dash or the date of the data, are reported', () => {
    const above = 'Date;Close\n-;USD\nEinheit;US-Dollar\nStand vom;27.11.2026 16:00:00\n';
    expect(found(`${above}2026-11-25;1\n2026-11-26;2\n2026-11-27;3\n`)).toEqual([
      3,
      ['skipped-line 2', 'skipped-line 3', 'skipped-line 4'],
    ]);
    // A row whose price is missing is one all the same.
    const first = 'Ticker,Date,Close\nAAA,2026-11-24,\nAAA,2026-11-25,1\nAAA,2026-11-26,2\n';
    expect(messageOf(() => readCsv(first))).toContain('expected a number in column "Close" on line 2');
  });

  test('another delimiter than that of the file is named', () => {
    expect(messageOf(() => readCsv('1,2\n3,4\n', { delimiter: ';' }))).toBe(
      'readCsv: expected several cells in each row, got one cell, "1,2", on line 1: set the cell separator (`delimiter`)',
    );
  });

  test('a table on its side is refused in a few words', () => {
    const days = Array.from({ length: 300 }, (_, at) => 1900 + at);
    const message = messageOf(() => readCsv(`Date,${days.join(',')}\nClose,${days.join(',')}\n`));
    expect(message).toContain('name the 301 columns, as in `columns: [');
    expect(message.length).toBeLessThan(500);
  });

  test("the names of R's rows may be numbers that go down", () => {
    const rows = [5, 4, 3, 2, 1].map((row) => `"${row}" "2026-11-${20 + row}" ${row}.5`);
    const table = readCsv(['"Date" "Close"', ...rows].join('\n'));
    expect([table.columns, table.order, table.dates!.at(-1)]).toEqual([
      ['column 1', 'Close'],
      'newest-first',
      '2026-11-25',
    ]);
  });

  test.each([...['Slotkoers', 'Kapanış', 'Stängning', 'Đóng cửa', 'trade_price']])(
    '%s is a close',
    (name) => {
      expect([...readCsv(`Date,${name},x\n2026-11-26,5,1\n2026-11-27,6,2\n`).column('Close')]).toEqual([
        5, 6,
      ]);
    },
  );

  test.each([
    ['a row that was cut', '2026-11-30,4\n', 'expected 3 cells'],
    ['a row with a word', '2026-11-30,four,8\n', 'expected a number in column "Close" on line 5'],
    ['a row without a date', 'soon,4,8\n', 'expected a date in column "Date" on line 5'],
    ['a line of text among the rows', 'hello\n2026-11-30,4,8\n', 'expected 3 cells'],
  ])('%s is refused', (_, more, message) => {
    expect(messageOf(() => readCsv(rows + more))).toContain(message);
  });

  test('a number alone may be the beginning of a row where rows begin with numbers', () => {
    expect(messageOf(() => readCsv('Close,Volume\n1,5\n2,6\n3\n'))).toContain('expected 2 cells');
  });
});

describe('numbers', () => {
  test.each([
    ['$184.40', 184.4],
    ['$(0.37)', -0.37],
    ['($0.37)', -0.37],
    ['"$1,184.40"', 1184.4],
    ['-$1.5', -1.5],
    ['$-1.5', -1.5],
    ['12.5 €', 12.5],
    ['£0.5', 0.5],
    ['-1.94%', -1.94],
    ['\u22121.5', -1.5],
    ['(1.5)', -1.5],
    ['"($1,200.50)"', -1200.5],
    ['1.2M', 1_200_000],
    ['35.6k', 35_600],
    ['3B', 3e9],
    ['1.1T', 1.1e12],
    ['"1,234.5K"', 1_234_500],
    ["1'234.50", 1234.5],
    ['1 234 567.5', 1_234_567.5],
    ['"1 234 567,5"', 1_234_567.5],
    ['"1,31,768.90"', 131_768.9],
    ['"29,50,86,57,25,662.72"', 295_086_5725_662.72],
    ["1'234’567.5", 1_234_567.5],
    ['1\u202f234\u00a0567.5', 1_234_567.5],
    ['\u2212$1.5', -1.5],
    ['R$ 12.5', 12.5],
    ['12.5 USD', 12.5],
    ['CHF 12.5', 12.5],
    ['1.2万', 12_000],
    ['3.5亿', 350_000_000],
    ['1.5 Mio.', 1_500_000],
  ])('reads %s as %d', (cell, value) => {
    expect([...readCsv(`a\n${cell}\n`).column('a')]).toEqual([value]);
  });

  test('a name like 3M is one, beside others', () => {
    expect(readCsv('Name,x\n3M,1\nAAL,2\n').ignoredColumns).toEqual(['Name']);
  });

  test.each<[string, string, number[]]>([
    ['a cell with a point elsewhere', 'a,b\n"1,250",0.5\n', [1250, 0.5]],
    ['a cell with several commas elsewhere', 'a,b\n"1,250","1,000,000"\n', [1250, 1e6]],
    ['units among the thousands', 'a\n"1,250"\n999\n', [1250, 999]],
    ['volumes alone', 'Close,Volume\n12,"1,250"\n', [12, 1250]],
    ['decimals of two digits elsewhere', 'a;b\n1,250;0,25\n', [1.25, 0.25]],
    ['a zero before the comma', 'a;b\n1,250;0,125\n', [1.25, 0.125]],
    ['thousands by points elsewhere', 'a;b\n1,250;1.000.000\n', [1.25, 1e6]],
  ])('what 1,250 is follows from %s', (_, text, values) => {
    expect([...readCsv(text).matrix()]).toEqual(values);
  });

  test('what 1,250 is stays open where every cell has three digits, and is refused', () => {
    for (const text of ['a\n"1,250"\n', 'a,b\n"1,250","12,500"\n', 'a;b\n1,250;1,300\n']) {
      expect(messageOf(() => readCsv(text))).toContain("set `decimalSeparator: ','` if the comma is decimal");
      expect(readCsv(text, { decimalSeparator: ',' }).column('a')[0]).toBe(1.25);
      expect(readCsv(text, { decimalSeparator: '.' }).column('a')[0]).toBe(1250);
    }
  });

  test('commas are decimal in a file of commas only where nothing says otherwise', () => {
    expect([...readCsv('a,b\n"1.234,56","1,5"\n').matrix()]).toEqual([1234.56, 1.5]);
    expect(messageOf(() => readCsv('a,b\n"1,5",2.25\n'))).toBe(
      'readCsv: expected a number in column "a" on line 2, got "1,5": set `decimalSeparator`, or write all numbers with the same separator',
    );
  });
});

describe('dates', () => {
  test.each([
    ['n/a,1\n2024-01-31,2', '"n/a"'],
    [',1\n2024-01-31,2', 'an empty cell'],
    ['31st of January,1\n2024-01-31,2', '"31st of January"'],
  ])('a column called Date is one of dates, also when it begins with none: %j', (rows, got) => {
    expect(messageOf(() => readCsv(`Date,Close\n${rows}\n`))).toBe(
      `readCsv: expected a date in column "Date" on line 2, got ${got}: write dates as 2020-12-31`,
    );
  });

  test.each([
    ['2024-01-31 16:00:00.250', '2024-01-31T16:00:00.250Z'],
    ['1/31/2024 12:30 AM', '2024-01-31T00:30:00Z'],
    ['1/31/2024 12:30 PM', '2024-01-31T12:30:00Z'],
    ['"Wed, Jan 31, 2024"', '2024-01-31'],
    ['"Wednesday, January 31, 2024"', '2024-01-31'],
    ['31 January 2024', '2024-01-31'],
    ['Jan-31-2024', '2024-01-31'],
    ['20240131 093000', '2024-01-31T09:30:00Z'],
    ['20240131T0930', '2024-01-31T09:30:00Z'],
    ['20240131 09:30', '2024-01-31T09:30:00Z'],
    ['31.01.2024 00:00:00.000 GMT+0100', '2024-01-31'],
    ['31.01.2024 01:00:00.000 GMT+0100', '2024-01-31T00:00:00Z'],
    ['1949-01', '1949-01-01'],
    ['1706659200000000', '2024-01-31'],
    ['31/01/24', '2024-01-31'],
  ])('reads %s as a date', (cell, iso) => {
    expect(readCsv(`Date,Close\n${cell},1\n`).dates).toEqual([iso]);
  });

  test.each(['1/31/2024 13:00 PM', '2024-01-31 25:00', '31/31/24', '2024-13'])(
    'refuses %s, naming line and column',
    (cell) => {
      expect(messageOf(() => readCsv(`Date,Close\n2024-01-30,1\n${cell},2\n`))).toBe(
        `readCsv: expected a date in column "Date" on line 3, got "${cell}": write dates as 2020-12-31`,
      );
    },
  );

  test('the option says which number is the month', () => {
    const text = 'Date,x\n01/02/2020,1\n01/03/2020,2';
    expect(readCsv(text, { dateOrder: 'month-first' }).dates).toEqual(['2020-01-02', '2020-01-03']);
    expect(readCsv(text, { dateOrder: 'day-first' }).dates).toEqual(['2020-02-01', '2020-03-01']);
    expect(messageOf(() => readCsv(text))).toBe(
      `readCsv: expected unambiguous dates in column "Date", got "01/02/2020" on line 2, and others in which day and month may be swapped: set \`dateOrder: 'day-first' or 'month-first'\`, or write dates as 2020-12-31`,
    );
  });

  test('a time of day of its own that is none is refused with its date', () => {
    expect(messageOf(() => readCsv('Date,Time,x\n2024-01-31,09:00,1\n2024-01-31,noon,2\n'))).toBe(
      'readCsv: expected a date in column "Date" on line 3, got "2024-01-31 noon": write dates as 2020-12-31',
    );
  });
});
