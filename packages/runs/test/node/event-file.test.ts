/**
 * The bytes of TensorFlow's own writer; and TensorBoard's; made again by the scripts in fixtures/tensorboard.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encodeScalars, encodeVersion } from '../../src/node/event-file';
import { writeTrialEvents } from '../../src/node/trial-events';

test('an event file has the bytes that TensorFlow writes', () => {
  const expected = readFileSync(
    new URL('../../../../fixtures/tensorboard/scalars.tfevents', import.meta.url),
  );
  const records = [
    encodeVersion(1763942400.25),
    encodeScalars({ step: 0, wallTime: 1763942401.5, scalars: { 'loss/train': 4.125, left_out: undefined } }),
    encodeScalars({
      step: 300,
      wallTime: 1763942402.75,
      scalars: { 'loss/train': 1.6094379, 'loss/validation': 0, 손실: Number.POSITIVE_INFINITY },
    }),
    encodeScalars({ step: 5_000_000_000, wallTime: 1763942403, scalars: { ['a'.repeat(200)]: -1e-30 } }),
  ];
  expect(Buffer.concat(records).toString('hex')).toBe(expected.toString('hex'));
});

test('a trial has the bytes that TensorBoard writes for HParams', async () => {
  const expected = readFileSync(new URL('../../../../fixtures/tensorboard/trial.tfevents', import.meta.url));
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'unrolled-trial-')), 'events.out.tfevents.trial');
  const trial = {
    hyperparameters: { rate: 0.015, cell: 'gru', tied: true, none: null, zero: false },
    scalars: [{ step: 3, scalars: { value: 0.5 } }],
    wallTime: 1763942400.25,
  };
  await writeTrialEvents(file, { ...trial, state: 'complete' });
  expect(readFileSync(file).toString('hex')).toBe(expected.toString('hex'));
  await writeTrialEvents(file, { ...trial, state: 'running' });
  expect(expected.includes(readFileSync(file))).toBe(true);
  rmSync(path.dirname(file), { recursive: true });
});
