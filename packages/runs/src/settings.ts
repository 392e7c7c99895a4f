import type { OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions } from './refuse';

/** Settings from one source: the command line, a configuration file, a preset, a checkpoint. */
export interface SettingsLayer<T> {
  /** The source's name: `cli`. */
  readonly source: string;
  /** Undefined entries are not set. */
  readonly values: Partial<T>;
}

/** Relations between settings. */
export interface SettingsRelations<T> {
  /**
   * Settings that this one replaces in lower layers: for example, a limit in steps replaces one in epochs.
   */
  readonly replaces?: { readonly [name in keyof T]?: readonly (keyof T)[] };
  /** Pairs of settings that exclude each other. */
  readonly exclusive?: readonly (readonly [keyof T, keyof T])[];
  /** Defaults of settings that no layer sets, replaced or not; their source is `default`. */
  readonly defaults?: Partial<T>;
}

const LAYER_KINDS: OptionKinds<SettingsLayer<object>> = { source: 'string', values: 'object' };

const KINDS: OptionKinds<SettingsRelations<object>> = {
  replaces: 'object?',
  exclusive: 'array?',
  defaults: 'object?',
};

/** Settings from several sources. */
export interface FoldedSettings<T> {
  readonly values: Partial<T>;
  /** The source of each value, by name; names without a value are missing. */
  readonly sources: { readonly [name in keyof T]?: string };
  /** Exclusive pairs of which both are set, by one source or by several. */
  readonly conflicts: readonly (readonly [keyof T, keyof T])[];
}

/**
 * Merges settings from layers, most important first. Each setting has the value of the first layer that sets
 * it, unless an earlier layer sets a setting that replaces it.
 */
export function foldSettings<T extends object>(
  layers: readonly SettingsLayer<T>[],
  options: SettingsRelations<T> = {},
): FoldedSettings<T> {
  checkKind('foldSettings', 'layers', layers, 'array');
  for (const layer of layers) checkOptions('foldSettings', layer, LAYER_KINDS);
  checkOptions('foldSettings', options, KINDS);
  const { exclusive = [], defaults = {} } = options;
  for (const pair of exclusive) checkKind('foldSettings', 'each exclusive pair', pair, 'array');
  const replaces: { readonly [name in keyof T]?: readonly (keyof T)[] } = options.replaces ?? {};
  type Name = keyof T;
  const values: Partial<T> = {};
  const sources: { [name in Name]?: string } = {};
  const conflicts = new Set<readonly [Name, Name]>();
  const findConflicts = (set: Partial<T>) => {
    for (const pair of exclusive) if (pair.every((name) => set[name] !== undefined)) conflicts.add(pair);
  };
  const taken = new Set<Name>();
  const lay = (source: string, layer: Partial<T>) => {
    const free = (Object.keys(layer) as Name[]).filter(
      (name) => layer[name] !== undefined && !taken.has(name),
    );
    for (const name of free) {
      values[name] = layer[name];
      sources[name] = source;
    }
    for (const name of free) for (const other of [name, ...(replaces[name] ?? [])]) taken.add(other);
  };
  for (const layer of layers) {
    findConflicts(layer.values);
    lay(layer.source, layer.values);
  }
  findConflicts(values);
  taken.clear();
  for (const name of Object.keys(values) as Name[]) taken.add(name);
  lay('default', defaults);
  return { values, sources, conflicts: [...conflicts] };
}
