// Measures the size of the built page, gzipped as by a web server: the bytes loaded before the first training
// step, and all bytes. Fails above its limits.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const KILOBYTE = 1000;
const FIRST = 300 * KILOBYTE;
const ALL = 600 * KILOBYTE;
/**
 * Chunks that load only when a view is opened or a file is saved. All others count as loaded at the start.
 */
const LATER = /^assets\/(interop|prices|forecast)-/;

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    const size = gzipSync(readFileSync(file), { level: 9 }).length;
    return { name: path.relative(dist, file).replaceAll(path.sep, '/'), size };
  })
  .sort((a, b) => b.size - a.size);

/** A page loads one of the four binaries; the largest is counted. */
const binaries = files.filter(({ name }) => name.endsWith('.wasm'));
const first = files.filter(({ name }) => /\.(js|css|html|svg)$/.test(name) && !LATER.test(name));
const sum = (list) => list.reduce((total, { size }) => total + size, 0);
const before = sum([...first, binaries[0]]);
const all = sum(files.filter((file) => !binaries.includes(file) || file === binaries[0]));

for (const { name, size } of files) process.stdout.write(`${String(size).padStart(8)}  ${name}\n`);
process.stdout.write(
  `playground: ${before} of ${FIRST} bytes before the first step, ${all} of ${ALL} in all\n`,
);
if (before > FIRST || all > ALL) {
  process.stderr.write('[unrolled/playground] expected the page within its limits: find what has grown\n');
  process.exit(1);
}
