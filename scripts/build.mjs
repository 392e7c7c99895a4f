// Builds an app and the packages that it needs, if something has changed.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  fail,
  fingerprint,
  logToStandardError,
  readStamp,
  root,
  run,
  toolEnvironment,
  withLock,
  writeStamp,
} from './lib.mjs';

const SHARED_INPUTS = [
  'package.json',
  'pnpm-lock.yaml',
  'turbo.json',
  'tsconfig.base.json',
  'tsup.base.ts',
  'scripts',
  'packages',
];

/** Runs a turbo task. Its log goes to standard error. */
export function turbo(args, environment = {}) {
  return run(
    process.execPath,
    [
      path.join(root, 'node_modules', 'turbo', 'bin', 'turbo'),
      'run',
      ...args,
      '--ui=stream',
      '--output-logs=errors-only',
    ],
    { stdio: logToStandardError, env: toolEnvironment(environment) },
  );
}

/** Updates all generated sources. The tests need nothing else to be built. */
export async function buildGenerated() {
  const kernels = 'packages/kernels';
  const inputs = () =>
    [
      process.version,
      fingerprint(['abi', 'assembly', 'scripts', 'package.json'].map((name) => `${kernels}/${name}`)),
    ].join(' ');
  const present = () => existsSync(path.join(root, kernels, 'src', 'generated'));
  if (readStamp('generated') === inputs() && present()) return;
  await withLock('build', async () => {
    const before = inputs();
    const { code, signal } = await turbo(['build:assembly']);
    if (signal) process.exit(130);
    if (code !== 0) fail('[unrolled/build] expected the generated sources to build: see the lines above');
    writeStamp('generated', before);
  });
}

/**
 * Builds `apps/<name>/dist` from the current sources, or ends the process, so an outdated build is never run.
 */
export async function buildApp(name) {
  const stamp = `build-${name}`;
  const inputs = () =>
    [
      process.version,
      fingerprint([
        ...SHARED_INPUTS,
        'apps/shared',
        ...neededBy(name)
          .filter(isApp)
          .map((app) => `apps/${app}`),
      ]),
    ].join(' ');
  if (readStamp(stamp) === inputs() && outputsExist(name)) return;
  await withLock('build', async () => {
    const before = inputs();
    if (readStamp(stamp) === before && outputsExist(name)) return;
    process.stderr.write(`building ${name}\n`);
    const { code, signal } = await turbo(['build', `--filter=@unrolled/${name}`], {
      UNROLLED_SKIP_TYPES: '1',
    });
    if (signal) process.exit(130);
    if (code !== 0 || !outputsExist(name))
      fail(
        `[unrolled/build] expected ${name} and its packages to build, got exit code ${code}: see the lines above`,
      );
    // The state of the sources before the build, so files that change during the build are built next time.
    writeStamp(stamp, before);
  });
}

/** Whether the app and all of our packages that it depends on have their built entries. */
function outputsExist(name) {
  return neededBy(name).every((one) =>
    existsSync(
      isApp(one)
        ? path.join(root, 'apps', one, 'dist', 'cli.js')
        : path.join(root, 'packages', one, 'dist', 'index.js'),
    ),
  );
}

/** The app and everything of ours that it depends on: packages, and apps whose command lines it runs. */
function neededBy(name) {
  const manifest = JSON.parse(readFileSync(path.join(root, 'apps', name, 'package.json'), 'utf8'));
  const ours = Object.keys(manifest.dependencies ?? {}).filter((one) => one.startsWith('@unrolled/'));
  return [name, ...ours.map((one) => one.slice('@unrolled/'.length))];
}

const isApp = (name) => existsSync(path.join(root, 'apps', name));
