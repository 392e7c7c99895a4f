import {
  american,
  compact,
  days,
  dotted,
  fixed,
  german,
  grouped,
  iso,
  last,
  months,
  named,
  newestFirst,
  ohlc,
  parts,
  type Shape,
  table,
} from './days';

/** Coins, libraries and spreadsheets. */
export const programs: readonly Shape[] = [
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
    source: 'two exports joined by cat: a repeated header in the middle',
    text: table(
      'Date,Open,High,Low,Close,Volume',
      days,
      (day, at) =>
        `${at === 20 ? 'Date,Open,High,Low,Close,Volume\n' : ''}${[iso(day), ...ohlc(day), day.volume].join(',')}`,
    ),
  },
];
