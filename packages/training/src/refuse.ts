import { type Complaint, UnrolledError } from '@unrolled/errors';

/** Throws what went wrong in this package's name. */
export function refuse(scope: string, complaint: Complaint, cause?: unknown): never {
  throw new UnrolledError('training', scope, complaint, { cause });
}

/** Refuses a number outside a range, which `expected` states in words. */
export function checkNumber(scope: string, what: string, value: number, fits: boolean, range: string): void {
  if (!fits) refuse(scope, { expected: `${what} ${range}`, got: String(value) });
}

/** Refuses counts that are not positive integers. */
export function checkCount(scope: string, what: string, value: number): void {
  checkNumber(scope, what, value, Number.isInteger(value) && value > 0, 'as a positive integer');
}
