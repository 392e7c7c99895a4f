/** From blue to white to red: ColorBrewer's RdBu, reversed, which is suitable for colour-blind readers. */
export const STOPS = ['#2166ac', '#67a9cf', '#d1e5f0', '#f7f7f7', '#fddbc7', '#ef8a62', '#b2182b'] as const;

/** The colour of a value from −1 to 1, as #rrggbb. */
export function divergingColour(value: number): string {
  const place = ((Math.max(-1, Math.min(1, value)) + 1) / 2) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(place));
  const share = place - below;
  const channel = (colour: string, at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => {
    const from = channel(STOPS[below]!, at);
    return Math.round(from + share * (channel(STOPS[below + 1]!, at) - from));
  });
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}
