import type { Picture } from './emoji';

/** A stream of random numbers: `random` of `@unrolled/cells`. */
export interface Draw {
  /** In [0, 1). */
  uniform(): number;
  /** A draw from the standard normal distribution. */
  normal(): number;
}

/**
 * A picture as another artist might have drawn it: rotated, stretched, moved, in other colours, softer or
 * sharper, with a part covered. All random numbers come from `draw`.
 */
export function redrawn(picture: Picture, draw: Draw): Picture {
  const side = Math.sqrt(picture.length / 3);
  const moved = recoloured(placed(picture, side, draw), draw);
  const softer = draw.uniform() < 0.6 ? softened(moved, side, 1.6 * draw.uniform() - 0.8) : moved;
  if (draw.uniform() < 0.4) cover(softer, side, draw);
  return softer;
}

/** −most … most. */
const within = (draw: Draw, most: number) => most * (2 * draw.uniform() - 1);

/** Rotated by up to 15°, scaled by up to a fifth, stretched, slanted and moved, on white. */
function placed(picture: Picture, side: number, draw: Draw): Picture {
  const angle = within(draw, 0.26);
  const size = Math.exp(within(draw, 0.22));
  const stretch = Math.exp(within(draw, 0.12));
  const slant = within(draw, 0.15);
  const [right, down] = [within(draw, side / 10), within(draw, side / 10)];
  const [cos, sin] = [size * Math.cos(angle), size * Math.sin(angle)];
  const middle = (side - 1) / 2;
  const result = new Float32Array(picture.length).fill(1);
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < side; column++, at += 3) {
      const x = column - middle;
      const y = row - middle;
      const left = middle + right + cos * stretch * x + (slant - sin) * y;
      const top = middle + down + sin * x + (cos / stretch) * y;
      sample(picture, side, left, top, result, at);
    }
  }
  return result;
}

/** The colour between four pixels. Outside is white, which the result already has. */
function sample(picture: Picture, side: number, x: number, y: number, result: Picture, at: number): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  for (let row = Math.max(0, top); row <= Math.min(side - 1, top + 1); row++) {
    for (let column = Math.max(0, left); column <= Math.min(side - 1, left + 1); column++) {
      const share = (1 - Math.abs(x - column)) * (1 - Math.abs(y - row));
      const from = 3 * (row * side + column);
      for (let c = 0; c < 3; c++) result[at + c]! += share * (picture[from + c]! - 1);
    }
  }
}

/** Mixes colours, makes them paler or stronger, brighter or darker; one picture in ten becomes grey. */
function recoloured(picture: Picture, draw: Draw): Picture {
  const strength = draw.uniform() < 0.1 ? 0 : Math.exp(0.3 * draw.normal());
  const contrast = Math.exp(0.25 * draw.normal());
  const brightness = 0.06 * draw.normal();
  const mix = Array.from({ length: 9 }, (_, at) => {
    const own = at % 4 === 0 ? 1 : 0;
    return 0.08 * draw.normal() + strength * own + (1 - strength) / 3;
  });
  for (let at = 0; at < picture.length; at += 3) {
    const red = 1 - picture[at]!;
    const green = 1 - picture[at + 1]!;
    const blue = 1 - picture[at + 2]!;
    for (let c = 0; c < 3; c++) {
      const ink = mix[3 * c]! * red + mix[3 * c + 1]! * green + mix[3 * c + 2]! * blue;
      picture[at + c] = Math.min(1, Math.max(0, 1 + brightness - contrast * ink));
    }
  }
  return picture;
}

/** Moves each pixel towards the mean of its neighbours, or away from it for a share below 0. */
function softened(picture: Picture, side: number, share: number): Picture {
  const result = picture.slice();
  for (let row = 1; row < side - 1; row++) {
    for (let at = 3 * (row * side + 1); at < 3 * (row * side + side - 1); at++) {
      let sum = 0;
      for (let down = -1; down <= 1; down++) {
        const near = at + 3 * side * down;
        sum += picture[near - 3]! + picture[near]! + picture[near + 3]!;
      }
      result[at] = picture[at]! + share * (sum / 9 - picture[at]!);
    }
  }
  return result;
}

/** One colour over a rectangle of an eighth to three eighths of each side. */
function cover(picture: Picture, side: number, draw: Draw): void {
  const between = () => Math.round(side * (0.125 + 0.25 * draw.uniform()));
  const [width, height] = [between(), between()];
  const [left, top] = [width, height].map((size) => Math.floor(draw.uniform() * (side - size + 1)));
  const colour = [draw.uniform(), draw.uniform(), draw.uniform()];
  for (let row = top!; row < top! + height; row++) {
    for (let column = left!; column < left! + width; column++) picture.set(colour, 3 * (row * side + column));
  }
}
