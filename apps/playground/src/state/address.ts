/**
 * The state of the page as the part of its address after #, and back. An invalid part of an address gets its
 * default.
 */
import {
  BINARIES,
  CELLS,
  type Choice,
  choiceFor,
  type NumberName,
  OPTIMIZERS,
  RANGES,
  TEXTS,
} from '../choice';

export const VIEWS = ['memory', 'surprise', 'reach', 'units', 'weights', 'prices', 'take'] as const;
export type ViewName = (typeof VIEWS)[number] | 'answers';
const ALL_VIEWS: readonly ViewName[] = [...VIEWS, 'answers'];

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export interface PageState {
  readonly choice: Choice;
  readonly view: ViewName;
  /** Undefined follows the browser's. */
  readonly language: Language | undefined;
  readonly theme: Theme;
  /** The text that the views read; '' for one of the training text's own. */
  readonly looked: string;
}

/** A text of a person's own is kept in the address up to this length; browsers and chats cut longer ones. */
export const MOST_OWN = 20_000;

export const FIRST: PageState = {
  choice: choiceFor('hihello'),
  view: 'memory',
  language: undefined,
  theme: 'system',
  looked: '',
};

function oneOf<T extends string>(options: readonly T[], value: string | null): T | undefined {
  return options.find((option) => option === value);
}

/** A number within its range; undefined for what is none. */
export function numberWithin(name: NumberName, text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  const { least, most, whole } = RANGES[name];
  const isRight =
    Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
  return isRight ? value : undefined;
}

export function stateFrom(hash: string): PageState {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const base = choiceFor(oneOf(TEXTS, given.get('text')) ?? FIRST.choice.text);
  const numbers = Object.keys(RANGES).map((key) => {
    const name = key as NumberName;
    return [name, numberWithin(name, given.get(name)) ?? base[name]];
  });
  return {
    choice: {
      ...base,
      ...Object.fromEntries(numbers),
      own: (given.get('own') ?? '').slice(0, MOST_OWN),
      cell: oneOf(CELLS, given.get('cell')) ?? base.cell,
      beside: oneOf([...CELLS, 'none'], given.get('beside')) ?? base.beside,
      optimizer: oneOf(OPTIMIZERS, given.get('optimizer')) ?? base.optimizer,
      simd: oneOf(BINARIES, given.get('simd')) ?? base.simd,
    },
    view: oneOf(ALL_VIEWS, given.get('view')) ?? FIRST.view,
    language: oneOf(LANGUAGES, given.get('language')),
    theme: oneOf(THEMES, given.get('theme')) ?? FIRST.theme,
    looked: (given.get('looked') ?? '').slice(0, 400),
  };
}

/**
 * The settings that differ from the defaults; stateFrom(addressOf(state)) is the state, but for an own text
 * that is too long.
 */
export function addressOf({ choice, view, language, theme, looked }: PageState): string {
  const base = choiceFor(choice.text);
  const entries: [string, string][] = [['text', choice.text]];
  for (const key of Object.keys(base) as (keyof Choice)[]) {
    if (key === 'text' || choice[key] === base[key]) continue;
    if (key === 'own' && choice.own.length > MOST_OWN) continue;
    entries.push([key, String(choice[key])]);
  }
  if (view !== FIRST.view) entries.push(['view', view]);
  if (language) entries.push(['language', language]);
  if (theme !== FIRST.theme) entries.push(['theme', theme]);
  if (looked) entries.push(['looked', looked]);
  return `#${new URLSearchParams(entries)}`;
}
