/// <reference types="vite/types/importMeta.d.ts" />
/**
 * Replaces `node:fs` in the browser suite, for the golden vectors only. Vite rewrites the folder's URL in the
 * tests, so a file is identified by its name.
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

/** Lists the folder of the golden vectors, the only one that tests list. */
export function readdirSync(): string[] {
  return Object.keys(golden).map(nameOf);
}

export function readFileSync(file: URL): string {
  const text = byName.get(nameOf(file.pathname));
  if (text === undefined) throw new Error(`${file} is not in the browser suite`);
  return text;
}
