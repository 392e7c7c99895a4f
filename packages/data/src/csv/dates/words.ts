/** Names of months, of days of the week, and of the halves of the day. */

/** Twelve names for each language. Polish and Russian have two forms of each. */
const MONTHS = [
  'january february march april may june july august september october november december',
  'januar februar marz april mai juni juli august september oktober november dezember',
  'janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre',
  'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
  'janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro',
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre',
  'januari februari maart april mei juni juli augustus september oktober november december',
  'styczen luty marzec kwiecien maj czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien',
  'stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia',
  'ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim aralik',
  'jaenner feber mrz april maj juni juli augusti september oktober november desember',
  'ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince',
  'januar februar marcius aprilis majus junius julius augusztus szeptember oktober november december',
  'января февраля марта апреля мая июня июля августа сентября октября ноября декабря',
  'январь февраль март апрель маи июнь июль август сентябрь октябрь ноябрь декабрь',
  '一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 十一月 十二月',
];

let monthsByName: ReadonlyMap<string, number> | undefined;

/** Three letters or more are enough, unless two months begin with them, such as the French `jui`. */
function findMonths(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const names of MONTHS) {
    for (const [index, name] of names.split(' ').entries()) {
      for (let length = Math.min(3, name.length); length <= name.length; length += 1) {
        const known = found.get(name.slice(0, length)) ?? index + 1;
        found.set(name.slice(0, length), known === index + 1 ? known : 0);
      }
    }
  }
  return found;
}

/**
 * 1 to 12 for the name of a month or its beginning in any of a dozen languages: `Nov`, `novembre`, `Mär`,
 * `нояб`; otherwise 0.
 */
export function monthOf(name: string): number {
  monthsByName ??= findMonths();
  const known = monthsByName.get(name.toLowerCase());
  if (known !== undefined) return known;
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ı', 'i');
  return monthsByName.get(plain) ?? (plain === 'sept' ? 9 : plain === 'mrt' ? 3 : 0);
}

const weekday =
  /^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?|[월화수목금토일](?:요일)?|[月火水木金土日]曜日?|(?:星期|周|週)[一二三四五六日天])$/iu;

/** Whether a cell consists of the name of a month or of a day of the week. */
export function isMonthOrWeekday(cell: string): boolean {
  return monthOf(cell) > 0 || weekday.test(cell);
}

const dayLast =
  /(?:[\s,]+(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|m[ona]|di|mi|do|fr|sa|so)\.?|\s*[월화수목금토일](?:요일)?|\s*[月火水木金土日]曜日?|\s*(?:星期|周|週)[一二三四五六日天])$/iu;

/** The text without a day of the week before or after it, or another word before it. */
export function withoutWeekday(text: string): string {
  return text.replace(/^\p{L}[\p{L}\p{M}/-]+[.,:]*\s+/u, '').replace(dayLast, '');
}

/** `오후 3:30`, `下午3:30` → `3:30 PM`; `15시 30분`, `15時30分00秒` → `15:30`, `15:30:00`. */
export function withAsciiClock(text: string): string {
  return text
    .replace(
      /(\d{1,2})\s*[시时時點点]\s*(\d{1,2})\s*[분分](?:\s*(\d{1,2})\s*[초秒])?/u,
      (_, hour, minute, second) =>
        [hour, ...[minute, second].filter(Boolean).map((part) => part.padStart(2, '0'))].join(':'),
    )
    .replace(/(?:오전|午前|上午)\s*([\d:.]+)/u, '$1 AM')
    .replace(/(?:오후|午後|下午)\s*([\d:.]+)/u, '$1 PM');
}
