/**
 * A fitted model as one safetensors file: the weights of each network of the ensemble as `<member>.<path>`, and all else,
 * settings, scalers, calibration, as one JSON text in the header's `__metadata__` under `stock-forecast`. There is no clock
 * time in it: equal models make equal bytes.
 */

import { parameterShapes } from '@unrolled/cells';
import { scalerFromJSON } from '@unrolled/data';
import {
  buildNetwork,
  type Forecaster,
  type ForecasterData,
  forecasterOf,
  type NetworkShape,
} from '@unrolled/forecaster';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import type { TensorRecord } from '@unrolled/training';
import { refuse } from './refuse';

const KEY = 'stock-forecast';
const VERSION = 1;

/** Writes a model file, whole or not at all. */
export async function saveModel(
  file: string,
  { model, calibration, trainedOn }: ForecasterData,
): Promise<void> {
  const { members, ...description } = model;
  const tensors = Object.fromEntries(
    members.flatMap((params, member) =>
      Object.entries(params).map(([path, { shape, data }]) => [
        `${member}.${path}`,
        { dtype: 'F32' as const, shape, data: data as Float32Array },
      ]),
    ),
  );
  const json = { version: VERSION, ...description, members: members.length, calibration, trainedOn };
  await writeSafetensorsFile(file, tensors, { [KEY]: JSON.stringify(json) }, { checksum: true });
}

/**
 * Reads a model file.
 *
 * @throws UnrolledError when there is none, it is damaged, or it is not one of `saveModel`
 */
export async function loadModel(file: string): Promise<Forecaster> {
  const { tensors, metadata } = await readSafetensorsFile(file);
  const text = metadata[KEY];
  if (text === undefined) return refuseForeign(file, 'a file of another program');
  const { members, calibration, trainedOn, ...description } = parse(file, text);
  const { shape } = description;
  checkSizes(file, shape, tensors);
  const shapes = shapesOf(shape);
  const records = Array.from({ length: members }, (_, member) => takeMember(file, tensors, member, shapes));
  return forecasterOf({ model: { ...description, members: records }, calibration, trainedOn });
}

type Description = Omit<ForecasterData['model'], 'members'> &
  Omit<ForecasterData, 'model'> & { readonly members: number };

/** What a file says of itself, with scalers and calibrations checked. */
function parse(file: string, text: string): Description {
  let parsed: Description & { version: number };
  try {
    parsed = JSON.parse(text);
    for (const { features } of Object.values(parsed.scaling)) scalerFromJSON(features);
    if (!parsed.shape.architecture || !parsed.settings.features || !(parsed.members >= 1))
      throw new Error(text);
  } catch (error) {
    return refuseForeign(file, 'a damaged description of the model', error);
  }
  if (parsed.version !== VERSION) refuseForeign(file, `version ${parsed.version} of the format`);
  return parsed;
}

type Tensors = Awaited<ReturnType<typeof readSafetensorsFile>>['tensors'];

/** Holds what a file says of its sizes against the weights in it, before memory is taken for what it says. */
function checkSizes(
  file: string,
  { architecture, window, inputSize, start }: NetworkShape,
  tensors: Tensors,
) {
  const fits = (name: string, ...size: number[]) => String(tensors.get(name)?.shape) === String(size);
  const sound =
    fits('0.head.kernel', architecture.units, start.length) &&
    fits('0.linear.kernel', window * inputSize, start.length) &&
    architecture.layers <= tensors.size;
  if (!sound) refuseForeign(file, 'another architecture than it says');
}

function takeMember(
  file: string,
  tensors: Tensors,
  member: number,
  shapes: Readonly<Record<string, readonly number[]>>,
): TensorRecord {
  return Object.fromEntries(
    Object.entries(shapes).map(([path, shape]) => {
      const tensor = tensors.get(`${member}.${path}`);
      if (tensor?.dtype !== 'F32' || String(tensor.shape) !== String(shape))
        return refuseForeign(file, `no weights ${member}.${path} of [${shape}]`);
      return [path, { shape, data: tensor.data }];
    }),
  );
}

/** The shape of every weight by its path. */
function shapesOf(shape: NetworkShape): Record<string, readonly number[]> {
  const parts = Object.entries(buildNetwork(shape).parts);
  return Object.fromEntries(
    parts.flatMap(([name, part]) =>
      Object.entries(parameterShapes(part)).map(([path, size]) => [`${name}.${path}`, size]),
    ),
  );
}

function refuseForeign(file: string, got: string, cause?: unknown): never {
  return refuse(
    '--model',
    {
      expected: `a model that stock-forecast train wrote in ${file}`,
      got,
      remedy: 'give its model.safetensors',
    },
    cause,
  );
}
