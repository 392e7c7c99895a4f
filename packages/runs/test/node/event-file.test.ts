/** The bytes of TensorFlow's own writer; made again by `python fixtures/tensorboard/make.py`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeScalars, encodeVersion } from '../../src/node/event-file';

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
