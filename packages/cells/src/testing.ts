/**
 * The contract as a list of checks that any cell or layer must pass, built in or a user's own. It needs no
 * test framework: `for (const { name, check } of contractChecks(myCell)) it(name, check);`
 */

import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  type AnyPart,
  type InputKind,
  inputKindOf,
  isCell,
  nameOf,
  type UnrollOptions,
} from './contract';
import { type Random, random } from './random';
import { disposeTree, flattenParams, mapTree, tensorsOf, tidy, unflattenParams } from './tree';
import { unroll } from './unroll';

/** One property that the contract asks for; `check` throws an Error that says what does not hold. */
export interface ContractCheck {
  readonly name: string;
  check(): void;
}

const BATCH = 3;
const STEPS = 6;
const LENGTHS = [6, 0, 4];

type Case = { part: AnyPart; params: unknown; inputs: Tensor; state: unknown; random: Random };
type Result = { output: Tensor; state: unknown };

/**
 * The checks for one part: shapes, seeds, memory, splitting over time, independence of rows, lengths,
 * reverse, the part's own `unroll` against its steps, gradients against finite differences, and that NaN or
 * infinity past a row's length reaches no output, state or gradient.
 *
 * @param part a cell or layer, of any sizes; small ones are quick
 * @param options `tolerance`: the largest difference that counts as equal; default 1e-5, for values about 1
 */
export function contractChecks(part: AnyPart, { tolerance = 1e-5 } = {}): ContractCheck[] {
  const named = (name: string, body: (given: Case) => void): ContractCheck => ({
    name,
    check: () => withCase(part, name, body),
  });
  const close = (what: string, a: Tensor, b: Tensor) => expectClose(what, a, b, tolerance);
  const carries = part.carriesState !== false;
  const checks = [
    named('gives [B, T, O] and a state of the initial form', checkShapes),
    named('initializes the same from the same seed, differently from another', checkSeeds),
    named('returns no tensor that it was given, and keeps none', checkOwnership),
    named('gives each row what it would get alone', (given) => checkRows(given, close)),
    named('stops at each row’s length', (given) => checkLengths(given, close)),
    named('ignores what stands past a row’s length', (given) => checkPadding(given, close)),
    named('has gradients of 0 where no row has a step', checkNoSteps),
    named('in reverse equals the flipped rows', (given) => checkReverse(given, close)),
    named('has the gradients that finite differences give', checkGradients),
  ];
  if (carries) checks.push(named('splits over time', (given) => checkSplit(given, close)));
  if (isCell(part))
    checks.push(named('gives the same fused and step by step', (given) => checkFused(given, close)));
  return checks;
}

function withCase(part: AnyPart, name: string, body: (given: Case) => void): void {
  tf.tidy(() => {
    const draws = random(7);
    const params = perturbed(part.init(1), draws);
    const state = perturbed(part.zeroState(BATCH), draws);
    const inputs = someInputs(inputKindOf(part), part.inputSize, draws);
    try {
      body({ part, params, inputs, state, random: draws });
    } catch (error) {
      throw new Error(`${nameOf(part)}: ${name}: ${(error as Error).message}`, { cause: error });
    }
  });
}

const noise = (shape: readonly number[], { normal }: Random, scale: number) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => normal() * scale),
    [...shape],
  );

/** The same tree with noise added, so that no weight and no state is zero. */
const perturbed = (tree: unknown, draws: Random) =>
  mapTree(tree, (tensor) => tf.add(tensor, noise(tensor.shape, draws, 0.3)));

function someInputs(kind: InputKind, size: number, draws: Random): Tensor {
  if (kind === 'vectors') return noise([BATCH, STEPS, size], draws, 1);
  const ids = Int32Array.from({ length: BATCH * STEPS }, () => Math.floor(draws.uniform() * size));
  return tf.tensor2d(ids, [BATCH, STEPS], 'int32');
}

