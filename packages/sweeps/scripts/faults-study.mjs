// The study of faults.mjs: trials whose results are known in advance, to the last bit.
import { createHash } from 'node:crypto';
import { float, integer, randomSampler } from '../dist/index.js';

export const STUDY = 'faults';
export const STEPS = 8;
export const METHODS = {
  space: { x: float(0, 1), n: integer(1, 1000) },
  sampler: randomSampler({ seed: 7 }),
};

export const start = (number, parameters) => Buffer.from(`${number} ${JSON.stringify(parameters)}`);
export const next = (state) => createHash('sha512').update(state).digest();
/** A number in [0, 1) from a state's first bytes. */
export const worthOf = (state) => state.readUInt32BE(0) / 2 ** 32;
