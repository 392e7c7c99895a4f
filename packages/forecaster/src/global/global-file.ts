import { describe } from '@unrolled/cells';
import { conformalizedQuantilesFromJSON } from '@unrolled/forecasting';
import { decodeModels, encodeModels, type Json, type TensorRecord } from '@unrolled/training';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type Columns, isColumns } from './columns';
import type { GlobalData } from './fit-members';
import { type GlobalForecaster, globalForecasterOf } from './global-forecaster';
import { globalNetwork, within } from './global-network';
import { resolveGlobal } from './global-settings';
import { windowShape } from './window';

const FORMAT = 'unrolled-global-forecaster';

/** The parts of a network by the names that they have in a file. */
function partsOf({ settings, columns }: Pick<GlobalData, 'settings' | 'columns'>) {
  const { parts } = globalNetwork(windowShape(settings, columns), settings);
  const embeddings = parts.embeddings.map((table, at) => [`embeddings.${at}`, table] as const);
  return [['layers', parts.layers] as const, ...embeddings];
}

/**
 * A global forecaster's bytes, a safetensors file, equal for equal forecasters; `decodeGlobalForecaster`
 * reads them.
 */
export function encodeGlobalForecaster(data: GlobalData): Uint8Array {
  const scope = 'encodeGlobalForecaster';
  const kinds = { settings: 'object', columns: 'object', members: 'array', margins: 'array' } as const;
  checkOptions(scope, data, kinds as never, true);
  const { members, margins, columns } = data;
  for (const member of members) checkKind(scope, 'each of members', member, 'object');
  if (!isColumns(columns)) {
    const remedy = 'pass the result of fitGlobalForecaster';
    refuse(scope, { expected: 'the columns of a global forecaster', got: 'another object', remedy });
  }
  const settings = resolveGlobal(scope, data.settings);
  const parts = partsOf({ settings, columns });
  const models = members.flatMap((weights, member) =>
    parts.map(([name, model]) => [`${member}.${name}`, { model, params: within(weights, name) }]),
  );
  const details = { format: FORMAT, settings, columns, margins };
  return encodeModels({ models: Object.fromEntries(models), details: details as unknown as Json });
}

/**
 * Reads a forecaster from the bytes of `encodeGlobalForecaster`. Every field is checked, so the bytes may be
 * untrusted.
 *
 * @throws UnrolledError if the bytes are damaged, are not such a file, or contradict themselves
 */
export function decodeGlobalForecaster(bytes: Uint8Array): GlobalForecaster {
  const scope = 'decodeGlobalForecaster';
  checkKind(scope, 'bytes', bytes, 'Uint8Array');
  const { models, details } = decodeModels(bytes);
  const refuseFile = (got: string): never =>
    refuse(scope, {
      expected: 'a file of a global forecaster',
      got,
      remedy: 'pass the result of encodeGlobalForecaster',
      code: 'format',
    });
  const given = (details ?? {}) as unknown as Partial<GlobalData> & { format?: string };
  if (given.format !== FORMAT) return refuseFile('one of another origin');
  const settings = resolveGlobal(scope, given.settings!);
  if (!isColumns(given.columns)) return refuseFile('one whose columns are not described');
  const columns: Columns = given.columns;
  if (columns.series.length > 0 !== settings.identity)
    return refuseFile('one without the series of its identity');
  if (!Array.isArray(given.margins)) return refuseFile('one without margins');
  const margins = given.margins.map((margin) => conformalizedQuantilesFromJSON(margin).toJSON());
  const levels = margins.map(({ level }) => level);
  const isOfHorizon = margins.every((margin) => margin.margins.length === settings.horizon);
  if (!isOfHorizon || (margins.length > 0 && String(levels) !== String(settings.levels)))
    return refuseFile('one whose margins are not those of its levels');
  const parts = partsOf({ settings, columns });
  if (Object.keys(models).length !== parts.length * settings.ensemble)
    return refuseFile('one of other networks');
  const members = Array.from({ length: settings.ensemble }, (_, member): TensorRecord => {
    const weights = parts.flatMap(([name, part]) => {
      const saved = models[`${member}.${name}`];
      if (!saved || JSON.stringify(describe(saved.model)) !== JSON.stringify(describe(part)))
        return refuseFile('one of other networks');
      return Object.entries(saved.params).map(([path, values]) => [`${name}.${path}`, values] as const);
    });
    return Object.fromEntries(weights);
  });
  return globalForecasterOf({ settings, columns, members, margins });
}
