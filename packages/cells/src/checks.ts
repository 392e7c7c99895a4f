/** What every part checks of what it is given, in one place, so that all of them refuse in the same words. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { UnrolledError } from '@unrolled/errors';
import { type AnyPart, inputKindOf, nameOf } from './contract';

/** Refuses sizes that are not positive integers. */
export function checkSize(scope: string, what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new UnrolledError('cells', scope, {
      expected: `${what} to be a positive integer`,
      got: String(value),
    });
  }
}

/** Refuses rates outside [0, 1). */
export function checkRate(scope: string, what: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) {
    throw new UnrolledError('cells', scope, {
      expected: `${what} in [0, 1)`,
      got: String(rate),
      remedy: 'it is the share that is dropped, not the share that is kept',
    });
  }
}

/** Refuses an input [B, T, I] (ids: [B, T]) that does not fit the part. */
export function checkSequence(part: AnyPart, inputs: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? inputs.rank === 2 && inputs.dtype === 'int32'
    : inputs.rank === 3 && inputs.dtype === 'float32' && inputs.shape[2] === part.inputSize;
  if (!fits) refuseInput(part, ids ? 'int32 ids [B, T]' : `float32 input [B, T, ${part.inputSize}]`, inputs);
  if (inputs.shape[1] === 0) {
    throw new UnrolledError('cells', nameOf(part), { expected: 'at least one time step', got: 'none' });
  }
}

/** Refuses one step of input [B, I] (ids: [B]) that does not fit the part. */
export function checkStep(part: AnyPart, input: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? input.rank === 1 && input.dtype === 'int32'
    : input.rank === 2 && input.shape[1] === part.inputSize;
  if (!fits) refuseInput(part, ids ? 'int32 ids [B]' : `input [B, ${part.inputSize}]`, input);
}

function refuseInput(part: AnyPart, expected: string, input: Tensor): never {
  throw new UnrolledError('cells', nameOf(part), {
    expected,
    got: `${input.dtype} [${input.shape.join(', ')}]`,
    remedy:
      inputKindOf(part) === 'ids'
        ? 'give ids as an int32 tensor'
        : 'the encoder and the model disagree on the input size',
  });
}

/** Refuses lengths that are not one integer in 0 … T for each row. */
export function checkLengths(
  scope: string,
  lengths: readonly number[],
  batchSize: number,
  steps: number,
): void {
  const bad = lengths.findIndex((length) => !Number.isInteger(length) || length < 0 || length > steps);
  if (lengths.length !== batchSize || bad >= 0) {
    throw new UnrolledError('cells', scope, {
      expected: `${batchSize} lengths, each an integer in 0 … ${steps}`,
      got: bad >= 0 ? `${lengths[bad]} at row ${bad}` : `${lengths.length} of them`,
    });
  }
}

/** Refuses limits that are not positive. */
export function checkPositive(scope: string, what: string, value: number): void {
  if (!(value > 0)) {
    throw new UnrolledError('cells', scope, { expected: `${what} to be positive`, got: String(value) });
  }
}
