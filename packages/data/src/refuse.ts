import { type Complaint, UnrolledError } from '@unrolled/errors';

/** Throws this package's error. */
export function refuse(scope: string, complaint: Complaint): never {
  throw new UnrolledError('data', scope, complaint);
}

/** Refuses what is not a whole number of at least `least`. */
export function checkCount(scope: string, what: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least) {
    refuse(scope, { expected: `${what} to be a whole number of at least ${least}`, got: String(value) });
  }
}
