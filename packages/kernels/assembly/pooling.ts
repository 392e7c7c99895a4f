/**
 * The maximum or the mean of windows of images, four channels at a time. Both ignore padding, as in tfjs and
 * TensorFlow. The gradient of a maximum goes to the first pixel of the window, in row order, that equals it.
 */
import { PoolArguments, PoolCode } from './generated/abi';
import { rangeBoundary } from './sequence';
import { loadFloats, storeFloats } from './vector-math';

/** Number of channels in a thread's share of the gradient: a cache line. */
const SHARE: i32 = 16;

/** Computes this thread's rows of windows. */
export function pool(args: PoolArguments, index: i32, threads: i32): void {
  const rows = args.rows;
  const columns = args.columns;
  const channels = args.channels;
  const lines = args.batch * rows;
  const end = rangeBoundary(lines, index + 1, threads);
  for (let line = rangeBoundary(lines, index, threads); line < end; line++) {
    const image = args.x + ((<usize>(line / rows) * pictureFloats(args)) << 2);
    for (let column = 0; column < columns; column++) {
      const y = args.y + ((<usize>(line * columns + column) * <usize>channels) << 2);
      poolWindow(args, image, line % rows, column, y);
    }
  }
}

/** @inline */
function pictureFloats(args: PoolArguments): usize {
  return <usize>(args.height * args.width) * <usize>args.channels;
}

/** Start and end of a window along an axis, within the image. @inline */
function windowStart(at: i32, step: i32, before: i32): i32 {
  return max(0, at * step - before);
}

/** @inline */
function windowEnd(at: i32, step: i32, before: i32, size: i32, length: i32): i32 {
  return min(length, at * step - before + size);
}

function poolWindow(args: PoolArguments, image: usize, row: i32, column: i32, y: usize): void {
  const channels = args.channels;
  const width = args.width;
  const r0 = windowStart(row, args.rowStep, args.top);
  const r1 = windowEnd(row, args.rowStep, args.top, args.windowRows, args.height);
  const c0 = windowStart(column, args.columnStep, args.left);
  const c1 = windowEnd(column, args.columnStep, args.left, args.windowColumns, width);
  const pixelBytes = (<usize>channels) << 2;
  const isMaximum = args.kind === PoolCode.maximum;
  const count = f32x4.splat(<f32>((r1 - r0) * (c1 - c0)));
  for (let d = 0; d < channels; d += 4) {
    let value = f32x4.splat(isMaximum ? -Infinity : 0);
    for (let r = r0; r < r1; r++) {
      let from = image + <usize>(r * width + c0) * pixelBytes + ((<usize>d) << 2);
      for (let c = c0; c < c1; c++) {
        const x = v128.load(from);
        value = isMaximum ? f32x4.pmax(value, x) : f32x4.add(value, x);
        from += pixelBytes;
      }
    }
    storeFloats(y + ((<usize>d) << 2), isMaximum ? value : f32x4.div(value, count), channels - d);
  }
}

/**
 * Computes this thread's channels of this thread's images. Windows may overlap, so no two threads share a
 * channel of an image.
 */
export function poolGradient(args: PoolArguments, index: i32, threads: i32): void {
  const blocks = (args.channels + SHARE - 1) / SHARE;
  const shares = args.batch * blocks;
  const end = rangeBoundary(shares, index + 1, threads);
  for (let share = rangeBoundary(shares, index, threads); share < end; share++) {
    const image = share / blocks;
    const first = (share % blocks) * SHARE;
    pictureGradient(args, image, first, min(SHARE, args.channels - first));
  }
}

function pictureGradient(args: PoolArguments, image: i32, first: i32, count: i32): void {
  const pixels = args.height * args.width;
  const pixelBytes = (<usize>args.channels) << 2;
  const offset = (<usize>image * pictureFloats(args) + <usize>first) << 2;
  for (let n = 0; n < pixels; n++) {
    memory.fill(args.dX + offset + <usize>n * pixelBytes, 0, (<usize>count) << 2);
  }
  for (let row = 0; row < args.rows; row++) {
    for (let column = 0; column < args.columns; column++) {
      const at = (image * args.rows + row) * args.columns + column;
      windowGradient(args, offset, row, column, <usize>at * pixelBytes + ((<usize>first) << 2), count);
    }
  }
}

/** Adds the gradient of one window. `offset` and `at` are bytes from the beginning of x and y. */
function windowGradient(
  args: PoolArguments,
  offset: usize,
  row: i32,
  column: i32,
  at: usize,
  channels: i32,
): void {
  const width = args.width;
  const r0 = windowStart(row, args.rowStep, args.top);
  const r1 = windowEnd(row, args.rowStep, args.top, args.windowRows, args.height);
  const c0 = windowStart(column, args.columnStep, args.left);
  const c1 = windowEnd(column, args.columnStep, args.left, args.windowColumns, width);
  const pixelBytes = (<usize>args.channels) << 2;
  const isMaximum = args.kind === PoolCode.maximum;
  const size = f32x4.splat(<f32>((r1 - r0) * (c1 - c0)));
  for (let d = 0; d < channels; d += 4) {
    const channel = (<usize>d) << 2;
    const dY = v128.load(args.dY + at + channel);
    const share = isMaximum ? dY : f32x4.div(dY, size);
    const y = isMaximum ? v128.load(args.y + at + channel) : share;
    let open = i32x4.splat(-1);
    for (let r = r0; r < r1; r++) {
      let pixel = offset + <usize>(r * width + c0) * pixelBytes + channel;
      for (let c = c0; c < c1; c++) {
        let add = share;
        if (isMaximum) {
          const equal = v128.and(f32x4.eq(v128.load(args.x + pixel), y), open);
          open = v128.andnot(open, equal);
          add = v128.and(share, equal);
        }
        const dX = args.dX + pixel;
        storeFloats(dX, f32x4.add(loadFloats(dX, channels - d), add), channels - d);
        pixel += pixelBytes;
      }
    }
  }
}
