import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UnrolledError } from '@unrolled/errors';
import { decodeGlobalForecaster, decodeHybridForecaster } from '@unrolled/forecaster';
import { type Frequency, frequencyName } from '@unrolled/forecasting';
import { globalOf } from './method/global';
import { hybridOf } from './method/hybrid';
import type { FittedMethod, MethodName, MethodSettings } from './method/method';
import type { ModelColumns } from './read/read-options';
import { refuse } from './refuse';

/**
 * The `format` of model.json. A model's directory has its networks in model.safetensors and the rest in
 * model.json.
 */
const FORMAT = 'unrolled-forecast';
const VERSION = 1;

type SavedSettings = Pick<MethodSettings, 'horizon' | 'season' | 'history' | 'areCounts'>;

interface Description {
  readonly format: string;
  readonly version: number;
  readonly method: MethodName;
  readonly settings: SavedSettings;
  readonly frequency: Frequency | null;
  readonly columns: ModelColumns;
  readonly holidays: readonly string[] | null;
}

/** A model as `loadModel` reads it. */
export interface SavedModel {
  readonly method: MethodName;
  readonly settings: SavedSettings;
  readonly frequency: Frequency | undefined;
  readonly columns: ModelColumns;
  readonly holidays: readonly string[] | undefined;
  readonly fitted: FittedMethod;
}

/** The part of a task that is saved with its model. */
interface ModelOrigin {
  readonly chosen: { readonly name: MethodName };
  readonly settings: SavedSettings;
  readonly input: { readonly frequency: Frequency | undefined };
  readonly holidays: readonly string[] | undefined;
  readonly columns: ModelColumns;
}

/** The two files of a fitted model. */
export function modelFiles(
  { chosen, settings, input, holidays, columns }: ModelOrigin,
  fitted: FittedMethod,
): { model: Uint8Array; description: string } {
  const { horizon, season, history, areCounts } = settings;
  const description: Description = {
    ...{ format: FORMAT, version: VERSION, method: chosen.name },
    settings: { horizon, season, history, areCounts },
    ...{ frequency: input.frequency ?? null, columns, holidays: holidays ?? null },
  };
  return { model: fitted.encode(), description: `${JSON.stringify(description, null, 2)}\n` };
}

/**
 * Reads the directory that `train` wrote.
 *
 * @throws UnrolledError naming the file that is missing, damaged, or from another program
 */
export async function loadModel(directory: string): Promise<SavedModel> {
  const [text, bytes] = [
    await read(directory, 'model.json'),
    await read(directory, 'model.safetensors'),
  ] as const;
  const { method, settings, frequency, columns, holidays } = checked(directory, text.toString('utf8'));
  try {
    const isConstant = method === 'hybrid' && bytes.length === 0;
    const fitted =
      method === 'hybrid'
        ? hybridOf(isConstant ? undefined : decodeHybridForecaster(bytes), settings)
        : globalOf(decodeGlobalForecaster(bytes), settings);
    return {
      ...{ method, settings, columns, fitted, frequency: frequency ?? undefined },
      holidays: holidays ?? undefined,
    };
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    return refuseFile(directory, 'model.safetensors', error.got, error);
  }
}

async function read(directory: string, name: string): Promise<Buffer> {
  try {
    return await readFile(path.join(directory, name));
  } catch (error) {
    return refuse('--model', {
      expected: `a run directory of forecast train, with ${name}`,
      got: `${directory}, where it cannot be read (${(error as NodeJS.ErrnoException).code})`,
      remedy: 'pass the directory that train printed',
    });
  }
}

function refuseFile(directory: string, name: string, got: string, cause?: unknown): never {
  return refuse(
    '--model',
    {
      expected: `a model that forecast train wrote in ${path.join(directory, name)}`,
      ...{ got, remedy: 'train again, or pass another directory', code: 'format' },
    },
    cause,
  );
}

function checked(directory: string, text: string): Description {
  const fail = (got: string) => refuseFile(directory, 'model.json', got);
  let found: Description;
  try {
    found = JSON.parse(text) as Description;
  } catch {
    return fail('invalid JSON');
  }
  if (found?.format !== FORMAT || found.version !== VERSION)
    return fail('a file of another program or version');
  const { method, settings, frequency, columns, holidays } = found;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  const areNames = (value: unknown) =>
    value === undefined || (Array.isArray(value) && value.every((name) => typeof name === 'string'));
  const isName = (value: unknown) => value === undefined || typeof value === 'string';
  if (method !== 'hybrid' && method !== 'global') return fail('an unknown method');
  if (!settings || ![settings.horizon, settings.season, settings.history].every(isCount))
    return fail('no settings');
  if (typeof settings.areCounts !== 'boolean') return fail('no settings');
  if (
    !columns ||
    ![columns.known, columns.past, columns.static, holidays ?? undefined].every(areNames) ||
    ![columns.target, columns.series, columns.date].every(isName)
  )
    return fail('no columns');
  try {
    if (frequency !== null) frequencyName(frequency);
  } catch {
    return fail('an unknown frequency');
  }
  return found;
}
