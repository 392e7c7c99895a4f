/**
 * The contract as a list of checks that every cell or layer must pass, whether built in or user-defined. It
 * needs no test framework: `for (const { name, check } of contractChecks(myCell)) it(name, check);`
 */
import type { OptionKinds } from '@unrolled/errors';
import { checkPart } from './checks';
import { type AnyPart, isCell } from './contract';
import { type Case, type Close, closeWithin, hasTime, withCase } from './contract-suite/case';
import { checkGradients, checkNoSteps } from './contract-suite/gradients';
import {
  checkFused,
  checkLengths,
  checkPadding,
  checkReverse,
  checkRows,
  checkSplit,
} from './contract-suite/runs';
import {
  checkForm,
  checkMakers,
  checkOwnership,
  checkRepeats,
  checkSeeds,
  checkSteps,
} from './contract-suite/tensors';
import { check, checkOptions } from './refuse';

/** One property that the contract requires. `check` throws an UnrolledError that names the violation. */
export interface ContractCheck {
  readonly name: string;
  check(): void;
}

/** The options of {@link contractChecks}. */
export interface ContractOptions {
  /** The largest difference between equal values; default 1e-5, for values of about 1. */
  readonly tolerance?: number | undefined;
}

const KINDS: OptionKinds<ContractOptions> = { tolerance: 'number?' };

/** Creates a check from its name, its remedy and its body. */
type NamedCheck = (name: string, remedy: string, body: (given: Case) => void) => ContractCheck;

/**
 * The checks for one part: shapes, seeds, ownership and leaks of tensors (by step and by whole sequence),
 * splitting over time, independence of rows, lengths, reverse, the part's own `unroll` compared with its
 * steps, gradients compared with finite differences, and NaN or infinity past a row's length, which must
 * affect no output, state or gradient.
 *
 * @param part a cell or layer of any sizes; small sizes are fast
 * @param options `tolerance`: the largest difference between equal values; default 1e-5, for values of about
 *   1
 */
export function contractChecks(part: AnyPart, options: ContractOptions = {}): ContractCheck[] {
  checkPart('contractChecks', part);
  checkOptions('contractChecks', options, KINDS);
  const { tolerance = 1e-5 } = options;
  check.number('contractChecks', 'tolerance', tolerance, tolerance >= 0, 'of at least 0');
  const close = closeWithin(tolerance);
  const named: NamedCheck = (name, remedy, body) => ({
    name,
    check: () => withCase(part, name, remedy, body),
  });
  const checks = [
    named(
      'gives [B, T, O] and a state of the initial form',
      'return { output, state } of the shapes of outputSize and zeroState',
      checkForm,
    ),
    named(
      'initializes equally from the same seed, and differently from another',
      'draw every number from random(seed) of @unrolled/cells',
      checkSeeds,
    ),
    named(
      'creates new parameters and states in each call, and leaves no other tensors',
      'use tf.tidy',
      checkMakers,
    ),
    named('returns none of its arguments, and keeps none', 'use tf.tidy and tf.clone', checkOwnership),
    named(
      'returns the same for the same input',
      'draw random numbers in training from random(context.seed) and context.time, not from Math.random',
      checkRepeats,
    ),
    named(
      'computes each row as if it were alone',
      'compute along the last axis; no mean or sum over the rows',
      (given) => checkRows(given, close),
    ),
    named(
      'has gradients that agree with finite differences',
      'compute with tfjs ops from params, input and state only, without dataSync; correct the gradFunc of a tf.customGrad',
      checkGradients,
    ),
  ];
  if (hasTime(part)) checks.push(...timeChecks(named, close));
  if (part.carriesState !== false) {
    const remedy = 'return everything that the next step needs as state, or set carriesState: false';
    checks.push(named('splits over time', remedy, (given) => checkSplit(given, close)));
  }
  if (isCell(part)) {
    checks.push(
      named(
        'takes steps that return new tensors and leave no others',
        'use tf.tidy and tf.clone in step',
        checkSteps,
      ),
      named(
        'gives the same fused and step by step',
        'let unroll compute what step does, with lengths, reverse and context',
        (given) => checkFused(given, close),
      ),
    );
  }
  return checks;
}

/** The checks that apply only to sequences. */
function timeChecks(named: NamedCheck, close: Close): ContractCheck[] {
  return [
    named(
      'stops at each row’s length',
      'follow options.lengths in unroll: output 0 past them, the state of the last valid step',
      (given) => checkLengths(given, close),
    ),
    named(
      'ignores values past a row’s length',
      'replace it by tf.where before any computation with it: NaN times 0 is NaN, in gradients, too',
      (given) => checkPadding(given, close),
    ),
    named(
      'has gradients of 0 where no row has a step',
      'if every length is 0, return outputs of 0 and the initial state',
      checkNoSteps,
    ),
    named(
      'in reverse equals the flipped rows',
      'follow options.reverse in unroll: from each row’s last valid step to its first, with the output in the order of the input',
      (given) => checkReverse(given, close),
    ),
  ];
}
