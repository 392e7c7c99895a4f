/// <reference types="vite/types/importMeta.d.ts" />
/**
 * Stands for `node:fs` in the browser suite, over the golden vectors alone. Vite rewrites the folder's URL in
 * the tests, so a file is known by its name.
 */
const golden = import.meta.glob<string>('/fixtures/golden/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const attention = import.meta.glob<string>('/fixtures/attention/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const nameOf = (address: string) => address.slice(address.lastIndexOf('/') + 1);
const byName = new Map(
  Object.entries({ ...golden, ...attention }).map(([address, text]) => [nameOf(address), text]),
);

/** Of the golden vectors' folder, the only one that is listed. */
export function readdirSync(): string[] {
  return Object.keys(golden).map(nameOf);
}

export function readFileSync(file: URL): string {
  const text = byName.get(nameOf(file.pathname));
  if (text === undefined) throw new Error(`the browser suite carries no ${file}`);
  return text;
}
