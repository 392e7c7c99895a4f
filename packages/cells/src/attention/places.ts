/** The paths of a model's attention state, as `flattenParams` names a state's tensors. */
import { checkPart, keptFor } from '../checks';
import { type AnyPart, nameOf } from '../contract';
import { structureOf } from '../identity';
import { refuse } from '../refuse';
import type { AttentionWrapperStructure } from '../structure';
import { hasOwnKeys } from './score';

/** An attention wrapper inside a model. */
export interface AttentionPlace {
  /** The path of its state within the model's state; '' if the model is the wrapper. */
  readonly path: string;
  readonly structure: AttentionWrapperStructure<AnyPart>;
}

const below = (path: string, key: string | number) => (path === '' ? String(key) : `${path}.${key}`);

/**
 * The inner parts of a built-in part whose states are contained in its own state. Each comes with its key; ''
 * means the whole state.
 */
export function insideOf(part: AnyPart): readonly (readonly [key: string | number, part: AnyPart])[] {
  const structure = structureOf(part);
  switch (structure?.type) {
    case 'stack':
      return structure.parts.map((inner, index) => [index, inner] as const);
    case 'bidirectional':
      return [
        ['forward', structure.forward],
        ['backward', structure.backward],
      ];
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return [['', structure.part]];
    case 'tiedEmbedding':
      return [['', structure.body]];
    case 'attentionWrapper':
      return [['cell', structure.cell]];
    case 'encoderDecoder':
      return [['', structure.decoder]];
  }
  return [];
}

/** The attention wrappers of a model, from its first part to its last. */
export const attentionPlaces = /* @__PURE__ */ keptFor((model): readonly AttentionPlace[] => {
  const places: AttentionPlace[] = [];
  const visit = (part: AnyPart, path: string) => {
    const structure = structureOf(part);
    if (structure?.type === 'attentionWrapper') places.push({ path, structure });
    for (const [key, inner] of insideOf(part)) visit(inner, key === '' ? path : below(path, key));
  };
  visit(model, '');
  return places;
});

/**
 * The paths in a model's state that do not change from step to step: the source of an attention, its keys and
 * its valid positions. A search over one source need not reorder these rows.
 *
 * @returns for example `['1.memory', '1.valid', '1.keys']`; empty for a model without attention
 */
export function constantStatePaths(model: AnyPart): string[] {
  checkPart('constantStatePaths', model);
  return [...constantPaths(model)];
}

/** The same paths, cached. */
export const constantPaths = /* @__PURE__ */ keptFor(
  (model): ReadonlySet<string> =>
    new Set(
      attentionPlaces(model).flatMap(({ path, structure }) =>
        ['memory', 'valid', ...(hasOwnKeys(structure) ? ['keys'] : [])].map((name) => below(path, name)),
      ),
    ),
);

/**
 * The paths in a model's state of the previous step's alignments [B, S], one for each attention wrapper.
 *
 * @returns for example `['1.alignments']`; empty for a model without attention
 */
export function alignmentPaths(model: AnyPart): string[] {
  checkPart('alignmentPaths', model);
  return attentionPlaces(model).map(({ path }) => below(path, 'alignments'));
}

/** The single attention wrapper of a model. Throws if there is none, or more than one. */
export function onlyAttention(scope: string, model: AnyPart): AttentionPlace {
  const places = attentionPlaces(model);
  if (places.length === 1) return places[0]!;
  return refuse(scope, {
    expected: 'a model with one attentionWrapper',
    got: `${nameOf(model)}, with ${places.length || 'none'}`,
    remedy: places.length
      ? 'read the alignments of each from the state, by alignmentPaths'
      : 'put attentionWrapper around the cell that should attend',
  });
}
