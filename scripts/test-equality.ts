// Runs before each test file: arrays of numbers that are the same are found equal at once. Vitest compares
// them element by element through its general comparison, which takes seconds for a checkpoint.
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (Array.isArray(a) && Array.isArray(b)) return areSameNumbers(a, b) || undefined;
    return (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && areSameBytes(a, b)) || undefined;
  },
]);

/** Where they are not, `undefined` leaves the answer, and what a failure prints, to Vitest. */
function areSameNumbers(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.constructor !== b.constructor || a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    if (typeof a[at] !== 'number' || !Object.is(a[at], b[at])) return false;
  }
  return true;
}

function areSameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  if (a.constructor !== b.constructor || a.byteLength !== b.byteLength) return false;
  return bytesOf(a).equals(bytesOf(b));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);
