import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINARIES, CELLS, type Choice, choiceFor, isSameRun, OPTIMIZERS, TEXTS } from '../src/choice';
import {
  addressOf,
  FIRST,
  GATES,
  LANGUAGES,
  MOST_OWN,
  type PageState,
  SEEN,
  stateFrom,
  THEMES,
  VIEWS,
} from '../src/state/address';

const choices: fc.Arbitrary<Choice> = fc.record({
  text: fc.constantFrom(...TEXTS),
  own: fc.string({ unit: 'binary', maxLength: 60 }).map((text) => text.toWellFormed()),
  cell: fc.constantFrom(...CELLS),
  beside: fc.constantFrom('none' as const, ...CELLS),
  layers: fc.integer({ min: 1, max: 4 }),
  units: fc.integer({ min: 1, max: 256 }),
  unroll: fc.integer({ min: 2, max: 200 }),
  batch: fc.integer({ min: 1, max: 64 }),
  optimizer: fc.constantFrom(...OPTIMIZERS),
  rate: fc.double({ min: 0.00001, max: 10, noNaN: true }),
  clip: fc.double({ min: 0, max: 1000, noNaN: true }).map((value) => value + 0),
  temperature: fc.double({ min: 0, max: 5, noNaN: true }).map((value) => value + 0),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  simd: fc.constantFrom(...BINARIES),
});
const seen = Object.fromEntries(
  Object.entries(SEEN).map(([name, { most }]) => [name, fc.integer({ min: 0, max: most })]),
) as { [Name in keyof typeof SEEN]: fc.Arbitrary<number> };
const states: fc.Arbitrary<PageState> = fc.record({
  choice: choices,
  steps: fc.integer({ min: 0, max: 1_000_000 }),
  past: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
  seen: fc.record(seen),
  gate: fc.constantFrom(...GATES),
  view: fc.constantFrom(...VIEWS),
  language: fc.constantFrom(undefined, ...LANGUAGES),
  theme: fc.constantFrom(...THEMES),
  looked: fc.string({ maxLength: 40 }),
});

describe('the address', () => {
  it('holds the whole state', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(stateFrom(addressOf(state))).toEqual(state);
      }),
    );
  });

  it('is read from any text, within the ranges', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), fc.string(), (hash, value) => {
        const { choice } = stateFrom(`#units=${value}&rate=${value}&${hash}`);
        expect(choice.units).toSatisfy(
          (units: number) => Number.isInteger(units) && units >= 1 && units <= 256,
        );
        expect(choice.rate).toBeGreaterThan(0);
      }),
    );
  });

  it('keeps the default for a wrong value', () => {
    expect(stateFrom('#units=257&layers=1.5&rate=-1&cell=transformer&text=bible&view=__proto__')).toEqual(
      FIRST,
    );
    expect(stateFrom('')).toEqual(FIRST);
  });

  it('is short if nothing was changed, and omits a user’s text that is too long', () => {
    expect(addressOf(FIRST)).toBe('#text=hihello');
    const long = { ...FIRST, choice: { ...choiceFor('own'), own: 'a'.repeat(MOST_OWN + 1) } };
    expect(stateFrom(addressOf(long)).choice.own).toBe('');
  });

  it('knows which choices begin another run', () => {
    const choice = choiceFor('hihello');
    expect(isSameRun(choice, { ...choice, temperature: 1 })).toBe(true);
    expect(isSameRun(choice, { ...choice, seed: 2 })).toBe(false);
  });
});
