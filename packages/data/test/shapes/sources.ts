import {
  compact,
  days,
  dotted,
  fixed,
  german,
  grouped,
  iso,
  last,
  named,
  newestFirst,
  ohlc,
  parts,
  type Shape,
  slashed,
  table,
} from './days';

/** Exchanges, brokers, banks and sites. */
export const sources: readonly Shape[] = [
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
];
