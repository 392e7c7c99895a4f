/**
 * Reads 100,000 files with mutated headers. Each must be read as the format requires, or refused by an
 * UnrolledError that names the problem, and no read may allocate more than 64 MB. `test/mutation.test.ts` is
 * the short version.
 *
 *     npm run fuzz:safetensors [-- RUNS [SEED]]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { readSafetensors, writeSafetensors } from '../dist/index.js';
import { readSafetensorsFile } from '../dist/node.js';

const LIMIT = 64 * 2 ** 20;
const [runs = '100000', seed = '1'] = process.argv.slice(2);

// Strings and lists are on V8's heap, so with a heap of 64 MB a process that needs more ends.
const heapOption = `--max-old-space-size=${LIMIT / 2 ** 20}`;
if (!process.execArgv.includes(heapOption)) {
  const self = fileURLToPath(import.meta.url);
  const { status, signal } = spawnSync(process.execPath, [heapOption, self, runs, seed], {
    stdio: 'inherit',
  });
  if (signal) console.error(`ended by ${signal}: an allocation exceeded the heap's 64 MB`);
  process.exit(status ?? 1);
}

/** Parts of headers, and numbers that require much memory. */
const PIECES = [
  ...['{', '}', '[', ']', '"', ',', ':', '\\', '\\ud800', '\u0000', 'null', 'true', '-1', '1e9', '4.0'],
  ...['"shape":[]', '"dtype":"F32"', '"dtype":"F31"', '"data_offsets":[0,0]', '__metadata__', '__proto__'],
  ...['268435456', '4294967296', '1099511627776', '9007199254740991', '9007199254740993', '[0,2147483648]'],
  '['.repeat(5000),
  '0,'.repeat(2000),
];

const original = writeSafetensors(
  {
    'lstm.kernel': { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    'lstm.bias': { dtype: 'F16', shape: [4], data: Uint16Array.of(1, 2, 3, 4) },
    step: { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) },
    empty: { dtype: 'F64', shape: [0, 5], data: new Float64Array(0) },
  },
  { config: '{"units":3}', 가: '"\\\n' },
);
const DATA_BYTES = 24 + 8 + 8;

const change = fc.record({
  start: fc.nat(original.length - DATA_BYTES),
  removed: fc.oneof({ weight: 3, arbitrary: fc.nat(4) }, fc.nat(60)),
  inserted: fc.oneof(
    fc.constant(new Uint8Array()),
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(...PIECES).map((text) => new TextEncoder().encode(text)),
  ),
});

/** The header's length: the correct one, the bytes that the change left, or any other. */
const length = fc.oneof(
  { weight: 6, arbitrary: fc.constant('right') },
  fc.constant('untouched'),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: 0n, max: 400n }),
);

function mutated(changes, headerLength) {
  let bytes = [...original];
  for (const { start, removed, inserted } of changes) {
    bytes = [...bytes.slice(0, start), ...inserted, ...bytes.slice(start + removed)];
  }
  const file = Uint8Array.from(bytes);
  if (headerLength === 'untouched' || file.length < 8 + DATA_BYTES) return file;
  const value = headerLength === 'right' ? BigInt(file.length - 8 - DATA_BYTES) : headerLength;
  new DataView(file.buffer).setBigUint64(0, value, true);
  return file;
}

const counts = { read: 0, refused: 0, files: 0 };
const reasons = new Set();
let largest = 0;

/**
 * Records how much memory `body` allocates for arrays. Unused arrays count, too, until they are collected.
 */
function measured(body) {
  const before = process.memoryUsage().arrayBuffers;
  try {
    return body();
  } finally {
    largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
  }
}

function checkRefusal(error, scope) {
  const [, expected, got] =
    /^\[unrolled\/safetensors\] (?:\w+): expected (.+?), got (.+)$/s.exec(error.message) ?? [];
  const said = error.name === 'UnrolledError' && error.message.includes(`] ${scope}: `) && expected && got;
  if (!said) throw new Error('a rejection that does not name the problem', { cause: error });
  if (error.message.length > 1000)
    throw new Error(`a message of ${error.message.length} characters`, { cause: error });
  reasons.add(expected.replaceAll(/"(?:[^"\\]|\\.)*"|[\d,]+/g, '…'));
}

function checkRead({ tensors }, file) {
  const bytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
  const header = Number(new DataView(file.buffer).getBigUint64(0, true));
  if (8 + header + bytes !== file.length) throw new Error('bytes that belong to no tensor were accepted');
}

function readInMemory(file) {
  let result;
  try {
    result = measured(() => readSafetensors(file));
  } catch (error) {
    checkRefusal(error, 'readSafetensors');
    counts.refused += 1;
    return;
  }
  checkRead(result, file);
  counts.read += 1;
}

/** The reader of files reads the header with different code. */
async function readFromDisk(file, place) {
  writeFileSync(place, file);
  counts.files += 1;
  const before = process.memoryUsage().arrayBuffers;
  await readSafetensorsFile(place).then(
    (result) => checkRead(result, file),
    (error) => checkRefusal(error, 'readSafetensorsFile'),
  );
  largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-fuzz-'));
try {
  let index = 0;
  const property = fc.asyncProperty(
    fc.array(change, { minLength: 1, maxLength: 3 }),
    length,
    async (changes, headerLength) => {
      const file = mutated(changes, headerLength);
      readInMemory(file);
      if (index++ % 50 === 0) await readFromDisk(file, path.join(directory, 'file.safetensors'));
    },
  );
  await fc.assert(property, { numRuns: Number(runs), seed: Number(seed) });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(
  `seed ${seed}: ${counts.read} read, ${counts.refused} refused for ${reasons.size} kinds of reasons, ${counts.files} also from disk`,
);
console.log(
  `the largest allocation for arrays was ${(largest / 2 ** 20).toFixed(2)} MB, the heap stayed within 64 MB`,
);
if (largest > LIMIT) throw new Error(`${largest} bytes were allocated for arrays at once`);
// If one of the branches is empty, the run has tested nothing.
if (counts.read === 0 || counts.refused === 0 || reasons.size < 10)
  throw new Error('the mutations reach too few branches');
