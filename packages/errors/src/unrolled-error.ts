// biome-ignore-all lint/complexity/noThisInStatic: in Symbol.hasInstance `this` is the class on the right of instanceof.
import { cut, visible } from './words';

/** The kind of an error, for programs that handle it. */
export type ErrorCode =
  /** An argument or option has the wrong type, form or range, or contradicts another one. */
  | 'argument'
  /** A tensor, or a tree of tensors, has the wrong shape, dtype or names. */
  | 'shape'
  /** A loss, gradient or value is NaN or infinite. */
  | 'not-finite'
  /** Data or a file's content does not have the required format. */
  | 'format'
  /**
   * The system denies access to a file or directory: it is missing, permission is missing, or the disk is
   * full.
   */
  | 'file'
  /** The current backend, machine or format does not support this. */
  | 'unsupported'
  /** The object is in the wrong state for the call: disposed, not started or finished. */
  | 'state'
  /** Not enough memory. */
  | 'memory';

/** An error in the terms of the person who can correct it. */
export interface Complaint {
  /** The expected value, with its unit or shape: `input [B, 8]`. */
  readonly expected: string;
  /** The actual value: `[32, 9]`. */
  readonly got: string;
  /** The remedy; omitted only if it follows from the other two. */
  readonly remedy?: string | undefined;
  /** Default 'argument'. */
  readonly code?: ErrorCode | undefined;
}

/**
 * Maximum length of a part of a message, in characters. The message shortens longer parts; the fields do not.
 */
const LONGEST = 500;

/**
 * Marks the errors of every copy of this class, so several copies in one program recognise each other's
 * errors.
 */
const BRAND = Symbol.for('unrolled.error');

/**
 * The error class of all Unrolled packages.
 *
 * An example of a message:
 * `[unrolled/cells] lstm: expected input [B, 8], got [32, 9]: make the encoder's and the cell's vocabulary sizes equal`.
 * `error instanceof UnrolledError` holds for the errors of every package, even if a program contains this
 * class twice (as ESM and as CommonJS, or in two versions). The message shows names and values from outside
 * as {@link visible} text; the fields contain them unchanged.
 */
export class UnrolledError extends Error {
  override readonly name = 'UnrolledError';
  /** The package's short name: `cells`. */
  readonly packageName: string;
  /** The function or option that refuses the value: `lstm`. */
  readonly scope: string;
  readonly code: ErrorCode;
  readonly expected: string;
  readonly got: string;
  readonly remedy: string | undefined;

  /**
   * @param packageName the package's short name, `cells`
   * @param scope the function or option that refuses the value, `lstm`
   */
  constructor(packageName: string, scope: string, complaint: Complaint, options?: ErrorOptions) {
    const { expected, got, remedy, code = 'argument' } = complaint;
    const remedied = remedy ? `: ${cut(remedy, LONGEST)}` : '';
    const said = `expected ${cut(expected, LONGEST)}, got ${cut(got, LONGEST)}${remedied}`;
    super(visible(`[unrolled/${packageName}] ${scope}: ${said}`), options);
    this.packageName = packageName;
    this.scope = scope;
    this.code = code;
    this.expected = expected;
    this.got = got;
    this.remedy = remedy;
    Object.defineProperty(this, BRAND, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== UnrolledError)
      return Function.prototype[Symbol.hasInstance].call(this as typeof UnrolledError, value);
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/**
 * Throws an {@link UnrolledError} of one package. `scope` is the function or option that refuses the value.
 */
export type Refuse = (scope: string, complaint: Complaint, cause?: unknown) => never;

/** Creates a package's `refuse`: `const refuse: Refuse = refuser('cells')`. */
export function refuser(packageName: string): Refuse {
  return (scope, complaint, cause) => {
    throw new UnrolledError(packageName, scope, complaint, cause === undefined ? undefined : { cause });
  };
}
