/** Throws if a value is not a model. The error names the function that received it. */
import type { AnyCell, AnyLayer, AnyPart } from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkOptions, refuse } from './refuse';

/** The common members of every part; a cell has `step`, a layer `unroll`. */
type PartForm = Omit<AnyCell, 'step' | 'inputKind'> &
  Partial<Pick<AnyCell, 'step'> & Pick<AnyLayer, 'inputKind'>>;

const KINDS: OptionKinds<PartForm> = {
  name: 'string?',
  inputSize: 'positive integer',
  outputSize: 'positive integer',
  inputKind: "'vectors' or 'ids' or 'pictures'?",
  carriesState: 'boolean?',
  outputShape: 'function?',
  init: 'function',
  zeroState: 'function',
  step: 'function?',
  unroll: 'function?',
};

export function checkModel(scope: string, model: unknown): asserts model is AnyPart {
  const { init, zeroState } = Object(model) as Record<string, unknown>;
  if (typeof init !== 'function' && typeof zeroState !== 'function') {
    refuse(scope, {
      expected: 'a model: a cell or a layer',
      got: inWords(model),
      remedy: 'pass the model itself, such as lstm(…) or stack([…]), not its parameters',
    });
  }
  checkOptions<PartForm>(scope, model as PartForm, KINDS, true);
}
