import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Finds a data file that is included in an app: beside its built command line, or in its package when the app
 * runs from its sources.
 *
 * @param base the caller's `import.meta.url`
 * @param places relative to it; the first that is there is taken
 */
export function bundledFile(base: string, places: readonly string[]): string {
  const file = places.map((place) => fileURLToPath(new URL(place, base))).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${places[0]} is missing from this build`);
  return file;
}
