/**
 * Checks of whole runs: rows, lengths, padding, reverse, splitting, and a part's own implementation compared
 * with its steps.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inputKindOf, lengthsAfter } from '../contract';
import { mapTree } from '../tree';
import {
  BATCH,
  type Case,
  type Close,
  CONTEXTS,
  hold,
  LENGTHS,
  pathsOf,
  rowsOf,
  run,
  STEPS,
  stepsOf,
} from './case';
import { runWithGradients } from './gradients';

/** Checks each row alone against its result in the batch. */
export function checkRows(given: Case, close: Close): void {
  const all = run(given);
  for (let row = 0; row < BATCH; row++) {
    const alone = run({ ...given, inputs: rowsOf(given.inputs, row, 1), state: rowsOf(given.state, row, 1) });
    close(`row ${row}`, alone.output, rowsOf(all.output, row, 1));
    close(`row ${row}: state`, alone.state, rowsOf(all.state, row, 1));
  }
}

/** Checks rows that are cut at their lengths. */
export function checkLengths(given: Case, close: Close): void {
  const all = run(given, { lengths: LENGTHS });
  const after = lengthsAfter(given.part, LENGTHS)!;
  LENGTHS.forEach((length, row) => {
    const [valid, steps] = [after[row]!, all.output.shape[1]!];
    const rowState = rowsOf(given.state, row, 1);
    const output = rowsOf(all.output, row, 1);
    const state = rowsOf(all.state, row, 1);
    if (output.rank === 3 && valid < steps) {
      const past = stepsOf(output, valid, steps - valid).dataSync();
      const bad = past.findIndex((value) => value !== 0);
      const time = valid + Math.floor(bad / given.part.outputSize);
      hold(
        bad < 0,
        `an output of ${past[bad]} at row ${row}, step ${time}, past the row's length of ${length}`,
      );
    }
    if (length === 0) {
      close(`row ${row}: state`, state, rowState);
      return;
    }
    if (valid === 0) return;
    const inputs = stepsOf(rowsOf(given.inputs, row, 1), 0, length);
    const alone = run({ ...given, inputs, state: rowState });
    close(`row ${row}`, output.rank === 3 ? stepsOf(output, 0, valid) : output, alone.output);
    close(`row ${row}: state`, state, alone.state);
  });
}

/** Checks with NaN and infinity (for ids numbers outside the vocabulary) past the lengths. */
export function checkPadding(given: Case, close: Close): void {
  for (const options of pathsOf(given.part)) {
    const clean = runWithGradients(given, options);
    for (const poison of inputKindOf(given.part) === 'ids' ? [-1, given.part.inputSize] : NOT_FINITE) {
      const { shape, dtype } = given.inputs;
      const padding = tf.fill(shape, poison, dtype as 'float32');
      const inputs = tf.where(validInputs(given.inputs), given.inputs, padding);
      const poisoned = runWithGradients({ ...given, inputs }, options);
      const said = `, with ${poison} in the input past the lengths ${LENGTHS.join(', ')}`;
      const told = { said, ragged: true };
      close('output', poisoned.output, clean.output, told);
      close('state', poisoned.state, clean.state, told);
      close('gradient of', poisoned.gradients, clean.gradients, told);
    }
    // The state of a row without a step must not matter either.
    const empty = LENGTHS.indexOf(0);
    for (const poison of NOT_FINITE) {
      const state = mapTree(given.state, (tensor) => {
        const rows = LENGTHS.map((length, row) =>
          rowsOf(length === 0 ? tf.fill(tensor.shape, poison) : tensor, row, 1),
        );
        return tf.concat(rows);
      });
      const poisoned = runWithGradients({ ...given, state }, options);
      const said = `, with ${poison} in the state of row ${empty}, whose length is 0`;
      const told = { said, ragged: true };
      close('output', poisoned.output, clean.output, told);
      close('gradient of', poisoned.gradients, clean.gradients, told);
      for (const rows of [[0, empty] as const, [empty + 1, BATCH - empty - 1] as const])
        close('state', rowsOf(poisoned.state, ...rows), rowsOf(clean.state, ...rows), told);
    }
  }
}

const NOT_FINITE = [Number.NaN, Number.POSITIVE_INFINITY];

/** bool [B, T, 1] (ids: [B, T]): whether a step is within its row's length. */
function validInputs({ rank }: Tensor): Tensor {
  const valid = LENGTHS.flatMap((length) =>
    Array.from({ length: STEPS }, (_, time) => (time < length ? 1 : 0)),
  );
  return tf.tensor(valid, rank === 3 ? [BATCH, STEPS, 1] : [BATCH, STEPS], 'bool');
}

/** Compares reversed runs with runs of reversed rows. */
export function checkReverse(given: Case, close: Close): void {
  const flip = (sequence: Tensor) =>
    tf.concat(
      LENGTHS.map((length, row) => {
        const one = rowsOf(sequence, row, 1);
        return tf.concat([tf.reverse(stepsOf(one, 0, length), 1), stepsOf(one, length, STEPS - length)], 1);
      }),
    );
  const backward = run(given, { lengths: LENGTHS, reverse: true });
  const flipped = run({ ...given, inputs: flip(given.inputs) }, { lengths: LENGTHS });
  // The two directions would be exchanged; the tests of bidirectional cover this.
  if (given.part.carriesState === false) return;
  if (backward.output.rank === 3) close('output', backward.output, flip(flipped.output), { ragged: true });
  close('state', backward.state, flipped.state);
}

/** Checks two halves, with the state carried from one to the other. */
export function checkSplit(given: Case, close: Close): void {
  const whole = run(given);
  const first = run({ ...given, inputs: stepsOf(given.inputs, 0, 2) });
  const rest = run({ ...given, inputs: stepsOf(given.inputs, 2, STEPS - 2), state: first.state });
  if (whole.output.rank === 3) close('output', tf.concat([first.output, rest.output], 1), whole.output);
  close('state', rest.state, whole.state);
}

/** Compares the part's own or fused implementation with its steps. */
export function checkFused(given: Case, close: Close): void {
  for (const reverse of [false, true]) {
    for (const lengths of [undefined, LENGTHS]) {
      for (const context of CONTEXTS) {
        const options = { lengths, reverse, context };
        const fast = run(given, options);
        const reference = run(given, { ...options, fused: false });
        const asked = [
          lengths && `lengths ${lengths.join(', ')}`,
          reverse && 'reverse',
          context.training && 'training',
        ];
        const said = `, by ${asked.filter(Boolean).join(', ') || 'no options'}`;
        const told = { said, ragged: lengths !== undefined };
        close('output', fast.output, reference.output, told);
        close('state', fast.state, reference.state, told);
      }
    }
  }
}
