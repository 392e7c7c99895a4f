import { type Complaint, UnrolledError } from '@unrolled/errors';

/** Throws what went wrong in this package's name. */
export function refuse(scope: string, complaint: Complaint): never {
  throw new UnrolledError('losses', scope, complaint);
}
