/**
 * The colours of pictures by theme; those of the page are in its styles. Both series have a contrast of at
 * least 3:1 with the background.
 */
export interface Palette {
  readonly background: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  /**
   * Colours of the first and the second model: Okabe and Ito's blue and vermilion, which colour-blind readers
   * can distinguish.
   */
  readonly series: readonly [string, string];
  /** A diverging scale, from −1 through 0 to 1. */
  readonly diverging: readonly string[];
  /** A sequential scale, from low to high. */
  readonly sequential: readonly string[];
}

export const LIGHT: Palette = {
  background: '#ffffff',
  ink: '#1b1f27',
  quiet: '#5b6473',
  grid: '#e4e7ed',
  series: ['#0a66b8', '#c2500a'],
  // ColorBrewer's RdBu, reversed.
  diverging: ['#2166ac', '#67a9cf', '#d1e5f0', '#f7f7f7', '#fddbc7', '#ef8a62', '#b2182b'],
  sequential: ['#ffffff', '#fde3cf', '#fbb98a', '#f0803c', '#c8500d'],
};

export const DARK: Palette = {
  background: '#171b22',
  ink: '#e8ebf0',
  quiet: '#9aa5b5',
  grid: '#2a303b',
  series: ['#5cb3f5', '#f59a55'],
  diverging: ['#7cc4ff', '#3f8fd0', '#24527a', '#1f242d', '#74402a', '#cf6b3e', '#ffa071'],
  sequential: ['#171b22', '#4a2c17', '#8a4a19', '#d07a2c', '#ffbe7a'],
};

/** Number of steps of a scale, so a picture of many thousand cells does not create a colour for each. */
const LEVELS = 128;
const made = new WeakMap<readonly string[], readonly string[]>();

/** The index in a scale, 0 … 128, of a share in 0 … 1. Shares outside the range, and NaN, are clipped. */
export function levelAt(share: number): number {
  return Math.round(Math.max(0, Math.min(1, Number.isNaN(share) ? 0 : share)) * LEVELS);
}

/** The colours of a scale, by index. */
export function levelsOf(scale: readonly string[]): readonly string[] {
  const known = made.get(scale);
  if (known) return known;
  const colours = Array.from({ length: LEVELS + 1 }, (_, level) => mixed(scale, level / LEVELS));
  made.set(scale, colours);
  return colours;
}

/** An interpolated colour of a scale, at 0 … 1. */
export function colourAt(scale: readonly string[], share: number): string {
  return levelsOf(scale)[levelAt(share)]!;
}

function mixed(scale: readonly string[], share: number): string {
  const place = share * (scale.length - 1);
  const below = Math.min(scale.length - 2, Math.floor(place));
  const part = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const channels = [1, 3, 5].map((at) => {
    const from = part(scale[below]!, at);
    return Math.round(from + (place - below) * (part(scale[below + 1]!, at) - from));
  });
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** Black or white, whichever has the higher contrast with a colour, by relative luminance (WCAG 2). */
export function inkOn(colour: string): string {
  const channels = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
  return luminance > 0.179 ? '#000000' : '#ffffff';
}
