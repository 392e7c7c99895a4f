/** Checks of the tensors: form, ownership and leaks. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { isTensorOf, tensorInWords } from '../checks';
import { isCell, type Layer, outputShapeOf, type StepInput } from '../contract';
import { disposeTree, flattenParams, mapTree, tensorsOf } from '../tree';
import { BATCH, type Case, CONTEXTS, hasTime, hold, type Result, run } from './case';

const FORM = 'return a state with the names, shapes and types of zeroState, [B, …] each, in every step';

const FIRST = { training: false, time: 0 } as const;

/** Checks the shape and dtype of one step and of a whole sequence. */
export function checkForm(given: Case): void {
  const { part } = given;
  if (isCell(part)) {
    const { output, state } = part.step(given.params, stepInput(given), given.state, FIRST);
    checkOutput('the output of step', output, [[BATCH, part.outputSize]]);
    checkStateForm('step', state, given.state);
  }
  const { output, state } = run(given);
  const shapes = [[...outputShapeOf(part, given.inputs.shape)]];
  checkOutput('output', output, isCell(part) ? shapes : [...shapes, [BATCH, part.outputSize]]);
  checkStateForm('unroll', state, given.state);
}

function checkOutput(what: string, output: unknown, shapes: readonly number[][]): void {
  const fits = shapes.some((shape) => isTensorOf(output, 'float32', shape));
  const wanted = shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
  hold(fits, `${what} ${tensorInWords(output)}`, `return float32 ${wanted}; outputSize is the last size`);
}

function checkStateForm(method: string, state: unknown, before: unknown): void {
  hold(typeof state === 'object' && state !== null, `no state of ${method}`, FORM);
  const [own, old] = [flattenParams(state), flattenParams(before)];
  const same =
    Object.keys(own).length === Object.keys(old).length &&
    Object.entries(old).every(([path, { dtype, shape }]) => isTensorOf(own[path], dtype, shape));
  const words = (flat: Record<string, Tensor>) =>
    Object.entries(flat).map(([path, tensor]) => `${path || 'a tensor'} ${tensorInWords(tensor)}`);
  const listed = (flat: Record<string, Tensor>) => words(flat).join(', ') || 'no tensor';
  hold(same, `a state of ${method} with ${listed(own)}, where zeroState has ${listed(old)}`, FORM);
}

/** Checks that parameters depend only on the seed. */
export function checkSeeds({ part }: Case): void {
  const numbers = (seed: number) =>
    JSON.stringify(tensorsOf(part.init(seed)).map((tensor) => Array.from(tensor.dataSync())));
  const [first, again] = [numbers(3), numbers(3)];
  hold(first === again, 'two sets of parameters from one seed');
  // Tensors of one repeated number, such as zeros, were not drawn at random.
  const drawn = tensorsOf(part.init(0)).some((tensor) => new Set(tensor.dataSync()).size > 1);
  hold(!drawn || first !== numbers(4), 'the same parameters from two seeds');
}

/** Checks that `init` and `zeroState` return float32 tensors, new in each call, and create no others. */
export function checkMakers({ part }: Case): void {
  for (const [method, make] of [
    ['init', () => part.init(1)],
    ['zeroState', () => part.zeroState(BATCH)],
  ] as const) {
    const before = tf.memory().numTensors;
    const [first, second] = [tensorsOf(make()), tensorsOf(make())];
    const left = tf.memory().numTensors - before - first.length - second.length;
    hold(
      left <= 0,
      `${left} tensors left by two calls of ${method}`,
      `wrap the body of ${method} in tf.tidy`,
    );
    const ids = new Set([...first, ...second].map(({ id }) => id));
    const isNew = left === 0 && ids.size === first.length + second.length;
    const anew = `create new tensors in each call of ${method}: the caller disposes of them`;
    hold(isNew, `the same tensor from two calls of ${method}`, anew);
    const other = first.find(({ dtype }) => dtype !== 'float32');
    hold(!other, `${method} with a tensor ${tensorInWords(other)}`, 'return it as float32');
    disposeTree([first, second]);
  }
  const zeros = [part.zeroState(BATCH), part.zeroState(BATCH)].map((state) =>
    JSON.stringify(tensorsOf(state).map((tensor) => Array.from(tensor.dataSync()))),
  );
  hold(zeros[0] === zeros[1], 'two different states from zeroState', 'return the same state in each call');
  for (const [path, tensor] of Object.entries(flattenParams(part.zeroState(BATCH)))) {
    const got = `zeroState(${BATCH}) with '${path}' ${tensorInWords(tensor)}`;
    hold(tensor.shape[0] === BATCH, got, 'give each tensor of the state one row for each row of the batch');
  }
}

