/** The JSON text in a checkpoint's header, and its checks. */
import { type ModelDescription, modelFrom } from '@unrolled/cells';
import { inWords } from '@unrolled/errors';
import type { SafetensorsFile } from '@unrolled/safetensors';
import { refuse } from '../refuse';
import type { Json } from './json';
import type { Snapshot } from './snapshot';

export type { Json } from './json';

export const formatVersion = 1;

/** The content of a checkpoint except its tensors. */
export interface Header {
  readonly format: 'unrolled-checkpoint';
  readonly version: number;
  readonly run: Omit<Snapshot, 'params' | 'optimizer' | 'averaging' | 'state'>;
  readonly optimizer: {
    readonly name: string;
    readonly settings: Readonly<Record<string, number>>;
    readonly slots: readonly string[];
  };
  readonly averaging: { readonly decay: number } | null;
  /** In the order of the tree; the order of the tensors in the file differs. */
  readonly names: { readonly params: readonly string[]; readonly state: readonly string[] | null };
  readonly config: Json;
  readonly model?: ModelDescription;
}

type Check = (value: unknown) => boolean;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isRecord: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const recordOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value as object).every(check);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const checks: Record<string, Check> = {
  'run.step': isCount,
  'run.epoch': isCount,
  'run.cursor': isCount,
  'run.epochLength': orNull(isCount),
  'run.shuffle': (value) => typeof value === 'boolean',
  'run.seed': isNumber,
  'run.learningRate': orNull(recordOf(orNull(isNumber))),
  'run.hyperparameters': (value) => value === undefined || value === null || isRecord(value),
  'run.environment': recordOf(isText),
  'averaging.decay': (value) => value === undefined || isNumber(value),
  'optimizer.name': isText,
  'optimizer.settings': recordOf(isNumber),
  'optimizer.slots': listOf(isText),
  'names.params': listOf(isText),
  'names.state': orNull(listOf(isText)),
};

/**
 * Throws if a file has no checksum. Every file of this package is written with one, so a file without it was
 * changed.
 */
export function requireChecksum(scope: string, hasChecksum: boolean): void {
  if (hasChecksum) return;
  refuse(scope, {
    expected: 'a file with its checksum',
    got: 'a file without a checksum',
    remedy: 'use the original file; this one is damaged, or another program rewrote it',
    code: 'format',
  });
}

/** Parses and checks the header text of an untrusted file. */
export function checkHeader(
  scope: string,
  { metadata, hasChecksum }: Pick<SafetensorsFile, 'metadata' | 'hasChecksum'>,
): Header {
  const text = metadata.unrolled;
  const foreign = (got: string): never =>
    refuse(scope, {
      expected: 'a checkpoint written by @unrolled/training',
      got,
      remedy: 'pass a file of train; read weights alone with @unrolled/safetensors',
      code: 'format',
    });
  if (text === undefined) return foreign('a safetensors file of another origin');
  const header = parse(text) as Partial<Header> | undefined;
  if (!isRecord(header) || header?.format !== 'unrolled-checkpoint') {
    return foreign('a safetensors file of another origin');
  }
  if (header.version !== formatVersion) {
    return refuse(scope, {
      expected: `a checkpoint of format version ${formatVersion}`,
      got: String(header.version),
      remedy: 'use the release of @unrolled/training that wrote the file',
      code: 'format',
    });
  }
  requireChecksum(scope, hasChecksum);
  const problem = headerProblem(header);
  if (problem !== undefined) foreign(`a damaged checkpoint: ${problem}`);
  if (header.model !== undefined) modelFrom(header.model); // Throws for a damaged description.
  return header as Header;
}

/** The error in a header, as text; undefined if there is none. */
export function headerProblem(header: Partial<Header>): string | undefined {
  for (const [path, check] of Object.entries(checks)) {
    const [section, key] = path.split('.') as [string, string];
    const part = (header as Record<string, unknown>)[section];
    const value = isRecord(part) ? (part as Record<string, unknown>)[key] : undefined;
    if (!check(value)) return `${path} is ${inWords(value)}`;
  }
  return undefined;
}

/** The JSON value of a text; undefined if it is not JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
