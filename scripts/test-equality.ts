// Runs before each test file: compares equal arrays of numbers quickly. Vitest's general comparison of their
// elements takes seconds for a checkpoint.
import { expect } from 'vitest';

expect.addEqualityTesters([
  (a: unknown, b: unknown) => {
    if (Array.isArray(a) && Array.isArray(b)) return areSameNumbers(a, b) || undefined;
    return (ArrayBuffer.isView(a) && ArrayBuffer.isView(b) && areSameBytes(a, b)) || undefined;
  },
]);

/**
 * If the arrays differ, the tester returns `undefined`, so Vitest compares them and prints the difference.
 */
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
