import type { Picture } from './emoji';

/** An image as the data URL of a bitmap file, for a page: 24 bits per pixel, last row first. */
export function bitmapAddress(picture: Picture): string {
  const side = Math.sqrt(picture.length / 3);
  const stride = Math.ceil((3 * side) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * side);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, side],
    [22, side],
  ] as const)
    bytes.writeUInt32LE(value, at);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const at = 54 + (side - 1 - Math.floor(pixel / side)) * stride + 3 * (pixel % side);
    for (let c = 0; c < 3; c++) bytes[at + 2 - c] = Math.round(255 * picture[3 * pixel + c]!);
  }
  return `data:image/bmp;base64,${bytes.toString('base64')}`;
}
