import type { StoredStudy } from './stored-study';

/** Thrown if a worker cannot serve a study; its trials are left to other workers. */
export class RefusedStudy extends Error {
  /** @param reason the error of `workOf` */
  constructor(
    readonly study: StoredStudy,
    readonly reason: unknown,
  ) {
    super(`the study ${study.name} is refused`);
  }
}
