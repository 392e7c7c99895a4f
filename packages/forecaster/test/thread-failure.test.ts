import { UnrolledError } from '@unrolled/errors';
import { expect, test } from 'vitest';
import { errorOf, failureOf } from '../src/node/thread-failure';

/** As a message between threads. */
const sent = (error: unknown) => errorOf(structuredClone(failureOf(error)));

test('an UnrolledError stays one with all its fields', () => {
  const complaint = { expected: 'a finite loss', got: 'NaN', remedy: 'wait', code: 'not-finite' } as const;
  const error = new UnrolledError('forecaster', 'training', complaint);
  const arrived = sent(error);
  expect(arrived).toBeInstanceOf(UnrolledError);
  expect(arrived).toMatchObject({ ...complaint, packageName: 'forecaster', scope: 'training' });
  expect([arrived.message, arrived.stack]).toEqual([error.message, error.stack]);
});

test('another error keeps its name, message and stack', () => {
  const error = new RangeError('too long');
  const arrived = sent(error);
  expect(arrived).not.toBeInstanceOf(UnrolledError);
  expect([arrived.name, arrived.message, arrived.stack]).toEqual(['RangeError', 'too long', error.stack]);
});