function run({ part, params, inputs, state }: Omit<Case, 'random'>, options: UnrollOptions = {}): Result {
  return unroll(part as AnyLayer, params, inputs as never, { ...options, initialState: state }) as Result;
}

function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

function expectClose(what: string, a: Tensor, b: Tensor, tolerance: number): void {
  assert(tf.util.arraysEqual(a.shape, b.shape), `${what} has shape [${a.shape}], expected [${b.shape}]`);
  const differences = tf.tidy(() => tf.abs(tf.sub(a, b)).dataSync<'float32'>());
  let worst = 0;
  for (const difference of differences) worst = difference <= worst ? worst : difference; // NaN wins
  assert(worst <= tolerance, `${what} differs by ${worst}, allowed ${tolerance}`);
}

type Close = (what: string, a: Tensor, b: Tensor) => void;

function closeTrees(what: string, a: unknown, b: unknown, close: Close): void {
  const other = flattenParams(b);
  for (const [path, tensor] of Object.entries(flattenParams(a)))
    close(`${what} ${path}`, tensor, other[path]!);
}

const rowsOf = <T>(tree: T, start: number, count: number): T =>
  mapTree(tree, (tensor) =>
    tf.slice(tensor, [start, ...tensor.shape.slice(1).map(() => 0)], [count, ...tensor.shape.slice(1)]),
  );

const stepsOf = (sequence: Tensor, start: number, count: number): Tensor =>
  tf.slice(sequence, [0, start], [sequence.shape[0]!, count]);

function checkShapes(given: Case): void {
  const { output, state } = run(given);
  const first = output.rank === 3 ? [BATCH, STEPS] : [BATCH];
  const expected = [...first, given.part.outputSize];
  assert(tf.util.arraysEqual(output.shape, expected), `output [${output.shape}], expected [${expected}]`);
  unflattenParams(given.state, flattenParams(state));
}

function checkSeeds({ part }: Case): void {
  const numbers = (seed: number) =>
    JSON.stringify(tensorsOf(part.init(seed)).map((tensor) => Array.from(tensor.dataSync())));
  const [first, again] = [numbers(3), numbers(3)];
  assert(first === again, 'one seed gave two sets of parameters');
  const drawn = tensorsOf(part.init(0)).length > 0;
  assert(!drawn || first !== numbers(4), 'two seeds gave the same parameters');
}

function checkOwnership(given: Case): void {
  for (const options of [{}, { lengths: [0, 0, 0] }, { fused: false }]) {
    const before = tf.memory().numTensors;
    const result = run(given, options);
    const returned = [result.output, ...tensorsOf(result.state)];
    assert(
      tf.memory().numTensors === before + returned.length,
      `${tf.memory().numTensors - before} tensors appeared, ${returned.length} were returned`,
    );
    for (const tensor of returned) tensor.dispose();
    const kept = [given.inputs, ...tensorsOf(given.params), ...tensorsOf(given.state)];
    assert(!kept.some((tensor) => tensor.isDisposed), 'disposing the result disposed what was given');
  }
  const zero = given.part.zeroState(BATCH);
  disposeTree(zero);
}

function checkRows(given: Case, close: Close): void {
  const all = run(given);
  for (let row = 0; row < BATCH; row++) {
    const alone = run({ ...given, inputs: rowsOf(given.inputs, row, 1), state: rowsOf(given.state, row, 1) });
    close(`row ${row}`, alone.output, rowsOf(all.output, row, 1));
    closeTrees(`row ${row}: state`, alone.state, rowsOf(all.state, row, 1), close);
  }
}

