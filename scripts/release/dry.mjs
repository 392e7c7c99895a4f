// npm run release:dry: a whole release on this machine. In a copy of the repository it versions, builds and
// publishes every package to a registry of its own (verdaccio), then installs from there into the projects in
// consumers/, each of which trains hihello. Nothing of this checkout changes, and nothing leaves the machine.
// Ends with `release: N passed, N failed`. With `--platforms` what was published is tried on other runtimes
// and by other package managers, too (scripts/platforms), with `--without-native` as from a machine that
// cannot compile the native kernels. `--write` puts the results into docs/release-rehearsal.md.
// UNROLLED_KEEP=1 leaves the registry's storage, and `--newcomer` also runs scripts/newcomer.mjs against it.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageManager, publishedFolders, root, toolEnvironment } from '../lib.mjs';
import { tryConsumers, writeRegistry } from './consumers.mjs';
import { must, output } from './processes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const NEW = '0.0.0';
const isForPlatforms = process.argv.includes('--platforms');
const isWithoutNative = process.argv.includes('--without-native');
const isWritten = process.argv.includes('--write');

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-release-'));
const copy = path.join(directory, 'unrolled');
let registry;
process.on('exit', () => {
  registry?.process.kill();
  if (process.env.UNROLLED_KEEP) process.stdout.write(`kept: ${directory}\n`);
  else rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

const results = [];
try {
  await step('copy the repository', copyRepository);
  await step('version the packages', version);
  await step('build the packages', () =>
    must(
      path.join(copy, 'node_modules/turbo/bin/turbo'),
      [
        'run',
        'build',
        '--filter=./packages/*',
        '--filter=./apps/*',
        '--ui=stream',
        '--output-logs=errors-only',
      ],
      { cwd: copy, env: copyEnvironment() },
    ),
  );
  await step('start a registry', startRegistry);
  await step('publish to it', publish);
  await tryConsumers({ directory, registry: registry.address, isWritten, step });
  if (process.argv.includes('--newcomer'))
    await step('newcomer', () =>
      must(path.join(root, 'scripts/newcomer.mjs'), ['--registry', registry.address], { cwd: directory }),
    );
  if (isForPlatforms) await step('runtimes and package managers', tryPlatforms);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
}
const failed = results.filter(({ ok }) => !ok).length;
process.stdout.write(`\nrelease: ${results.length - failed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);

/**
 * Runs a step, says how long it took, and counts it; what comes after a failed one is run only where it can
 * be, that is for consumers.
 */
async function step(name, work) {
  process.stdout.write(`\n--- ${name}\n`);
  const started = Date.now();
  let failure;
  try {
    await work();
  } catch (error) {
    failure = error;
  }
  results.push({ name, ok: !failure });
  const seconds = (Date.now() - started) / 1000;
  const outcome = failure ? `FAILED, ${failure.message}` : 'ok';
  process.stdout.write(`--- ${name}: ${outcome}, ${seconds.toFixed(1)} s\n`);
  if (failure && !name.startsWith('consumer')) throw new Error(`[unrolled/release] ${name} failed`);
  return { ok: !failure, seconds };
}

/** The tools are those of the copy. */
function copyEnvironment(extra = {}) {
  const environment = toolEnvironment({ HUSKY: '0', CI: '1', ...extra });
  const key = Object.keys(environment).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  environment[key] = [path.join(copy, 'node_modules', '.bin'), environment[key]].join(path.delimiter);
  return environment;
}

/**
 * The files that git tracks, as in the work tree, in a repository of its own: changesets asks git which
 * commit added one.
 */
async function copyRepository() {
  const listed = await output('git', ['ls-files', '-z'], root);
  for (const file of listed.split('\0')) {
    if (file && existsSync(path.join(root, file))) cpSync(path.join(root, file), path.join(copy, file));
  }
  const git = (...args) =>
    must(
      'git',
      [
        '-c',
        'user.name=release',
        '-c',
        'user.email=release@localhost',
        '-c',
        'commit.gpgsign=false',
        ...args,
      ],
      { cwd: copy },
    );
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'A release, tried');
  await must(
    'npx',
    [
      '--yes',
      packageManager(),
      'install',
      '--frozen-lockfile',
      '--prod=false',
      '--reporter=append-only',
      '--loglevel=error',
    ],
    { cwd: copy, env: copyEnvironment(), shell: process.platform === 'win32' },
  );
}

async function version() {
  await must(path.join(copy, 'node_modules/@changesets/cli/bin.js'), ['version'], {
    cwd: copy,
    env: copyEnvironment(),
  });
  const left = readdirSync(path.join(copy, '.changeset')).filter((file) => /^(?!README).*\.md$/.test(file));
  if (left.length > 0) throw new Error(`changesets left ${left.join(', ')}`);
  for (const { name, version: now } of publishedPackages()) {
    process.stdout.write(`${name} ${now}\n`);
    if (now === NEW) throw new Error(`${name} is still at ${NEW}: no changeset names it`);
  }
}

/** The manifests of what is published, as they stand in the copy. */
function publishedPackages() {
  return publishedFolders(copy).map((folder) =>
    JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')),
  );
}

/** A registry that holds @unrolled and passes everything else on to the one that npm is configured with. */
async function startRegistry() {
  const folder = path.join(directory, 'registry');
  cpSync(path.join(here, 'registry'), folder, { recursive: true });
  await must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    shell: process.platform === 'win32',
  });
  const upstream = (await output('npm', ['config', 'get', 'registry'], root)).trim();
  const configuration = {
    storage: './storage',
    uplinks: { upstream: { url: upstream, timeout: '60s' } },
    packages: {
      '@unrolled/*': { access: '$all', publish: '$all' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    log: { type: 'stdout', format: 'pretty', level: 'error' },
    max_body_size: '100mb',
  };
  // JSON is YAML.
  writeFileSync(path.join(folder, 'config.yaml'), JSON.stringify(configuration));
  const port = 4873 + (process.pid % 1000);
  const address = `http://127.0.0.1:${port}/`;
  const program = path.join(folder, 'node_modules', 'verdaccio', 'bin', 'verdaccio');
  const child = spawn(
    process.execPath,
    ['--no-warnings', program, '--config', 'config.yaml', '--listen', `127.0.0.1:${port}`],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  registry = { process: child, address, port };
  for (let tries = 0; tries < 120; tries++) {
    if (child.exitCode !== null) throw new Error(`verdaccio ended with ${child.exitCode}`);
    const answer = await fetch(`${address}-/ping`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error('verdaccio did not answer within a minute');
}

async function publish() {
  writeRegistry(copy, registry.address);
  const environment = copyEnvironment({
    npm_config_registry: registry.address,
    NPM_CONFIG_PROVENANCE: 'false',
  });
  const tarballs = path.join(directory, 'tarballs');
  await must(
    path.join(copy, 'scripts/release/pack.mjs'),
    [tarballs, isWithoutNative ? '--no-native' : '--without-native'],
    {
      cwd: copy,
      env: environment,
    },
  );
  for (const tarball of readdirSync(tarballs)) {
    const args = ['publish', path.join(tarballs, tarball), '--ignore-scripts', '--access', 'public'];
    await must('npm', args, { cwd: copy, env: environment, shell: process.platform === 'win32' });
  }
  const packed = readdirSync(tarballs);
  for (const { name, version: expected } of publishedPackages()) {
    const file = `${name.slice(1).replace('/', '-')}-${expected}.tgz`;
    // Only a native package may be left out, where none can be built.
    if (!packed.includes(file) && name.startsWith('@unrolled/native-')) continue;
    const answer = await fetch(`${registry.address}${name.replace('/', '%2f')}`);
    const { 'dist-tags': tags } = answer.ok ? await answer.json() : { 'dist-tags': {} };
    if (tags.latest !== expected)
      throw new Error(`${name}: expected ${expected} in the registry, got ${tags.latest}`);
  }
}

function tryPlatforms() {
  const args = [path.join(root, 'scripts/platforms/run.mjs'), '--registry', registry.address];
  const packed = readdirSync(path.join(directory, 'tarballs'));
  if (!packed.some((file) => file.startsWith('unrolled-native-'))) args.push('--without-native');
  if (isWritten) args.push('--write');
  return must(process.execPath, args, { cwd: directory });
}
