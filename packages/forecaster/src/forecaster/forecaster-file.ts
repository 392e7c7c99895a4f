/**
 * A forecaster as a set of models. Each network gives `<member>.recurrent`, `<member>.head` and
 * `<member>.linear`. The details have the settings, the scalers and the calibration.
 */

import { describe } from '@unrolled/cells';
import { scalerFromJSON } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { decodeModels, encodeModels, type Json, type ModelSet, type TensorRecord } from '@unrolled/training';
import { calibrationFromJSON } from '../model/calibration';
import type { Scaling } from '../model/examples';
import { type FittedModel, networkSteps } from '../model/fit-model';
import { buildNetwork, type NetworkShape, PARTS, weightsOf } from '../network/network';
import { checkKind, checkOptions, refuse } from '../refuse';
import { resolveSettings } from '../settings/resolve-settings';
import type { ResolvedSettings } from '../settings/settings';
import { type Forecaster, type ForecasterData, forecasterOf } from './forecaster';

/** The details of a forecaster's file. */
type Details = Omit<ForecasterData, 'model'> &
  Pick<FittedModel, 'settings' | 'scaling'> &
  Pick<NetworkShape, 'start'> & { readonly format: 'unrolled-forecaster' };

const DATA_KINDS: OptionKinds<ForecasterData> = {
  model: 'object',
  calibration: 'object',
  trainedOn: 'object',
};

const MODEL_KINDS: OptionKinds<ForecasterData['model']> = {
  settings: 'object',
  shape: 'object',
  scaling: 'object',
  members: 'array',
};

/** Encodes a forecaster. Equal forecasters give equal bytes. `decodeForecaster` reads them. */
export function encodeForecaster(data: ForecasterData): Uint8Array {
  return encodeModels(modelSetOf(data));
}

/**
 * Reads a forecaster from the bytes of `encodeForecaster`, or of a file that `saveForecaster` wrote. Every
 * field is checked, so the bytes may be untrusted.
 *
 * @throws UnrolledError if the bytes are damaged, are not such a file, or contradict themselves
 */
export function decodeForecaster(bytes: Uint8Array): Forecaster {
  checkKind('decodeForecaster', 'bytes', bytes, 'Uint8Array');
  return forecasterFrom(decodeModels(bytes));
}

/** The models and details of a forecaster. */
export function modelSetOf(data: ForecasterData): ModelSet {
  checkOptions('saveForecaster', data, DATA_KINDS, true);
  const { model, calibration, trainedOn } = data;
  checkOptions('saveForecaster', model, MODEL_KINDS, true);
  const { settings, shape, scaling, members } = model;
  for (const member of members) checkKind('saveForecaster', 'each of members', member, 'object');
  const { parts } = buildNetwork(shape);
  const models = members.flatMap((weights, member) =>
    PARTS.map((part) => [`${member}.${part}`, { model: parts[part], params: weightsOf(weights, part) }]),
  );
  const details: Details = {
    format: 'unrolled-forecaster',
    ...{ settings, start: shape.start, scaling, calibration, trainedOn },
  };
  return { models: Object.fromEntries(models), details: details as unknown as Json };
}

/** Builds a forecaster from the models and details of a file. */
export function forecasterFrom({ models, details }: ModelSet): Forecaster {
  const { settings, start, scaling, calibration, trainedOn } = checkDetails(details);
  const { cell, layers, units, dropout, window, features } = settings;
  const first = models['0.recurrent'] ?? refuseDamaged('no network');
  // Checked before the layers are built: each has its own parameters.
  if (!(layers <= Object.keys(first.params).length))
    refuseDamaged('an architecture that contradicts its description');
  const architecture = { cell, layers, units, dropout };
  const shape: NetworkShape = { architecture, window, inputSize: features.length, start };
  const { parts } = buildNetwork(shape);
  const count = Math.ceil(Object.keys(models).length / PARTS.length);
  const members = Array.from({ length: count }, (_, member): TensorRecord => {
    const weights = PARTS.flatMap((part) => {
      const saved = models[`${member}.${part}`];
      if (!saved || JSON.stringify(describe(saved.model)) !== JSON.stringify(describe(parts[part])))
        return refuseDamaged('an architecture that contradicts its description');
      return Object.entries(saved.params).map(([path, values]) => [`${part}.${path}`, values]);
    });
    return Object.fromEntries(weights);
  });
  return forecasterOf({ model: { settings, shape, scaling, members }, calibration, trainedOn });
}

/** Checks every field of the details. */
function checkDetails(details: Json): Details {
  const given = details as unknown as Details | null;
  if (given?.format !== 'unrolled-forecaster')
    return refuse('decodeForecaster', {
      expected: 'the file of a forecaster',
      got: 'a file of other models',
      code: 'format',
    });
  try {
    const settings = checkedSettings(given.settings);
    const { start, scaling, calibration, trainedOn } = given;
    const steps = networkSteps(settings);
    const outputs = steps * (settings.loss === 'quantile' ? settings.quantiles.length : 1);
    check('start', isNumbers(start, outputs));
    for (const [name, records] of Object.entries({ scaling, calibration, trainedOn }))
      check(name, typeof records === 'object' && !Array.isArray(records));
    check(
      'trainedOn',
      Object.keys(scaling).every((name) => name in trainedOn),
    );
    for (const [name, one] of Object.entries(scaling))
      checkScaling(name, one, settings.features.length, steps);
    for (const [name, one] of Object.entries(calibration)) {
      check(`calibration of ${name}`, name in scaling && Number.isInteger(one.errors));
      calibrationFromJSON(one);
    }
    for (const [name, { until, rows }] of Object.entries(trainedOn))
      check(`trainedOn of ${name}`, (until === null || typeof until === 'string') && Number.isInteger(rows));
    return { format: given.format, settings, start, scaling, calibration, trainedOn };
  } catch (error) {
    return refuseDamaged('a damaged description of the model', error);
  }
}

/** Checks that the settings are a result of `resolveSettings`, with a settled transform. */
function checkedSettings(given: ResolvedSettings): ResolvedSettings {
  const { quantiles, ...rest } = given;
  const isQuantile = given.loss === 'quantile';
  const { model } = resolveSettings(isQuantile ? given : rest);
  const isText = (value: unknown) => typeof value === 'string';
  const columns = [given.target, given.features].flat();
  check('target', isText(given.target) && Array.isArray(given.features) && given.features.every(isText));
  const { priceColumns = [] } = given;
  check('priceColumns', Array.isArray(priceColumns) && priceColumns.every((one) => columns.includes(one)));
  check('quantiles', isNumbers(quantiles, quantiles.length) && quantiles.every((one) => one > 0 && one < 1));
  check('targetTransform', given.targetTransform !== undefined && model.targetTransform !== 'auto');
  return { ...model, quantiles, targetTransform: given.targetTransform, priceColumns: given.priceColumns };
}

function checkScaling(
  name: string,
  { features, drift, changes }: Scaling,
  width: number,
  steps: number,
): void {
  check(`scaler of ${name}`, scalerFromJSON(features).columns.length === width);
  check(`drift of ${name}`, Number.isFinite(drift));
  check(`scales of ${name}`, isNumbers(changes, steps) && changes.every((scale) => scale > 0));
}

function isNumbers(values: unknown, length: number): boolean {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite);
}

function check(what: string, holds: boolean): void {
  if (!holds) throw new Error(what);
}

function refuseDamaged(got: string, cause?: unknown): never {
  return refuse(
    'decodeForecaster',
    { expected: 'the file of a forecaster', got, remedy: 'the file is damaged', code: 'format' },
    cause,
  );
}
