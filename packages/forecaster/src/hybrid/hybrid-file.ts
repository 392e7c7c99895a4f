import { describe } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { decodeModels, encodeModels, type Json, type TensorRecord } from '@unrolled/training';
import { weightsOf } from '../network/network';
import { checkKind, checkOptions, refuse } from '../refuse';
import { type HybridData, isCalibration } from './hybrid-data';
import { type HybridForecaster, hybridForecasterOf } from './hybrid-forecaster';
import { hybridNetwork } from './hybrid-network';
import { resolveHybrid } from './hybrid-settings';

const PARTS = ['recurrent', 'head'] as const;

const DATA_KINDS: OptionKinds<HybridData> = {
  settings: 'object',
  categories: 'array',
  members: 'array',
  calibration: 'object?',
};

/**
 * A hybrid forecaster's bytes, a safetensors file, equal for equal forecasters; `decodeHybridForecaster`
 * reads them.
 */
export function encodeHybridForecaster(data: HybridData): Uint8Array {
  const scope = 'encodeHybridForecaster';
  checkOptions(scope, data, DATA_KINDS, true);
  const { categories, members, calibration = null } = data;
  for (const member of members) checkKind(scope, 'each of members', member, 'object');
  const settings = resolveHybrid(scope, data.settings);
  const { parts } = hybridNetwork({ ...settings, categories }, settings.units);
  const models = members.flatMap((weights, member) =>
    PARTS.map((part) => [`${member}.${part}`, { model: parts[part], params: weightsOf(weights, part) }]),
  );
  const details = { format: 'unrolled-hybrid-forecaster', settings, categories, calibration };
  return encodeModels({ models: Object.fromEntries(models), details: details as unknown as Json });
}

/**
 * Reads a forecaster from the bytes of `encodeHybridForecaster`. Every field is checked, so the bytes may be
 * untrusted.
 *
 * @throws UnrolledError if the bytes are damaged, are not such a file, or contradict themselves
 */
export function decodeHybridForecaster(bytes: Uint8Array): HybridForecaster {
  const scope = 'decodeHybridForecaster';
  checkKind(scope, 'bytes', bytes, 'Uint8Array');
  const { models, details } = decodeModels(bytes);
  const refuseFile = (got: string): never =>
    refuse(scope, {
      expected: 'a file of a hybrid forecaster',
      got,
      remedy: 'pass the result of encodeHybridForecaster',
      code: 'format',
    });
  const { format, ...given } = (details ?? {}) as unknown as HybridData & { format?: string };
  if (format !== 'unrolled-hybrid-forecaster') return refuseFile('one of another origin');
  const settings = resolveHybrid(scope, given.settings);
  const { categories } = given;
  const calibration = given.calibration ?? undefined;
  const isText = (value: unknown) => typeof value === 'string';
  if (!Array.isArray(categories) || !categories.every(isText)) return refuseFile('one without categories');
  const isOwn = calibration
    ? isCalibration(calibration, settings.horizon) &&
      String(calibration.margins.map(({ level }) => level)) === String(settings.levels)
    : settings.levels.length === 0;
  if (!isOwn) return refuseFile('one whose calibration is not that of its levels');
  if (Object.keys(models).length !== PARTS.length * settings.ensemble)
    return refuseFile('one of other networks');
  const { parts } = hybridNetwork({ ...settings, categories }, settings.units);
  const members = Array.from({ length: settings.ensemble }, (_, member): TensorRecord => {
    const weights = PARTS.flatMap((part) => {
      const saved = models[`${member}.${part}`];
      if (!saved || JSON.stringify(describe(saved.model)) !== JSON.stringify(describe(parts[part])))
        return refuseFile('one of other networks');
      return Object.entries(saved.params).map(([path, values]) => [`${part}.${path}`, values] as const);
    });
    return Object.fromEntries(weights);
  });
  return hybridForecasterOf({ settings, categories, members, calibration });
}
