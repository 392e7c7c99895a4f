/** A model as plain JSON: what it computes and how it is initialized, without its parameters. */
import type { LayerData } from '@unrolled/kernels';
import { type AnyPart, nameOf } from './contract';
import { type Initialization, identityOf } from './identity';
import { type InitializerName, initializerName } from './initializers';
import { checkKind, refuse } from './refuse';
import {
  type AttentionWrapperStructure,
  type BidirectionalStructure,
  type ChannelStructure,
  type DropoutStructure,
  type DropoutWrapperStructure,
  type EncoderDecoderStructure,
  hasChannels,
  isLayer,
  type StackStructure,
  type TiedEmbeddingStructure,
  type WrapperStructure,
} from './structure';

/** The initialisation of a part, if its options are names or numbers. */
export interface InitializationDescription {
  readonly kernelInitializer?: InitializerName;
  readonly recurrentInitializer?: InitializerName;
  readonly biasInitializer?: InitializerName;
  /** Fields of an embedding. */
  readonly initializer?: InitializerName;
  /** Of an LSTM. */
  readonly forgetBias?: number;
}

/** One part as plain JSON. */
export type PartDescription =
  | (LayerData & InitializationDescription)
  | (ChannelStructure & InitializationDescription)
  | DropoutStructure
  | StackStructure<PartDescription>
  | BidirectionalStructure<PartDescription>
  | WrapperStructure<PartDescription>
  | DropoutWrapperStructure<PartDescription>
  | AttentionWrapperStructure<PartDescription>
  | EncoderDecoderStructure<PartDescription>
  | (TiedEmbeddingStructure<PartDescription> & InitializationDescription);

/** The version of the format that {@link describe} writes and {@link modelFrom} reads. */
export const DESCRIPTION_VERSION = 1;

/** A model as plain JSON. */
export interface ModelDescription {
  readonly version: typeof DESCRIPTION_VERSION;
  readonly model: PartDescription;
}

/**
 * A model as plain JSON, from which {@link modelFrom} builds a model with the same results for the same
 * parameters. The new model also initializes the same from the same seed, with one exception: an initializer
 * that is a function without a name, such as `uniform(0.1)`, is omitted, and the new model uses the default.
 *
 * @throws UnrolledError with code 'unsupported' if the model has a user-defined part, an activation that is a
 *   function, or an option that is not finite
 */
export function describe(model: AnyPart): ModelDescription {
  checkKind('describe', 'model', model, 'object');
  return { version: DESCRIPTION_VERSION, model: describePart(model) };
}

function describePart(part: AnyPart): PartDescription {
  const identity = identityOf(part);
  if (!identity) {
    return refuse('describe', {
      expected: 'only parts of @unrolled/cells',
      got: `${nameOf(part)}, a user-defined part`,
      remedy: 'build that model in code, and save only its parameters',
      code: 'unsupported',
    });
  }
  const { structure, initialization } = identity;
  const draws = describeInitialization(initialization);
  if (isLayer(structure) || hasChannels(structure)) return plain(part, { ...structure, ...draws });
  switch (structure.type) {
    case 'dropout':
      return structure;
    case 'stack':
      return { ...structure, parts: structure.parts.map(describePart) };
    case 'bidirectional': {
      const { forward, backward } = structure;
      return { ...structure, forward: describePart(forward), backward: describePart(backward) };
    }
    case 'attentionWrapper':
      return plain(part, { ...structure, cell: describePart(structure.cell) });
    case 'encoderDecoder': {
      const { encoder, decoder } = structure;
      return { ...structure, encoder: describePart(encoder), decoder: describePart(decoder) };
    }
    case 'tiedEmbedding':
      return plain(part, { ...structure, ...draws, body: describePart(structure.body) });
    default:
      return { ...structure, part: describePart(structure.part) };
  }
}

function describeInitialization(initialization: Initialization = {}): InitializationDescription {
  return Object.fromEntries(
    Object.entries(initialization).map(([option, value]) => [
      option,
      value === undefined || typeof value === 'number' ? value : initializerName(value),
    ]),
  );
}

/** The fields that are defined. JSON must be able to represent each of them. */
function plain<T extends object>(part: AnyPart, fields: T): T {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  for (const [field, value] of given) {
    if (value !== 'custom' && (typeof value !== 'number' || Number.isFinite(value))) continue;
    refuse('describe', {
      expected: value === 'custom' ? 'activations by name' : `a finite ${field}`,
      got: `${value === 'custom' ? 'a function' : String(value)} in ${nameOf(part)}`,
      remedy: value === 'custom' ? 'use a named activation, or build that model in code' : undefined,
      code: 'unsupported',
    });
  }
  return Object.fromEntries(given) as T;
}
