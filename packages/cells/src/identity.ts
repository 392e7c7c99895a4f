/**
 * A built-in part is known by its identity: a record is kept for the object itself. A copy
 * (`{ ...lstm(…), step }`), an object that inherits from the part and a proxy have no record, and the record
 * of a part whose methods were replaced no longer counts. All of these compute what their own `step` says,
 * and none of them is taken for a built-in part.
 */
import type { Shape } from '@unrolled/kernels';
import type { AnyPart, Unrolled, UnrollOptions } from './contract';
import type { Initializer, InitializerName } from './initializers';
import type { PartStructure } from './structure';

/** How `init` draws, by the names of the options that say it. */
export type Initialization = Readonly<Record<string, Initializer | InitializerName | number | undefined>>;

/** A cell's way through a whole sequence, with the results of its steps. */
// biome-ignore-start lint/suspicious/noExplicitAny: the trees and the input that belong to the cell.
export type UnrollSequence = (params: any, inputs: any, state: any, options?: UnrollOptions) => Unrolled<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

/** The record of a built-in part. */
export interface Identity {
  readonly structure: PartStructure<AnyPart>;
  readonly initialization?: Initialization;
  /** Of a cell with a faster way than its steps. */
  readonly unroll?: UnrollSequence | undefined;
  /** Of a part that is one layer: the shape of each parameter. */
  readonly parameters?: readonly (readonly [name: string, shape: Shape])[];
  /**
   * Of a part with parameters beside those of the parts inside: the tree of all, of what is given for each
   * and for each part.
   */
  readonly tree?: (
    leaf: (name: string, shape: Shape) => unknown,
    within: (inner: AnyPart, key: string) => unknown,
  ) => object;
  /** Of a part that was made without a size: the same with one, which `stack` gives it. */
  readonly sized?: (size: number) => AnyPart;
  /** Of a cell without a state whose steps depend on nothing but their input: all of them can run as one. */
  readonly stepsAreApart?: boolean;
}

interface Entry {
  readonly identity: Identity;
  readonly step: unknown;
  readonly unroll: unknown;
}

const entries = new WeakMap<object, Entry>();

const methodsOf = (part: AnyPart) => part as { readonly step?: unknown; readonly unroll?: unknown };

/** Registers a part that this package made, and gives it back. */
export function builtIn<T extends AnyPart>(part: T, identity: Identity): T {
  const { step, unroll } = methodsOf(part);
  entries.set(part, { identity, step, unroll });
  return part;
}

/** The record of a built-in part that still has the methods that it was made with; else undefined. */
export function identityOf(part: AnyPart): Identity | undefined {
  const entry = entries.get(part);
  if (!entry) return undefined;
  const { step, unroll } = methodsOf(part);
  return step === entry.step && unroll === entry.unroll ? entry.identity : undefined;
}

/**
 * The structure of a built-in part, with the parts inside as they are; undefined for a part of a user's own,
 * also one that was made from a built-in part by spreading it or by replacing a method.
 */
export function structureOf(part: AnyPart): PartStructure<AnyPart> | undefined {
  return identityOf(part)?.structure;
}
