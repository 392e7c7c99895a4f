// npm run test:native-kernels: builds the native kernels, runs the suites that use them with each instruction
// set of this machine, and runs several thousand random records under AddressSanitizer. Ends with the line
// `native kernels: N passed, N failed`. With `--short`, for a build machine, the models' suites run only with
// the widest instruction set. `UNROLLED_MUSL_NODE=…/node` names a Node for musl. Both suites then run under
// it instead, with the kernels for musl (packages/native/README.md).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fuzzRecords } from '../packages/native/scripts/fuzz.mjs';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import { fail, root, run, toolEnvironment } from './lib.mjs';
import { buildNativeKernels } from './native-kernels.mjs';

const isShort = process.argv.includes('--short');
const RECORDS = isShort ? 1000 : 5000;
const SUITES = [
  { name: 'kernels', paths: ['packages/kernels/test'], environment: {} },
  {
    name: 'models',
    paths: ['packages/cells/test', 'packages/losses/test', 'packages/training/test'],
    environment: { UNROLLED_BACKEND: 'unrolled' },
  },
];

await bootstrap();
const { UNROLLED_MUSL_NODE: muslNode } = process.env;
const { files, skipped } = await buildNativeKernels(muslNode && ['linux-x64-musl']).catch((error) =>
  fail(`[unrolled/test:native-kernels] ${error.message}`),
);
if (skipped) {
  if (!process.env.CI) fail(`[unrolled/test:native-kernels] expected the native kernels: ${skipped}`);
  process.stdout.write(`native kernels: skipped, ${skipped}\n`);
  process.exit(0);
}
await buildGenerated();

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-native-kernels-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
let passed = 0;
let failed = 0;
if (muslNode) {
  const bundler = { NAPI_RS_NATIVE_LIBRARY_PATH: muslBundler() };
  for (const { environment, ...suite } of SUITES)
    await runSuite('musl', { ...suite, environment: { ...environment, ...bundler } }, muslNode);
} else {
  for (const [n, instructions] of instructionSets(Object.values(files)[0]).entries())
    for (const suite of isShort && n > 0 ? SUITES.slice(0, 1) : SUITES)
      await runSuite(instructions, {
        ...suite,
        environment: { ...suite.environment, UNROLLED_NATIVE_INSTRUCTIONS: instructions },
      });
  fuzz();
}
process.stdout.write(`native kernels: ${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);

function fuzz() {
  const fuzzed = fuzzRecords(RECORDS, 1);
  if (fuzzed.skipped) process.stdout.write(`native kernels: records not fuzzed, ${fuzzed.skipped}\n`);
  else if (fuzzed.failed > 0) failed++;
  else passed++;
}

/** Vitest's bundler for musl, in the version that is installed here. */
function muslBundler() {
  const { resolve } = createRequire(createRequire(path.join(root, 'package.json')).resolve('vite'));
  const { version } = JSON.parse(readFileSync(resolve('rolldown/package.json'), 'utf8'));
  const name = `@rolldown/binding-linux-x64-musl@${version}`;
  const packed = spawnSync('npm', ['pack', '--silent', name], { cwd: directory, encoding: 'utf8' });
  if (packed.status !== 0) fail(`[unrolled/test:native-kernels] npm cannot fetch ${name}: ${packed.stderr}`);
  spawnSync('tar', ['-xzf', packed.stdout.trim()], { cwd: directory });
  const folder = path.join(directory, 'package');
  return path.join(
    folder,
    readdirSync(folder).find((file) => file.endsWith('.node')),
  );
}

/** The instruction sets that this processor has. The others are printed as left out. */
function instructionSets(file) {
  const { open } = createRequire(import.meta.url)(file);
  return (process.arch === 'x64' ? ['avx512', 'avx2'] : ['neon']).filter((name) => {
    try {
      open(1, name).close();
      return true;
    } catch (error) {
      process.stdout.write(`native kernels: ${name} is left out, ${error.message}\n`);
      return false;
    }
  });
}

async function runSuite(instructions, { name, paths, environment }, node = process.execPath) {
  process.stdout.write(`\n--- ${instructions}: ${paths.join(', ')}\n`);
  const countsFile = path.join(directory, `${instructions}-${name}.json`);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=${path.join(root, 'scripts', 'count-reporter.ts')}`];
  const { code } = await run(node, [vitest, 'run', ...reporters, ...paths], {
    stdio: 'inherit',
    env: toolEnvironment({
      ...environment,
      UNROLLED_NATIVE_KERNELS: '1',
      UNROLLED_TEST_COUNTS: countsFile,
    }),
  });
  const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
  passed += counts?.passed ?? 0;
  // A crash and a run without tests each count as one failure.
  failed += counts?.failed || (code !== 0 || !counts?.passed ? 1 : 0);
}
