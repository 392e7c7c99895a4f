/** The page's state and its models, and what a person does to them. */
import { batch, computed, effect, signal } from '@preact/signals';
import { type Choice, choiceFor, isSameRun, type TextName } from '../choice';
import { textOf } from '../texts/texts';
import {
  addressOf,
  type Language,
  type PageState,
  type Seen,
  stateFrom,
  type Theme,
  type ViewName,
} from './address';
import { Model } from './model';

/** More gain nothing for models of this size. */
const MOST_THREADS = 8;

export const state = signal<PageState>(stateFrom(location.hash));
export const choice = computed(() => state.value.choice);
/** The first model, and the second one if there is one. */
export const models = signal<readonly Model[]>([new Model()]);
/** The text that is learned; undefined while it is fetched. */
export const text = signal<string | undefined>(undefined);
/** The message if a file could not be read or fetched. */
export const problem = signal<string | undefined>(undefined);
/** A checkpoint that was opened, which the run began with. */
export const opened = signal<{ readonly name: string; readonly bytes: Uint8Array } | undefined>(undefined);

/** Browsers refuse an address that changes more often, as it would under a slider that is dragged. */
const ADDRESS_EVERY = 400;
let writing: ReturnType<typeof setTimeout> | undefined;

function change(part: Partial<PageState>): void {
  // Not `state.value`: an effect that changes the state does not depend on it.
  state.value = { ...state.peek(), ...part };
  writing ??= setTimeout(writeAddress, ADDRESS_EVERY);
}

/** Puts the state of the page into its address, and returns that. */
export function writeAddress(): string {
  clearTimeout(writing);
  writing = undefined;
  const address = addressOf(state.value);
  if (location.hash !== address) history.replaceState(null, '', address);
  return location.href;
}

export const setView = (view: ViewName) => change({ view });
export const setLanguage = (language: Language) => change({ language });
export const setTheme = (theme: Theme) => change({ theme });
export const setLooked = (looked: string) => change({ looked });
export const setGate = (gate: PageState['gate']) => change({ gate });
export const setSeen = (part: Partial<Seen>) => change({ seen: { ...state.value.seen, ...part } });

/** Another choice; one that changes the run restarts it. */
export function choose(part: Partial<Choice>): void {
  const before = choice.value;
  const after = { ...before, ...part };
  const isSame = isSameRun(before, after);
  change({ choice: after, ...(!isSame && { past: undefined }) });
  if (!isSame) void begin();
  else if (after.temperature !== before.temperature)
    for (const model of models.value) model.setTemperature(after.temperature);
}

/** Another text, with the choices that suit it; the cells stay. */
export function chooseText(name: TextName): void {
  const { cell, beside, temperature, simd, own } = choice.value;
  opened.value = undefined;
  choose({ ...choiceFor(name), cell, beside, temperature, simd, own });
}

export function reset(): Promise<void> {
  change({ past: undefined });
  return begin();
}

let beginning = 0;
/** Between the choice of a run and its begin the models still are those of the run before. */
let isBeginning = false;

/** Begins the run, or the two, of the present choice. @param steps to take at once */
export async function begin(steps = 0): Promise<void> {
  beginning += 1;
  const mine = beginning;
  isBeginning = true;
  const { value: chosen } = choice;
  problem.value = undefined;
  let learned: string;
  try {
    learned = await textOf(chosen.text, chosen.own);
  } catch (error) {
    if (mine === beginning) problem.value = String(error instanceof Error ? error.message : error);
    return;
  }
  if (mine !== beginning) return;
  isBeginning = false;
  batch(() => {
    text.value = learned;
    setModels(chosen.beside === 'none' ? 1 : 2);
  });
  const cores = Math.max(1, Math.floor((navigator.hardwareConcurrency || 1) / models.value.length));
  const threads = Math.min(cores, MOST_THREADS);
  for (const [at, model] of models.value.entries()) {
    const cell = at === 0 ? chosen.cell : (chosen.beside as Choice['cell']);
    const checkpoint = at === 0 ? opened.value?.bytes : undefined;
    if (learned.trim() === '') model.stop();
    else model.begin({ choice: { ...chosen, cell }, text: learned, threads, steps, checkpoint });
  }
}

function setModels(count: number): void {
  const present = models.value;
  if (present.length === count) return;
  for (const model of present.slice(count)) model.close();
  models.value = Array.from({ length: count }, (_, at) => present[at] ?? new Model());
}

export const isRunning = computed(() => models.value.some((model) => model.isRunning.value));

export function go(steps?: number): void {
  change({ past: undefined });
  for (const model of models.value) model.go(steps);
}

export function pause(): void {
  for (const model of models.value) model.pause();
}

/** Looks at the checkpoints of a step in both models. */
export function look(step: number | undefined): void {
  change({ past: step });
  for (const model of models.value) model.look(step);
}

export function rewind(step: number): void {
  change({ past: undefined });
  for (const model of models.value) model.rewind(step);
}

/** Starts from a checkpoint's model. Its run continues if the text is its own. */
export function open(name: string, bytes: Uint8Array): void {
  opened.value = { name, bytes };
  if (choice.value.beside === 'none') void begin();
  else choose({ beside: 'none' });
}

/** The checkpoint that an address asks for, until the run has come to where it is kept. */
let wanted: number | undefined;

/** The steps of a run at rest are part of the page's state. */
function noteSteps(): void {
  const { isRunning: runs, begun, step } = models.value[0]!;
  if (!begun.value || runs.value || isBeginning) return;
  if (step.value !== state.peek().steps) change({ steps: step.value });
  if (wanted !== undefined) look(wanted);
  wanted = undefined;
}

/** Opens what the address says. */
function beginAsAddressed(): void {
  wanted = state.value.past;
  void begin(state.value.steps);
}

export function startPage(): void {
  addEventListener('hashchange', () => {
    if (location.hash === addressOf(state.value)) return;
    const before = choice.value;
    state.value = stateFrom(location.hash);
    if (!isSameRun(before, choice.value)) beginAsAddressed();
  });
  effect(noteSteps);
  document.addEventListener('visibilitychange', () => {
    for (const model of models.value) model.hide(document.hidden);
  });
  beginAsAddressed();
  // After the page has what it needs itself; where it is opened from no server there is none.
  addEventListener('load', () => navigator.serviceWorker?.register('./service-worker.js').catch(() => {}));
}
