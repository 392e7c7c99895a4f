/** What every part checks of what it is given, in one place, so that all of them refuse in the same words. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { type AnyPart, inputKindOf, nameOf } from './contract';
import { check, refuse } from './refuse';

/** Refuses rates outside [0, 1). */
export function checkRate(scope: string, what: string, rate: number): void {
  const remedy = 'it is the share that is dropped, not the share that is kept';
  check.number(scope, what, rate, rate >= 0 && rate < 1, 'in [0, 1)', remedy);
}

/** Refuses an input [B, T, I] (ids: [B, T]) that does not fit the part. */
export function checkSequence(part: AnyPart, inputs: Tensor): void {
  const ids = inputKindOf(part) === 'ids';
  const fits = ids
    ? inputs.rank === 2 && inputs.dtype === 'int32'
    : inputs.rank === 3 && inputs.dtype === 'float32' && inputs.shape[2] === part.inputSize;
  if (!fits) refuseInput(part, ids ? 'int32 ids [B, T]' : `float32 input [B, T, ${part.inputSize}]`, inputs);
  if (inputs.shape[1] === 0) {
    refuse(nameOf(part), { expected: 'at least one time step', got: 'none' });
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
  refuse(nameOf(part), {
    expected,
    got: `${input.dtype} [${input.shape.join(', ')}]`,
    remedy:
      inputKindOf(part) === 'ids'
        ? 'give ids as an int32 tensor'
        : 'the encoder and the model disagree on the input size',
  });
}
