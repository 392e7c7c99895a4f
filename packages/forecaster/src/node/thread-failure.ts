/**
 * Errors between threads. A message between threads keeps only an error's text, so the fields are sent as
 * data.
 */
import { type Complaint, UnrolledError } from '@unrolled/errors';

/** An error as plain data. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** The fields of an `UnrolledError`. */
  readonly unrolled?: { readonly packageName: string; readonly scope: string; readonly complaint: Complaint };
}

export function failureOf(error: unknown): Failure {
  const { name, message, stack } = error as Error;
  if (!(error instanceof UnrolledError)) return { name, message, stack };
  const { packageName, scope, expected, got, remedy, code } = error;
  return {
    name,
    message,
    stack,
    unrolled: { packageName, scope, complaint: { expected, got, remedy, code } },
  };
}

export function errorOf({ name, message, stack, unrolled }: Failure): Error {
  const error: Error = unrolled
    ? new UnrolledError(unrolled.packageName, unrolled.scope, unrolled.complaint)
    : Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}
