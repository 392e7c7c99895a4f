// The tables of docs/release-rehearsal.md, which the rehearsal writes with `--write`.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../lib.mjs';

const file = path.join(root, 'docs', 'release-rehearsal.md');

/**
 * Replaces a table of the page by the results of this run. If this run tried only some rows, the others stay.
 *
 * @param part the name of its markers: `consumers`, `installs`, `runtimes`
 * @param rows `{ name, version, result }` in the order of the table
 * @param isWhole whether this run tried everything of the part
 */
export function writeTable(part, rows, { isWhole }) {
  const text = readFileSync(file, 'utf8');
  const [begin, end] = ['begin', 'end'].map((word) => `<!-- ${part}: ${word} -->`);
  const [before, rest] = text.split(begin);
  const [old, after] = rest?.split(end) ?? [];
  if (after === undefined)
    throw new Error(`[unrolled/release] expected the markers of '${part}' in docs/release-rehearsal.md`);
  const kept = new Map();
  if (!isWhole)
    for (const [, name, version, result] of old.matchAll(/^\| (?!---|tried)(.*) \| (.*) \| (.*) \|$/gm))
      kept.set(name, { name, version, result });
  for (const row of rows) kept.set(row.name, row);
  const lines = [...kept.values()].map(({ name, version, result }) => `| ${name} | ${version} | ${result} |`);
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${os.type()} ${process.arch}, Node ${process.versions.node}`;
  const table = ['| tried | version | result |', '|---|---|---|', ...lines].join('\n');
  writeFileSync(file, `${before}${begin}\n\n${date}, ${machine}:\n\n${table}\n\n${end}${after}`);
}
