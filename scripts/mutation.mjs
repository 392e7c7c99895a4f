/**
 * npm run mutation -- losses: changes one expression of a package at a time, with Stryker, and checks whether
 * a test fails. A change that no test detects, a survivor, is printed with its file and line. All results are
 * in a JSON file, whose path is printed at the end.
 *
 *     npm run mutation -- losses
 *     npm run mutation -- data src/scalers.ts src/one-hot.ts
 */
import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { fail, root } from './lib.mjs';

/** The packages that their own tests check completely, in tests fast enough to run several hundred times. */
const PACKAGES = ['losses', 'data', 'metrics', 'safetensors'];

const [name, ...files] = process.argv.slice(2);
if (!PACKAGES.includes(name))
  fail(
    `[unrolled/mutation] expected one of ${PACKAGES.join(', ')}, got ${name ?? 'nothing'}: npm run mutation -- losses`,
  );
for (const file of files)
  if (!existsSync(path.join(root, 'packages', name, file)))
    fail(
      `[unrolled/mutation] expected a file or folder of packages/${name}, such as src/index.ts, got ${file}`,
    );

const cache = path.join(root, 'node_modules', '.cache', 'unrolled', 'mutation');
mkdirSync(cache, { recursive: true });
process.chdir(root);
process.env.UNROLLED_MUTATE = name;
const report = path.join(cache, `${name}.json`);

const results = await new Stryker({
  // By its path: Stryker searches the folder next to its own, where pnpm installs no plugin.
  plugins: [import.meta.resolve('@stryker-mutator/vitest-runner')],
  testRunner: 'vitest',
  vitest: { configFile: 'scripts/mutation.vitest.config.ts', related: false },
  mutate:
    files.length > 0 ? files.map((file) => `packages/${name}/${file}`) : [`packages/${name}/src/**/*.ts`],
  // No test of these packages reads these. Stryker copies all other files in every run.
  ignorePatterns: [
    'apps',
    'bench',
    'docs',
    'dist',
    'coverage',
    '.turbo',
    'runs',
    'packages/kernels/assembly',
  ],
  tempDirName: path.join(os.tmpdir(), `unrolled-mutation-${process.pid}`),
  cleanTempDir: 'always',
  concurrency: Number(process.env.UNROLLED_MUTATION_WORKERS ?? 1),
  timeoutMS: 30_000,
  reporters: ['progress-append-only', 'clear-text', 'json'],
  jsonReporter: { fileName: report },
  clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false },
  disableTypeChecks: false,
  allowConsoleColors: false,
}).runMutationTest();

const count = (...states) => results.filter(({ status }) => states.includes(status)).length;
const [killed, survived] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
process.stdout.write(`\nall mutants: ${path.relative(root, report)}\n`);
process.stdout.write(`mutation of ${name}: ${killed} of ${killed + survived} killed, ${survived} survived\n`);
