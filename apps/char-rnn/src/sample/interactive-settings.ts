import {
  nonEmptyText,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  probability,
  ratio,
  seed,
} from '@unrolled/app-shared';
import type { DrawOptions, RepetitionOptions } from '@unrolled/training';
import { unescaped } from '../text/escapes';

/** The initial settings of an interactive session, and the commands that change them. */
export interface SessionSettings extends DrawOptions, RepetitionOptions {
  readonly length: number;
  readonly seed: number;
  readonly stop: readonly string[];
}

export interface SettingCommand {
  readonly key: keyof SessionSettings;
  /** Parses a value like the option of the same name. */
  readonly parse: (text: string) => unknown;
  /** The value that `off` sets, if it is allowed. */
  readonly off?: () => unknown;
}

const nothing = () => undefined;

/** The commands that take a value. */
export const COMMANDS: ReadonlyMap<string, SettingCommand> = new Map<string, SettingCommand>([
  ['length', { key: 'length', parse: positiveInteger }],
  ['temperature', { key: 'temperature', parse: nonNegativeNumber }],
  ['top-k', { key: 'topK', parse: positiveInteger, off: nothing }],
  ['top-p', { key: 'topP', parse: probability, off: nothing }],
  ['min-p', { key: 'minP', parse: ratio, off: nothing }],
  ['repetition-penalty', { key: 'repetitionPenalty', parse: positiveNumber, off: nothing }],
  ['repetition-window', { key: 'repetitionWindow', parse: positiveInteger, off: nothing }],
  ['stop', { key: 'stop', parse: (text) => [unescaped(nonEmptyText(text))], off: () => [] }],
  ['seed', { key: 'seed', parse: seed }],
]);
