/// <reference types="vite/types/importMeta.d.ts" />
/**
 * Stands for `node:fs` in the browser suite, over the golden vectors alone. Vite rewrites the folder's URL in the tests, so a file
 * is known by its name.
 */
const texts = import.meta.glob<string>('/fixtures/golden/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const nameOf = (address: string) => address.slice(address.lastIndexOf('/') + 1);
const byName = new Map(Object.entries(texts).map(([address, text]) => [nameOf(address), text]));

export function readdirSync(): string[] {
  return [...byName.keys()];
}

export function readFileSync(file: URL): string {
  const text = byName.get(nameOf(file.pathname));
  if (text === undefined) throw new Error(`the browser suite carries no ${file}`);
  return text;
}
