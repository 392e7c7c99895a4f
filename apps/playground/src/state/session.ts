/** The page's state and its models, and the user's actions. */
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

/** Maximum number of threads. Models of this size gain nothing from more. */
const MOST_THREADS = 8;

export const state = signal<PageState>(stateFrom(location.hash));
export const choice = computed(() => state.value.choice);
/** The first model, and the second one if there is one. */
export const models = signal<readonly Model[]>([new Model()]);
/** The training text; undefined while it is fetched. */
export const text = signal<string | undefined>(undefined);
/** The message if a file could not be read or fetched. */
export const problem = signal<string | undefined>(undefined);
/** The opened checkpoint from which the run started. */
export const opened = signal<{ readonly name: string; readonly bytes: Uint8Array } | undefined>(undefined);

/**
 * Minimum time between changes of the address. Browsers refuse more frequent ones, as they occur while a
 * slider is moved.
 */
const ADDRESS_EVERY = 400;
let writing: ReturnType<typeof setTimeout> | undefined;

function change(part: Partial<PageState>): void {
  // `state.value` would make an effect that changes the state depend on it.
  state.value = { ...state.peek(), ...part };
  writing ??= setTimeout(writeAddress, ADDRESS_EVERY);
}

/** Writes the page's state into its address, and returns the address. */
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

/** Applies a choice. If it affects the run, the run restarts. */
export function choose(part: Partial<Choice>): void {
  const before = choice.value;
  const after = { ...before, ...part };
  const isSame = isSameRun(before, after);
  change({ choice: after, ...(!isSame && { past: undefined }) });
  if (!isSame) void begin();
  else if (after.temperature !== before.temperature)
    for (const model of models.value) model.setTemperature(after.temperature);
}

/** Selects another text, with its default choices; the cells do not change. */
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
/** Between the choice of a run and its start, the models still belong to the previous run. */
let isBeginning = false;

/** Starts one or two runs with the current choices. @param steps number of steps to train immediately */
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

/** Selects the checkpoints of a step in both models. */
export function look(step: number | undefined): void {
  change({ past: step });
  for (const model of models.value) model.look(step);
}

export function rewind(step: number): void {
  change({ past: undefined });
  for (const model of models.value) model.rewind(step);
}

/** Starts from a checkpoint's model. If the text is that of its run, the run continues. */
export function open(name: string, bytes: Uint8Array): void {
  opened.value = { name, bytes };
  if (choice.value.beside === 'none') void begin();
  else choose({ beside: 'none' });
}

/** The checkpoint that an address requests, until the run has reached its step. */
let wanted: number | undefined;

/** The number of steps of a paused run is part of the page's state. */
function noteSteps(): void {
  const { isRunning: runs, begun, step } = models.value[0]!;
  if (!begun.value || runs.value || isBeginning) return;
  if (step.value !== state.peek().steps) change({ steps: step.value });
  if (wanted !== undefined) look(wanted);
  wanted = undefined;
}

/** Opens the state that the address describes. */
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
  // This happens after the page has loaded its own files. A page that was not opened from a server has no
  // service worker.
  addEventListener('load', () => navigator.serviceWorker?.register('./service-worker.js').catch(() => {}));
}
