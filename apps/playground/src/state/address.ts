/**
 * Converts the state of the page to the part of its address after #, and back. An invalid part of an address
 * is replaced by its default.
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

/** The selections of views: indices from 0, each with its default and its maximum. */
export const SEEN = {
  /** 1 for a logarithmic axis of losses. */
  log: { first: 0, most: 1 },
  /** The layer whose gates are shown, from 1; 0 for the last one. */
  layer: { first: 0, most: 4 },
  /** The selected time step. */
  time: { first: 0, most: 479 },
  /** The range by which units are searched. */
  from: { first: 3, most: 479 },
  to: { first: 5, most: 479 },
  /** The character whose gradient is shown. */
  of: { first: 20, most: 479 },
} as const;
export type Seen = { readonly [Name in keyof typeof SEEN]: number };
export const GATES = ['all', 'i', 'f', 'g', 'o', 'c', 'h', 'z', 'r', 'n'] as const;

/** Number of steps that a page trains when it opens. 'hihello' is learned within them. */
const FIRST_STEPS = 300;
/** Maximum number of steps that a link may request. */
const MOST_STEPS = 1_000_000;

export interface PageState {
  readonly choice: Choice;
  /** Number of steps of the run when it last paused. A page that opens the address trains this many steps. */
  readonly steps: number;
  /** The step of the selected checkpoint; undefined for the current model. */
  readonly past: number | undefined;
  readonly seen: Seen;
  /** The selected gate or state. */
  readonly gate: (typeof GATES)[number];
  readonly view: ViewName;
  /** Undefined for the browser's setting. */
  readonly language: Language | undefined;
  readonly theme: Theme;
  /** The text that the views read; '' for the beginning of the training text. */
  readonly looked: string;
}

/**
 * Maximum length of the user's own text in the address. Browsers and chat programs truncate longer addresses.
 */
export const MOST_OWN = 20_000;

const SEEN_NAMES = Object.keys(SEEN) as (keyof Seen)[];

export const FIRST: PageState = {
  choice: choiceFor('hihello'),
  steps: FIRST_STEPS,
  past: undefined,
  seen: Object.fromEntries(SEEN_NAMES.map((name) => [name, SEEN[name].first])) as Seen,
  gate: 'all',
  view: 'memory',
  language: undefined,
  theme: 'system',
  looked: '',
};

function oneOf<T extends string>(options: readonly T[], value: string | null): T | undefined {
  return options.find((option) => option === value);
}

/** Parses a number within a range; undefined if it is invalid. */
export function numberWithin(name: NumberName, text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined;
  const value = Number(text);
  const { least, most, whole } = RANGES[name];
  const isRight =
    Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
  return isRight ? value : undefined;
}

function wholeWithin(most: number, text: string | null): number | undefined {
  const value = text && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value <= most ? value : undefined;
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
    steps: wholeWithin(MOST_STEPS, given.get('steps')) ?? FIRST_STEPS,
    past: wholeWithin(MOST_STEPS, given.get('past')),
    seen: Object.fromEntries(
      SEEN_NAMES.map((name) => [name, wholeWithin(SEEN[name].most, given.get(name)) ?? SEEN[name].first]),
    ) as Seen,
    gate: oneOf(GATES, given.get('gate')) ?? FIRST.gate,
    view: oneOf(ALL_VIEWS, given.get('view')) ?? FIRST.view,
    language: oneOf(LANGUAGES, given.get('language')),
    theme: oneOf(THEMES, given.get('theme')) ?? FIRST.theme,
    looked: (given.get('looked') ?? '').slice(0, 400),
  };
}

/**
 * The settings that differ from the defaults. stateFrom(addressOf(state)) equals the state, unless the user's
 * text is too long.
 */
export function addressOf({
  choice,
  steps,
  past,
  seen,
  gate,
  view,
  language,
  theme,
  looked,
}: PageState): string {
  const base = choiceFor(choice.text);
  const entries: [string, string][] = [['text', choice.text]];
  for (const key of Object.keys(base) as (keyof Choice)[]) {
    if (key === 'text' || choice[key] === base[key]) continue;
    if (key === 'own' && choice.own.length > MOST_OWN) continue;
    entries.push([key, String(choice[key])]);
  }
  if (steps !== FIRST.steps) entries.push(['steps', String(Math.min(steps, MOST_STEPS))]);
  if (past !== undefined) entries.push(['past', String(past)]);
  for (const name of SEEN_NAMES)
    if (seen[name] !== SEEN[name].first) entries.push([name, String(seen[name])]);
  if (gate !== FIRST.gate) entries.push(['gate', gate]);
  if (view !== FIRST.view) entries.push(['view', view]);
  if (language) entries.push(['language', language]);
  if (theme !== FIRST.theme) entries.push(['theme', theme]);
  if (looked) entries.push(['looked', looked]);
  return `#${new URLSearchParams(entries)}`;
}
