/**
 * A built-in part is recognised by identity: its record is stored for the object itself. A copy
 * (`{ ...lstm(…), step }`), an object that inherits from the part, and a proxy have no record. A part whose
 * methods were replaced loses its record. All of these run their own `step` and are treated as user-defined
 * parts.
 */
import type { Shape } from '@unrolled/kernels';
import type { AnyPart, Unrolled, UnrollOptions } from './contract';
import type { Initializer, InitializerName } from './initializers';
import type { PartStructure } from './structure';

/** The initializers and initial values of a part, by the names of its options. */
export type Initialization = Readonly<Record<string, Initializer | InitializerName | number | undefined>>;

/** A cell's implementation for a whole sequence, with the same results as its steps. */
// biome-ignore-start lint/suspicious/noExplicitAny: the trees and the input that belong to the cell.
export type UnrollSequence = (params: any, inputs: any, state: any, options?: UnrollOptions) => Unrolled<any>;
// biome-ignore-end lint/suspicious/noExplicitAny: as above.

/** The record of a built-in part. */
export interface Identity {
  readonly structure: PartStructure<AnyPart>;
  readonly initialization?: Initialization;
  /** Only for a cell with an implementation that is faster than its steps. */
  readonly unroll?: UnrollSequence | undefined;
  /** For a part that is one layer: the shape of each parameter. */
  readonly parameters?: readonly (readonly [name: string, shape: Shape])[];
  /**
   * Only for a part with parameters besides those of its inner parts: builds the whole tree, from a value for
   * each parameter and each inner part.
   */
  readonly tree?: (
    leaf: (name: string, shape: Shape) => unknown,
    within: (inner: AnyPart, key: string) => unknown,
  ) => object;
  /** Only for a part that was created without a size: returns the part with the size that `stack` sets. */
  readonly sized?: (size: number) => AnyPart;
  /**
   * Only for a cell without a state whose steps depend on nothing but their input: all steps can be computed
   * at once.
   */
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

/** The record of a built-in part whose methods are unchanged; undefined for other parts. */
export function identityOf(part: AnyPart): Identity | undefined {
  const entry = entries.get(part);
  if (!entry) return undefined;
  const { step, unroll } = methodsOf(part);
  return step === entry.step && unroll === entry.unroll ? entry.identity : undefined;
}

/**
 * The structure of a built-in part, with its inner parts. Undefined for a user-defined part, including a copy
 * of a built-in part and one with a replaced method.
 */
export function structureOf(part: AnyPart): PartStructure<AnyPart> | undefined {
  return identityOf(part)?.structure;
}