/** The input of the first step: [B, I], ids [B]. */
function stepInput({ inputs }: Case): StepInput<'vectors'> {
  return tf.squeeze(tf.slice(inputs, [0, 0], [BATCH, 1]), [1]);
}

/** Runs single steps like a stepper: output and state are disposed separately, and tensors are counted. */
export function checkSteps(given: Case): void {
  const { part, params } = given;
  if (!isCell(part)) return;
  for (const context of CONTEXTS) {
    const input = stepInput(given);
    let state = mapTree(given.state, (tensor) => tf.clone(tensor));
    const start = tf.memory().numTensors - tensorsOf(state).length;
    for (let time = 0; time < 4; time++) {
      const next = part.step(params, input, state, { ...context, time });
      checkFresh('step', next, { params, input, state });
      const whole = tensorsOf([params, input, state]).every(({ isDisposed }) => !isDisposed);
      hold(whole, 'an argument that step disposed', 'do not dispose arguments; tf.tidy frees the rest');
      disposeTree(state);
      state = mapTree(next.state, (tensor) => tf.clone(tensor));
      const [first, second] = time % 2 === 0 ? [next.output, next.state] : [next.state, next.output];
      disposeTree(first);
      const alive = tensorsOf([second, params, input, state]).every(({ isDisposed }) => !isDisposed);
      const got = `a tensor that was disposed with the ${time % 2 === 0 ? 'output' : 'state'} of step`;
      hold(alive, got, 'return new tensors; tf.clone creates a tensor that the caller may dispose of');
      disposeTree(second);
    }
    const left = tf.memory().numTensors - start - tensorsOf(state).length;
    const training = context.training ? ' in training' : '';
    hold(left === 0, `${left} tensors left by 4 steps${training}`, 'wrap the body of step in tf.tidy');
    disposeTree([state, input]);
  }
}

/** Checks that no tensor of a result is an argument, or occurs in the result twice. */
function checkFresh(method: string, { output, state }: Result, given: Record<string, unknown>): void {
  const names = new Map<number, string>();
  for (const [name, tree] of Object.entries(given))
    for (const [path, { id }] of Object.entries(flattenParams(tree)))
      names.set(id, `the argument ${name}${path && ` '${path}'`}`);
  const returned = { output, ...prefixed(flattenParams(state)) };
  for (const [name, { id }] of Object.entries(returned)) {
    const other = names.get(id);
    const got = `${name} of ${method}, which is the same tensor as ${other}`;
    hold(
      other === undefined,
      got,
      `return tf.clone(…) of it as ${name}, because each tensor is disposed separately`,
    );
    names.set(id, name);
  }
}

const prefixed = (flat: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(flat).map(([path, tensor]) => [`state${path && ` '${path}'`}`, tensor]));

/** Checks a whole sequence, by `unroll` and by the part's own implementation if it has one. */
export function checkOwnership(given: Case): void {
  const { part, params, inputs, state } = given;
  const own = part.unroll?.bind(part) as Layer<unknown, unknown>['unroll'] | undefined;
  const inTime = hasTime(part) ? [{ lengths: [0, 0, 0] }, { reverse: true }] : [];
  for (const options of [{}, { fused: false }, { context: CONTEXTS[1]! }, ...inTime]) {
    for (const way of [
      () => run(given, options),
      own && (() => own(params, inputs as never, state, options)),
    ]) {
      if (!way) continue;
      const before = tf.memory().numTensors;
      const result = way();
      checkFresh('unroll', result, { params, inputs, state });
      const returned = [result.output, ...tensorsOf(result.state)];
      const left = tf.memory().numTensors - before - returned.length;
      hold(left === 0, `${left} tensors left by unroll`, 'wrap the body of unroll, or of step, in tf.tidy');
      for (const tensor of returned) tensor.dispose();
      hold(
        tensorsOf([inputs, params, state]).every(({ isDisposed }) => !isDisposed),
        'an argument that was disposed with the result',
        'return new tensors, and do not dispose arguments',
      );
    }
  }
}

/** Checks that the same seed gives the same results. */
export function checkRepeats(given: Case): void {
  for (const context of CONTEXTS) {
    const [first, again] = [run(given, { context }), run(given, { context })].map(({ output, state }) =>
      tensorsOf([output, state]).map((tensor) => Array.from(tensor.dataSync())),
    );
    const same = JSON.stringify(first) === JSON.stringify(again);
    hold(same, `two results for one input${context.training ? ' in training' : ''}`);
  }
}
