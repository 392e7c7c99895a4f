/**
 * A built-in part is recognised by identity: a record is stored for the object itself. A copy
 * (`{ ...lstm(…), step }`), an object that inherits from the part, and a proxy have no record. A part whose
 * methods were replaced loses its record. All of these run their own `step` and do not count as built-in
 * parts.
 */
import type { Shape } from '@unrolled/kernels';
import type { AnyPart, Unrolled, UnrollOptions } from './contract';
import type { Initializer, InitializerName } from './initializers';
import type { PartStructure } from './structure';

/** The initialisation by the names of options. */
export type Initialization = Readonly<Record<string, Initializer | InitializerName | number | undefined>>;

/** A cell's implementation for a whole sequence, with the same results as its steps. */
// biome-ignore-start lint/suspicious/noExplicitAny: the trees and the input that belong to the cell.
export type UnrollSequence = (params: any, inputs: any, state: any, options?: UnrollOptions) => Unrolled<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

/** The record of a built-in part. */
export interface Identity {
  readonly structure: PartStructure<AnyPart>;
  readonly initialization?: Initialization;
  /** For a cell with an implementation that is faster than its steps. */
  readonly unroll?: UnrollSequence | undefined;
  /** For a part that is one layer: the shape of each parameter. */
  readonly parameters?: readonly (readonly [name: string, shape: Shape])[];
  /**
   * For a part with parameters besides those of its inner parts: builds the tree of all, from a value for
   * each parameter and each part.
   */
  readonly tree?: (
    leaf: (name: string, shape: Shape) => unknown,
    within: (inner: AnyPart, key: string) => unknown,
  ) => object;
  /** For a part that was created without a size: returns it with the size that `stack` sets. */
  readonly sized?: (size: number) => AnyPart;
  /** For a cell without a state whose steps depend only on their input: all steps can run as one. */
  readonly stepsAreApart?: boolean;
}

interface Entry {
  readonly identity: Identity;
  readonly step: unknown;
  readonly unroll: unknown;
}

const entries = new WeakMap<object, Entry>();

const methodsOf = (part: AnyPart) => part as { readonly step?: unknown; readonly unroll?: unknown };

/** Registers a part of this package, and returns it. */
export function builtIn<T extends AnyPart>(part: T, identity: Identity): T {
  const { step, unroll } = methodsOf(part);
  entries.set(part, { identity, step, unroll });
  return part;
}

/** The record of a built-in part whose methods are unchanged; otherwise undefined. */
export function identityOf(part: AnyPart): Identity | undefined {
  const entry = entries.get(part);
  if (!entry) return undefined;
  const { step, unroll } = methodsOf(part);
  return step === entry.step && unroll === entry.unroll ? entry.identity : undefined;
}

/**
 * The structure of a built-in part, with its inner parts. Undefined for a user's own part, also for a copy of
 * a built-in part or one with a replaced method.
 */
export function structureOf(part: AnyPart): PartStructure<AnyPart> | undefined {
  return identityOf(part)?.structure;
}
