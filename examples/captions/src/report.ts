import { random } from '@unrolled/cells';
import * as from from '@unrolled/example-data';

export const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The predicted names of the unseen pictures, in each language. */
export type Said = Readonly<Partial<Record<from.Language, readonly string[]>>>;

interface Row extends from.Captioned {
  readonly baselineExact: number;
  readonly baselineChrf: number;
}

/** The printed report: means over the languages, and each language. */
export interface Result {
  readonly exact: number;
  readonly baselineExact: number;
  readonly chrf: number;
  readonly languages: Readonly<Partial<Record<from.Language, Row>>>;
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Compares the predictions with the names and with the nearest picture's names; also as lines. */
export function measure(task: from.Captioning, said: Said): { result: Result; lines: string[] } {
  const { emoji } = task;
  const { looking, found } = from.bestNearest(task);
  const asked = Object.entries(said) as [from.Language, readonly string[]][];
  const languages = Object.fromEntries(
    asked.map(([language, names]) => {
      const [wanted, nearest] = [emoji, found].map((list) => list.map((one) => one.names[language]));
      const [own, other] = [from.scoreTexts(names, wanted!), from.scoreTexts(nearest!, wanted!)];
      return [language, { ...own, baselineExact: other.exact, baselineChrf: other.chrf }];
    }),
  );
  const mean = (key: keyof Row) => average(Object.values(languages).map((row) => row[key]));
  const result = {
    exact: mean('exact'),
    baselineExact: mean('baselineExact'),
    chrf: mean('chrf'),
    languages,
  };
  const rights = (name: (language: from.Language, at: number) => string) =>
    emoji.map(({ names }, at) => average(asked.map(([own]) => Number(name(own, at) === names[own]))));
  const draws = random(1);
  const { difference, ratio } = from.pairedBootstrap(
    rights((language, at) => said[language]![at]!),
    rights((language, at) => found[at]!.names[language]),
    draws.uniform,
  );
  const between = `${difference.map(percent).join(' … ')}, ratio: ${ratio.map((one) => one.toFixed(2)).join(' … ')}`;
  const lines = [
    `nearest picture: by ${looking.size} pixels, ${looking.isGrey ? 'grey' : 'colour'}`,
    ...tableOf({ ...languages, mean: { ...result, baselineChrf: mean('baselineChrf') } }),
    `exact names, network − nearest picture: ${between} (95 %, 10,000 paired resamples)`,
  ];
  return { result, lines };
}

function tableOf(rows: Readonly<Record<string, Row>>): string[] {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(10) + cells.map((cell) => cell.padStart(14)).join('');
  const lines = Object.entries(rows).map(([name, { exact, baselineExact, chrf, baselineChrf }]) =>
    line([name, percent(exact), percent(baselineExact), chrf.toFixed(1), baselineChrf.toFixed(1)]),
  );
  return [line(['', 'exact', 'nearest’s', 'chrF', 'nearest’s']), ...lines];
}
