import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * The path in UNROLLED_CHROMIUM, otherwise the first browser on the path with one of Chromium's names;
 * undefined if there is none.
 */
export function findChromium() {
  const asked = process.env.UNROLLED_CHROMIUM;
  if (asked) return existsSync(asked) ? asked : undefined;
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const files = ['chromium', 'chromium-browser'].flatMap((name) =>
    folders.map((folder) => path.join(folder, name)),
  );
  return files.find((file) => existsSync(file));
}
