/** The evidence for dates in a column's name. */

/**
 * `date` for a name of dates; `time` for a name that may also denote other numbers, such as Time for seconds
 * from a start.
 */
export type DateHint = 'date' | 'time';

const DATE_WORDS =
  /^(date|dates|datetime|datum|data|fecha|dt|ds|tanggal|tarih|pvm|dato|päivä|дата|dtyyyymmdd|yyyymmdd)$/;
const TIME_WORDS =
  /^(time|timestamp|ts|unix|epoch|day|month|year|yr|week|quarter|qtr|period|hour|zeit|zeitpunkt|tag|monat|jahr|woche|quartal|hora|dia|día|mes|mês|ano|año|heure|jour|mois|annee|année|trimestre|giorno|mese|anno|ora|czas|miesiąc|rok|время|день|месяц|год|квартал|период)$/;
const EAST_ASIAN_DATE =
  /日期|日付|年月日|日時|交易日$|取引日|基準日|基准日|날짜|일자|일시|기준일|거래일|영업일|매매일|년월일/;
const EAST_ASIAN_TIME =
  /时间|時間|時刻|年月|年度|年份|月份|期间|期間|季度|^[年月日周]$|시간|시각|연도|년도|년월|분기|기간|^[년월일주]$/;

/** `stck_bsop_date`, `TRADEDATE`, `Datum`, `日期` → date; `timestamp`, `open_time`, `Jahr`, `시간` → time. */
export function dateHint(name: string): DateHint | undefined {
  const lower = name
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase();
  const words = lower.split(/[^\p{L}\p{M}]+/u);
  if (
    words.some(
      (word) => DATE_WORDS.test(word) || /.{3}(date|datum)$/.test(word) || EAST_ASIAN_DATE.test(word),
    )
  )
    return 'date';
  return words.some(
    (word) => TIME_WORDS.test(word) || /.{3}(time|stamp)$/.test(word) || EAST_ASIAN_TIME.test(word),
  )
    ? 'time'
    : undefined;
}

/** Whether the name may denote a column of times of day. */
export function isCalledTime(name: string): boolean {
  const bare = name.toLowerCase().replace(/[^\p{L}]/gu, '');
  return /(time|hour|hora|zeit|heure|^ora|czas|время|时间|時間|時刻|시간|시각|^timeofday)$/u.test(bare);
}

const PARTS = {
  year: /^(year|yr|yyyy|jahr|ano|año|année|annee|anno|rok|год|年|年份|연도|년도|년)$/,
  month: /^(month|mon|mm|mo|monat|mes|mês|mois|mese|месяц|月|月份|월|period)$/,
  quarter: /^(quarter|qtr|q|quartal|trimestre|квартал|季度|분기)$/,
  week: /^(week|wk|isoweek|weekno|weeknumber|woche|kw|kalenderwoche|semana|semaine|settimana|tydzień|неделя|周|週|주|주차)$/,
  day: /^(day|dd|tag|dia|día|jour|giorno|день|日|일)$/,
} as const;

/** Separate columns of a year, a month, quarter or week, and a day. */
export function datePartsOf(names: readonly string[]) {
  const plain = names.map((name) =>
    name
      .normalize('NFC')
      .toLowerCase()
      .replace(/[<>\s_]/g, ''),
  );
  const columnOf = (part: keyof typeof PARTS) => plain.findIndex((name) => PARTS[part].test(name));
  return {
    year: columnOf('year'),
    month: columnOf('month'),
    quarter: columnOf('quarter'),
    week: columnOf('week'),
    day: columnOf('day'),
  };
}
