/**
 * npm run fuzz:native-kernels (-- --records 1000000 --seed 1): runs random valid and invalid records for
 * every job of the native executor under AddressSanitizer and UndefinedBehaviorSanitizer (g++), in a separate
 * program (test/fuzz.cc), for each instruction set of this machine. With `--threads` it uses ThreadSanitizer
 * instead, with valid records only, each job on two to four threads.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { cHeader } from '../../kernels/abi/c-header.mjs';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const FLAGS = ['-std=c++17', '-O1', '-g', '-w', '-fno-exceptions', '-fno-rtti', '-ffp-contract=off'];
const SANITIZERS = {
  memory: ['-fsanitize=address,undefined', '-fno-sanitize=alignment', '-fno-sanitize-recover=undefined'],
  threads: ['-fsanitize=thread'],
};
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
 * @param sanitizer `memory` or `threads`
 * @returns `{ failed }`, or `{ skipped }` with the reason in one line
 */
export function fuzzRecords(records, seed, sanitizer = 'memory') {
  if (spawnSync('g++', ['--version'], { stdio: 'ignore' }).status !== 0)
    return { skipped: 'no g++ on the PATH (apt-get install g++)' };
  const program = build(sanitizer);
  let failed = 0;
  for (const [name] of SETS) {
    const { status, stdout } = spawnSync(program, [String(records), String(seed), name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      // A record may ask for more scratch memory than the machine has; the executor must refuse it.
      env: { ...process.env, ASAN_OPTIONS: 'allocator_may_return_null=1', TSAN_OPTIONS: 'halt_on_error=1' },
    });
    process.stdout.write(stdout);
    if (status !== 0 && !stdout.includes('no such instruction set here')) failed++;
  }
  return { failed };
}

/** Compiles the program for one sanitizer; returns its path. */
function build(sanitizer) {
  const folder = path.join(home, 'build', `fuzz-${sanitizer}`);
  mkdirSync(path.join(home, 'src', 'generated'), { recursive: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(home, 'src', 'generated', 'unrolled_abi.h'), cHeader());
  const flags = [...FLAGS, ...SANITIZERS[sanitizer]];
  const objects = SETS.map(([name, flag]) => {
    const object = path.join(folder, `${name}.o`);
    const set = [`-DINSTRUCTION_SET=${name.toUpperCase()}`, `-DINSTRUCTION_SET_NAME="${name}"`];
    must('g++', [...flags, flag, ...set, '-c', 'src/jobs.cc', '-o', object]);
    return object;
  });
  const program = path.join(folder, 'fuzz');
  const sources = ['test/fuzz.cc', 'src/executor.cc', 'src/pool.cc'];
  must('g++', [...flags, ...sources, ...objects, '-lpthread', '-o', program]);
  return program;
}

function must(command, args) {
  const { status } = spawnSync(command, args, { cwd: home, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      records: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      threads: { type: 'boolean', default: false },
    },
  });
  const { records, seed, threads } = values;
  const { failed, skipped } = fuzzRecords(Number(records), Number(seed), threads ? 'threads' : 'memory');
  if (skipped) process.stdout.write(`native kernels: not fuzzed, ${skipped}\n`);
  process.exit(failed || skipped ? 1 : 0);
}
