import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * UNROLLED_CHROMIUM, else the first browser on the path that goes by one of Chromium's names; undefined where
 * there is none.
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
