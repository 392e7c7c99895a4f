import { describe, expect, test } from 'vitest';
import { checksOf, lengthsCheckOf, refuser, UnrolledError } from '../src/index';

const refuse = refuser('cells');
const check = checksOf(refuse);
const checkLengths = lengthsCheckOf(refuse);

function errorOf(run: () => unknown): UnrolledError {
  try {
    run();
  } catch (error) {
    if (error instanceof UnrolledError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('UnrolledError', () => {
  test('holds its parts as data', () => {
    const cause = new Error('below');
    const error = errorOf(() =>
      refuse('lstm', { expected: 'input [B, 8]', got: '[32, 9]', remedy: 'check it', code: 'shape' }, cause),
    );
    expect(error).toMatchObject({
      ...{ name: 'UnrolledError', packageName: 'cells', scope: 'lstm', code: 'shape', cause },
      ...{ expected: 'input [B, 8]', got: '[32, 9]', remedy: 'check it' },
      message: '[unrolled/cells] lstm: expected input [B, 8], got [32, 9]: check it',
    });
    expect(error).toBeInstanceOf(Error);
  });

  test('has the code argument and no cause by default', () => {
    const error = errorOf(() => refuse('lstm', { expected: 'a', got: 'b' }));
    expect(error.code).toBe('argument');
    expect('cause' in error).toBe(false);
    expect(error.message).toBe('[unrolled/cells] lstm: expected a, got b');
  });

  test('is told by instanceof across two copies of the class', async () => {
    const other = await import(/* @vite-ignore */ `../src/unrolled-error.ts?copy=${'2'}`);
    expect(other.UnrolledError).not.toBe(UnrolledError);
    const theirs = new other.UnrolledError('data', 'readCsv', { expected: 'a', got: 'b' });
    const ours = new UnrolledError('data', 'readCsv', { expected: 'a', got: 'b' });
    expect(theirs).toBeInstanceOf(UnrolledError);
    expect(ours).toBeInstanceOf(other.UnrolledError);
  });

  test.each([
    new Error('x'),
    new TypeError('x'),
    {},
    null,
    undefined,
    'UnrolledError',
    { name: 'UnrolledError' },
  ])('is not %s', (value) => expect(value instanceof UnrolledError).toBe(false));
});

describe('checks', () => {
  test('a count', () => {
    for (const good of [1, 2, 1e9]) check.count('f', 'n', good);
    check.count('f', 'n', 0, 0);
    expect(errorOf(() => check.count('f', 'n', 2.5)).message).toContain(
      'n to be a positive integer, got 2.5',
    );
    expect(errorOf(() => check.count('f', 'n', -1, 0)).message).toContain('an integer of at least 0, got -1');
    for (const bad of [0, Number.NaN, Infinity, '3' as never]) errorOf(() => check.count('f', 'n', bad));
  });

  test('a choice', () => {
    check.choice('f', 'variant', 'a', ['a', 'b']);
    check.choice('f', 'variant', undefined, ['a', 'b']);
    const error = errorOf(() => check.choice('f', 'variant', 'c', ['a', 'b', 'd']));
    expect(error.message).toContain(`expected variant 'a', 'b' or 'd', got "c"`);
  });

  test('lengths', () => {
    checkLengths('f', [0, 3], 2, 3);
    checkLengths('f', undefined, 2, 3);
    expect(errorOf(() => checkLengths('f', [3], 2, 3)).got).toBe('a list of 1');
    expect(errorOf(() => checkLengths('f', [3, 4], 2, 3)).got).toBe('4 at row 1');
    errorOf(() => checkLengths('f', [0.5, 1], 2, 3));
  });
});
