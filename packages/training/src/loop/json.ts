import { inWords } from '@unrolled/errors';
import { refuse } from '../refuse';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Throws for values that JSON cannot represent, or would read back differently. An undefined property is
 * omitted.
 */
export function checkJson(scope: string, what: string, value: unknown): void {
  if (Number.isNaN(value)) refuseValue(scope, what, value);
  checkEntry(scope, what, value);
}

function checkEntry(scope: string, what: string, value: unknown): void {
  if (value === null || /^(string|number|boolean)$/.test(typeof value)) return;
  if (typeof value !== 'object' || isForeign(value)) refuseValue(scope, what, value);
  if (Array.isArray(value)) {
    for (const [place, entry] of value.entries()) checkEntry(scope, `${what}[${place}]`, entry);
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    if (entry !== undefined) checkEntry(scope, `${what}.${name}`, entry);
  }
}

/** Whether JSON would drop or change an object. */
const isForeign = (value: object) =>
  'dataId' in value || ArrayBuffer.isView(value) || [Promise, Map, Set].some((kind) => value instanceof kind);

function refuseValue(scope: string, what: string, value: unknown): never {
  refuse(scope, {
    expected: `${what} of values that JSON can represent`,
    got: inWords(value),
    remedy: 'pass numbers, texts, booleans, null, and arrays and plain objects of them',
  });
}
