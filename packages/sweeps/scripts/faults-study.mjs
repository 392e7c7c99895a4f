// The study of faults.mjs: trials whose every bit is known beforehand.
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
/** A number of [0, 1) out of a state's first bytes. */
export const worthOf = (state) => state.readUInt32BE(0) / 2 ** 32;
