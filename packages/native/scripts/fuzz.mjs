/**
 * npm run fuzz:native-kernels (-- RUNS SEED): random records, right and wrong ones, given to the native executor under AddressSanitizer and
 * UndefinedBehaviorSanitizer (g++), in a program of its own (test/fuzz.cc); by default 1,000,000 for each instruction set of this machine.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cHeader } from '../../kernels/abi/c-header.mjs';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const FLAGS = [
  ...['-std=c++17', '-O1', '-g', '-w', '-fno-exceptions', '-fno-rtti', '-ffp-contract=off'],
  ...['-fsanitize=address,undefined', '-fno-sanitize=alignment', '-fno-sanitize-recover=undefined'],
];
const SETS =
  process.arch === 'x64'
    ? [
        ['avx512', '-march=x86-64-v4'],
        ['avx2', '-march=x86-64-v3'],
      ]
    : [['neon', '-march=armv8-a']];

/**
 * Builds the program and runs it for every instruction set that this machine has.
 *
 * @returns `{ failed }`, or `{ skipped }` with the reason in one line
 */
export function fuzzRecords(runs, seed) {
  if (spawnSync('g++', ['--version'], { stdio: 'ignore' }).status !== 0)
    return { skipped: 'no g++ on the PATH (apt-get install g++)' };
  const build = path.join(home, 'build');
  mkdirSync(path.join(home, 'src', 'generated'), { recursive: true });
  mkdirSync(build, { recursive: true });
  writeFileSync(path.join(home, 'src', 'generated', 'unrolled_abi.h'), cHeader());
  const objects = SETS.map(([name, flag]) => {
    const object = path.join(build, `fuzz-${name}.o`);
    const set = [`-DINSTRUCTION_SET=${name.toUpperCase()}`, `-DINSTRUCTION_SET_NAME="${name}"`];
    must('g++', [...FLAGS, flag, ...set, '-c', 'src/jobs.cc', '-o', object]);
    return object;
  });
  const program = path.join(build, 'fuzz');
  must('g++', [
    ...FLAGS,
    'test/fuzz.cc',
    'src/executor.cc',
    'src/pool.cc',
    ...objects,
    '-lpthread',
    '-o',
    program,
  ]);
  let failed = 0;
  for (const [name] of SETS) {
    const { status, stdout } = spawnSync(program, [String(runs), String(seed), name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.stdout.write(stdout);
    if (status !== 0 && !stdout.includes('no such instruction set here')) failed++;
  }
  return { failed };
}

function must(command, args) {
  const { status } = spawnSync(command, args, { cwd: home, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [runs = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
  const { failed, skipped } = fuzzRecords(runs, seed);
  if (skipped) process.stdout.write(`native kernels: not fuzzed, ${skipped}\n`);
  process.exit(failed || skipped ? 1 : 0);
}