function checkLengths(given: Case, close: Close): void {
  const all = run(given, { lengths: LENGTHS });
  LENGTHS.forEach((length, row) => {
    const rowState = rowsOf(given.state, row, 1);
    const output = rowsOf(all.output, row, 1);
    const state = rowsOf(all.state, row, 1);
    if (output.rank === 3 && length < STEPS) {
      const past = stepsOf(output, length, STEPS - length);
      assert(
        past.dataSync().every((value) => value === 0),
        `row ${row}: output past its length is not 0`,
      );
    }
    if (length === 0) {
      closeTrees(`row ${row}: state`, state, rowState, close);
      return;
    }
    const inputs = stepsOf(rowsOf(given.inputs, row, 1), 0, length);
    const alone = run({ ...given, inputs, state: rowState });
    close(`row ${row}`, output.rank === 3 ? stepsOf(output, 0, length) : output, alone.output);
    closeTrees(`row ${row}: state`, state, alone.state, close);
  });
}

function checkPadding(given: Case, close: Close): void {
  for (const options of pathsOf(given.part)) {
    const clean = runWithGradients(given, options);
    for (const poison of inputKindOf(given.part) === 'ids' ? [-1, given.part.inputSize] : NOT_FINITE) {
      const { shape, dtype } = given.inputs;
      const padding = tf.fill(shape, poison, dtype as 'float32');
      const inputs = tf.where(validInputs(given.inputs), given.inputs, padding);
      const poisoned = runWithGradients({ ...given, inputs }, options);
      close('output', poisoned.output, clean.output);
      closeTrees('state', poisoned.state, clean.state, close);
      closeTrees('gradient of', poisoned.gradients, clean.gradients, close);
    }
    // Nor does the state of a row that takes no step.
    const empty = LENGTHS.indexOf(0);
    for (const poison of NOT_FINITE) {
      const state = mapTree(given.state, (tensor) => {
        const rows = LENGTHS.map((length, row) =>
          rowsOf(length === 0 ? tf.fill(tensor.shape, poison) : tensor, row, 1),
        );
        return tf.concat(rows);
      });
      const poisoned = runWithGradients({ ...given, state }, options);
      close('output', poisoned.output, clean.output);
      closeTrees('gradient of', poisoned.gradients, clean.gradients, close);
      for (const rows of [[0, empty] as const, [empty + 1, BATCH - empty - 1] as const])
        closeTrees('state', rowsOf(poisoned.state, ...rows), rowsOf(clean.state, ...rows), close);
    }
  }
}

const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY];

/** Both directions, as the part likes and, where it can, step by step. */
function pathsOf(part: AnyPart): UnrollOptions[] {
  const directions = [{ lengths: LENGTHS }, { lengths: LENGTHS, reverse: true }];
  const steps = directions.map((options) => ({ ...options, fused: false }));
  return isCell(part) ? [...directions, ...steps] : directions;
}

/** bool [B, T, 1] (ids: [B, T]): whether a step is within its row's length. */
function validInputs({ rank }: Tensor): Tensor {
  const valid = LENGTHS.flatMap((length) =>
    Array.from({ length: STEPS }, (_, time) => (time < length ? 1 : 0)),
  );
  return tf.tensor(valid, rank === 3 ? [BATCH, STEPS, 1] : [BATCH, STEPS], 'bool');
}

function checkNoSteps(given: Case): void {
  const lengths = LENGTHS.map(() => 0);
  for (const options of pathsOf(given.part)) {
    const { gradients } = runWithGradients(given, { ...options, lengths });
    for (const [name, gradient] of Object.entries(gradients)) {
      if (name.startsWith('state')) continue; // It is the final state's.
      assert(
        gradient.dataSync().every((value) => value === 0),
        `the gradient of ${name} is not 0`,
      );
    }
  }
}

function checkReverse(given: Case, close: Close): void {
  const flip = (sequence: Tensor) =>
    tf.concat(
      LENGTHS.map((length, row) => {
        const one = rowsOf(sequence, row, 1);
        return tf.concat([tf.reverse(stepsOf(one, 0, length), 1), stepsOf(one, length, STEPS - length)], 1);
      }),
    );
  const backward = run(given, { lengths: LENGTHS, reverse: true });
  const flipped = run({ ...given, inputs: flip(given.inputs) }, { lengths: LENGTHS });
  if (given.part.carriesState === false) return; // both directions swap: see the tests of bidirectional
  if (backward.output.rank === 3) close('output', backward.output, flip(flipped.output));
  closeTrees('state', backward.state, flipped.state, close);
}

