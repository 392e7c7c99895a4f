import type { OptionKinds } from '@unrolled/errors';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { checkFrames, type Frames } from './frames';
import { check, checkOptions } from './refuse';

/** Options of the masks. */
export interface SpecAugmentOptions {
  /** Seed of the masks. */
  readonly seed: number;
  /** Number of masked bands of features; default 2. */
  readonly frequencyMasks?: number;
  /** Maximum width of a band, in features; default 27. */
  readonly frequencyWidth?: number;
  /** Number of masked time intervals; default 2. */
  readonly timeMasks?: number;
  /** Maximum length of an interval, in frames; default 100. */
  readonly timeWidth?: number;
  /** Maximum length of an interval as a share of all frames; default 1. */
  readonly timeShare?: number;
  /** The value of masked places; default the mean of all values. */
  readonly value?: number;
}

const KINDS: OptionKinds<SpecAugmentOptions> = {
  seed: 'number',
  frequencyMasks: 'integer of at least 0?',
  frequencyWidth: 'integer of at least 0?',
  timeMasks: 'integer of at least 0?',
  timeWidth: 'integer of at least 0?',
  timeShare: 'number?',
  value: 'number?',
};

/** Maximum number of masks of a kind; more would mask everything. */
const MOST = 1000;

/**
 * Masks bands of features and intervals of time (SpecAugment; Park et al., 2019; defaults are policy LD,
 * without time warping). The width of a mask is drawn from 0 to its maximum, then its position.
 */
export function specAugment(frames: Frames, options: SpecAugmentOptions): Frames {
  checkFrames('specAugment', frames);
  checkOptions('specAugment', options, KINDS);
  const {
    seed,
    frequencyMasks = 2,
    frequencyWidth = 27,
    timeMasks = 2,
    timeWidth = 100,
    timeShare = 1,
  } = options;
  check.number('specAugment', 'seed', seed, Number.isSafeInteger(seed), 'to be an integer');
  for (const [name, masks] of Object.entries({ frequencyMasks, timeMasks }))
    check.number('specAugment', name, masks, masks <= MOST, `of at most ${MOST}`);
  check.number('specAugment', 'timeShare', timeShare, timeShare >= 0 && timeShare <= 1, 'in [0, 1]');
  const { count, size } = frames;
  const values = frames.values.slice();
  const { value = values.reduce((sum, one) => sum + one, 0) / (values.length || 1) } = options;
  const generator = xoroshiro128plus(mixed(seed));
  const draw = (below: number) => Math.floor(((generator.next() >>> 0) / 0x1_0000_0000) * below);
  const place = (widest: number, length: number): [from: number, to: number] => {
    const width = draw(Math.min(widest, length) + 1);
    const from = draw(length - width + 1);
    return [from, from + width];
  };
  for (let mask = 0; mask < frequencyMasks; mask++) {
    const [from, to] = place(frequencyWidth, size);
    for (let row = 0; row < count; row++) values.fill(value, row * size + from, row * size + to);
  }
  for (let mask = 0; mask < timeMasks; mask++) {
    const [from, to] = place(Math.min(timeWidth, Math.floor(timeShare * count)), count);
    values.fill(value, from * size, to * size);
  }
  return { values, count, size };
}

/** Decorrelates consecutive seeds (murmur3's finalizer). */
function mixed(seed: number): number {
  let bits = Math.imul(seed | 0, 0x9e3779b1);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) | 0;
}
