/**
 * A built-in part is recognised by identity: a record is stored for the object itself. A copy
 * (`{ ...lstm(…), step }`), an object that inherits from the part and a proxy have no record, and a part
 * whose methods were replaced loses its record. All of these run their own `step`, and none counts as a
 * built-in part.
 */
import type { Shape } from '@unrolled/kernels';
import type { AnyPart, Unrolled, UnrollOptions } from './contract';
import type { Initializer, InitializerName } from './initializers';
import type { PartStructure } from './structure';

/** How `init` draws, by the names of the options that say it. */
export type Initialization = Readonly<Record<string, Initializer | InitializerName | number | undefined>>;

/** A cell's implementation for a whole sequence, with the results of its steps. */
// biome-ignore-start lint/suspicious/noExplicitAny: the trees and the input that belong to the cell.
export type UnrollSequence = (params: any, inputs: any, state: any, options?: UnrollOptions) => Unrolled<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

/** The record of a built-in part. */
export interface Identity {
  readonly structure: PartStructure<AnyPart>;
  readonly initialization?: Initialization;
  /** For a cell with a faster implementation than its steps. */
  readonly unroll?: UnrollSequence | undefined;
  /** For a part that is one layer: the shape of each parameter. */
  readonly parameters?: readonly (readonly [name: string, shape: Shape])[];
  /**
   * For a part with parameters besides those of its inner parts: the tree of all, from a value for each
   * parameter and each part.
   */
  readonly tree?: (
    leaf: (name: string, shape: Shape) => unknown,
    within: (inner: AnyPart, key: string) => unknown,
  ) => object;
  /** For a part that was made without a size: the same with a size, which `stack` sets. */
  readonly sized?: (size: number) => AnyPart;
  /** For a cell without a state whose steps depend only on their input: all of them can run as one. */
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
 * The structure of a built-in part, with its inner parts; undefined for a user's own part, also one that was
 * made from a built-in part by spreading it or by replacing a method.
 */
export function structureOf(part: AnyPart): PartStructure<AnyPart> | undefined {
  return identityOf(part)?.structure;
}
