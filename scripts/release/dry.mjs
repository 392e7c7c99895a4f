// npm run release:dry: a complete release on this machine. In a copy of the repository it versions and builds
// every package, publishes it to a local registry (verdaccio), and installs it from there into the projects
// in consumers/, each of which trains hihello. This checkout does not change, and nothing is sent to another
// machine. Ends with `release: N passed, N failed`. With `--platforms` the published packages are also tried
// on other runtimes and with other package managers (scripts/platforms). With `--without-native` the native
// kernels are not published, as on a machine that cannot compile them. `--write` writes the results into
// docs/release-rehearsal.md. `--newcomer` also runs scripts/newcomer.mjs against the registry.
// UNROLLED_KEEP=1 keeps the registry's files.
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
 * Runs a step, prints how long it took, and counts it. After a failed step the others do not run, unless the
 * failed one is a consumer.
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

/** The environment with the copy's tools first on the path. */
function copyEnvironment(extra = {}) {
  const environment = toolEnvironment({ HUSKY: '0', CI: '1', ...extra });
  const key = Object.keys(environment).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  environment[key] = [path.join(copy, 'node_modules', '.bin'), environment[key]].join(path.delimiter);
  return environment;
}

/**
 * Copies the files that git tracks, as they are in the work tree, into a new repository. It needs a commit,
 * because changesets asks git which commit added a changeset.
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
  await git('commit', '--quiet', '--message', 'A release rehearsal');
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

/** The manifests of the published packages, in the copy. */
function publishedPackages() {
  return publishedFolders(copy).map((folder) =>
    JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')),
  );
}

/**
 * Starts a registry for @unrolled. It forwards other requests to the registry that npm is configured with.
 */
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
    // Only native packages may be missing, if they cannot be built.
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
