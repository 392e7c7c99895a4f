const DAY = 86_400_000;

/**
 * The days that follow the last of some dates, by the weekdays that the dates fall on; holidays are not
 * known.
 *
 * @param dates ISO texts, oldest first
 * @returns undefined where rows are not usually a day apart
 */
export function nextDates(dates: readonly string[], count: number): string[] | undefined {
  if (dates.length < 2 || dates.some((date) => date.length > 10)) return undefined;
  const days = dates.map((date) => Date.parse(date) / DAY);
  const steps = days.slice(1).map((day, at) => day - days[at]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)];
  if (usual !== 1) return undefined;
  const weekdays = new Set(dates.slice(-250).map((date) => new Date(date).getUTCDay()));
  const next: string[] = [];
  for (let day = days.at(-1)! + 1; next.length < count; day++) {
    const date = new Date(day * DAY);
    if (weekdays.has(date.getUTCDay())) next.push(date.toISOString().slice(0, 10));
  }
  return next;
}
