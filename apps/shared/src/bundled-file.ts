import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Finds a data file of an app: next to its built command line, or in its package if the app runs from its
 * sources.
 *
 * @param base the caller's `import.meta.url`
 * @param places paths relative to it; the first existing one is used
 */
export function bundledFile(base: string, places: readonly string[]): string {
  const file = places.map((place) => fileURLToPath(new URL(place, base))).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${places[0]} is missing from this build`);
  return file;
}