function checkSplit(given: Case, close: Close): void {
  const whole = run(given);
  const first = run({ ...given, inputs: stepsOf(given.inputs, 0, 2) });
  const rest = run({ ...given, inputs: stepsOf(given.inputs, 2, STEPS - 2), state: first.state });
  if (whole.output.rank === 3) close('output', tf.concat([first.output, rest.output], 1), whole.output);
  closeTrees('state', rest.state, whole.state, close);
}

function checkFused(given: Case, close: Close): void {
  for (const reverse of [false, true]) {
    for (const lengths of [undefined, LENGTHS]) {
      for (const context of [{ training: false }, { training: true, seed: 5 }] as const) {
        const options = { lengths, reverse, context };
        const fast = run(given, options);
        const reference = run(given, { ...options, fused: false });
        close('output', fast.output, reference.output);
        closeTrees('state', fast.state, reference.state, close);
      }
    }
  }
}

/** What a gradient may be asked of: parameters, initial state and, unless they are ids, inputs, by path. */
function variablesOf({ params, state, inputs }: Omit<Case, 'random'>): Record<string, Tensor> {
  return {
    ...prefixed('params', flattenParams(params)),
    ...prefixed('state', flattenParams(state)),
    ...(inputs.rank === 3 ? { inputs } : {}),
  };
}

/** The case with other values of what `variablesOf` gives. */
function withVariables<C extends Omit<Case, 'random'>>(given: C, of: Record<string, Tensor>): C {
  const pick = (tree: unknown, prefix: string) => mapTree(tree, (_, path) => of[`${prefix}.${path}`]!);
  return {
    ...given,
    params: pick(given.params, 'params'),
    state: pick(given.state, 'state'),
    inputs: of.inputs ?? given.inputs,
  };
}

/** A scalar that depends on every output and every final state. */
function someLoss({ output, state }: Result): Tensor {
  const parts = [output, ...tensorsOf(state)].map((tensor) => {
    const weights = noise(tensor.shape, random(11), 1);
    return tf.sum(tf.mul(tensor, weights));
  });
  return tf.addN(parts);
}

/** A run, and the gradients of `someLoss` by the names of `variablesOf`. */
function runWithGradients(
  given: Case,
  options: UnrollOptions,
): Result & { gradients: Record<string, Tensor> } {
  const variables = variablesOf(given);
  const names = Object.keys(variables);
  const gradients = tf.grads((...tensors: Tensor[]) => {
    const of = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    return someLoss(run(withVariables(given, of), options)) as tf.Scalar;
  })(Object.values(variables));
  return {
    ...run(given, options),
    gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i]!])),
  };
}

/**
 * Along a random direction of each tensor: (loss(x + εd) − loss(x − εd)) / 2ε against the gradient times d.
 */
function checkGradients(given: Case): void {
  const variables = variablesOf(given);
  const options = { lengths: LENGTHS };
  const { gradients } = runWithGradients(given, options);
  const epsilon = 2e-3;
  for (const [name, tensor] of Object.entries(variables)) {
    const direction = noise(tensor.shape, given.random, 1);
    const shifted = (amount: number) =>
      tidy(() => {
        const moved = { ...variables, [name]: tf.add(tensor, tf.mul(direction, amount)) };
        return someLoss(run(withVariables(given, moved), options)).dataSync()[0]!;
      });
    const numeric = (shifted(epsilon) - shifted(-epsilon)) / (2 * epsilon);
    const exact = tf.sum(tf.mul(gradients[name]!, direction)).dataSync()[0]!;
    const scale = Math.max(1, Math.abs(numeric), Math.abs(exact));
    assert(
      Math.abs(numeric - exact) <= 5e-3 * scale,
      `${name}: gradient ${exact}, finite difference ${numeric}`,
    );
  }
}

const prefixed = (prefix: string, record: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(record).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
