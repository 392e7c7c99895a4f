import type { Command } from 'commander';
import { SCHEDULE_OPTIONS } from '../train/learning-rate';
import type { BackendName, TrainSettings } from './settings';

/** What the command line of `train` can say. */
export interface TrainOptions extends Partial<TrainSettings> {
  readonly minutes?: number;
  readonly cacheDirectory?: string;
  readonly runDirectory?: string;
  readonly resume?: string;
  readonly initFrom?: string;
  readonly config?: string;
  readonly preset?: string;
  readonly backend: BackendName;
  readonly json?: boolean;
}

/** Where an option's value comes from; each goes before those after it. */
export type Source = 'cli' | 'config' | 'preset' | 'checkpoint' | 'quick' | 'text' | 'default';

/** Options that make others, from sources further down, say nothing any more: a limit that replaces another one. */
const REPLACES: Readonly<Record<string, readonly string[]>> = {
  steps: ['epochs'],
  epochs: ['steps'],
  minutes: ['seconds'],
  seconds: ['minutes'],
  clip: ['clipValue'],
  clipValue: ['clip'],
  tied: ['embedding'],
  optimizer: ['beta2', 'weightDecay'],
  schedule: [...new Set(Object.values(SCHEDULE_OPTIONS).flat())],
};

/** Where an option's value came from; undefined when it has none. */
export function sourceOf(command: Command, name: string): Source | undefined {
  return command.getOptionValueSource(name) as Source | undefined;
}

/** Whether the user gave an option, here or in a file, rather than being given it. */
export function isGiven(command: Command, name: string): boolean {
  return ['cli', 'config', 'preset'].includes(sourceOf(command, name) ?? 'default');
}

/** Sets the options that nothing before this has set or replaced; commander's own defaults come last. */
export function layUnder(command: Command, values: Readonly<Record<string, unknown>>, source: Source): void {
  const names = command.options.map((option) => option.attributeName());
  const taken = new Set(names.filter((name) => (sourceOf(command, name) ?? 'default') !== 'default'));
  for (const name of [...taken]) for (const replaced of REPLACES[name] ?? []) taken.add(replaced);
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && !taken.has(name)) command.setOptionValueWithSource(name, value, source);
  }
}

/** An option as it is typed: `batchSize` → `--batch-size`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
