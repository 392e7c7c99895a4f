import {
  type Checks,
  checksOf,
  type KindCheck,
  kindCheckOf,
  type OptionsCheck,
  optionsCheckOf,
  type Refuse,
  refuser,
} from '@unrolled/errors';

/** Throws this package's error. */
export const refuse: Refuse = refuser('audio');

/** Checks options against their table, in this package's name. */
export const checkOptions: OptionsCheck = /* @__PURE__ */ optionsCheckOf(refuse);

/** Checks one value, in this package's name. */
export const checkKind: KindCheck = /* @__PURE__ */ kindCheckOf(refuse);

/** The shared checks, in this package's name. */
export const check: Checks = /* @__PURE__ */ checksOf(refuse);

/** Refuses samples that are not finite numbers. `offset` is the number of samples before them. */
export function checkSamples(scope: string, samples: ArrayLike<number>, offset = 0): void {
  checkKind(scope, 'samples', samples, 'array or typed array');
  for (let at = 0; at < samples.length; at++) {
    if (Number.isFinite(samples[at])) continue;
    refuse(scope, {
      expected: 'samples that are finite numbers',
      got: `${samples[at]} at sample ${offset + at}`,
      remedy: 'cut out this sample, or record the sound again',
      code: 'not-finite',
    });
  }
}
