/**
 * Installs the packed packages with each package manager, with parts left out, and with native files that
 * cannot be used. Each installation must give a working engine.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand, runFile } from './processes.mjs';

const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];
const [PNPM, YARN, BERRY, BUN] = ['pnpm@10.34.8', 'yarn@1.22.22', '@yarnpkg/cli-dist@4.12.0', 'bun@1.4.5'];
const own = `@unrolled/native-${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;

/** Each way to install: its commands, and the engine that must compute. */
const INSTALLS = [
  { name: 'npm', commands: [['npm', 'install', ...QUIET]], executor: 'native' },
  {
    name: 'npm --ignore-scripts',
    commands: [['npm', 'install', '--ignore-scripts', ...QUIET]],
    executor: 'native',
  },
  {
    name: 'npm --omit=optional',
    commands: [['npm', 'install', '--omit=optional', ...QUIET]],
    executor: 'webassembly',
    reason: `${own} is not installed`,
  },
  {
    name: 'npm, a lockfile made on another system',
    commands: [
      ['npm', 'install', '--package-lock-only', '--os=darwin', '--cpu=arm64', ...QUIET],
      ['npm', 'ci', ...QUIET],
    ],
    executor: 'native',
  },
  {
    name: 'pnpm',
    commands: [['npx', '--yes', PNPM, 'install', '--reporter=silent', '--config.minimum-release-age=0']],
    executor: 'native',
  },
  {
    name: 'pnpm, a lockfile made on another system',
    files: { 'pnpm-workspace.yaml': 'supportedArchitectures: { os: [darwin], cpu: [arm64] }\n' },
    commands: [
      [
        'npx',
        '--yes',
        PNPM,
        'install',
        '--lockfile-only',
        '--reporter=silent',
        '--config.minimum-release-age=0',
      ],
      ['rm', 'pnpm-workspace.yaml'],
      ['npx', '--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=silent'],
    ],
    executor: 'native',
  },
  {
    name: 'yarn 1',
    commands: [['npx', '--yes', YARN, 'install', '--silent', '--no-progress']],
    executor: 'native',
  },
  {
    name: 'yarn 4, node_modules',
    files: berry('node-modules'),
    commands: [berryInstall()],
    executor: 'native',
  },
  {
    name: 'yarn 4, Plug and Play',
    files: berry('pnp'),
    commands: [berryInstall()],
    start: ['npx', '--yes', '--package', BERRY, 'yarn', 'node'],
    executor: 'native',
  },
  { name: 'bun', commands: [['npx', '--yes', BUN, 'install', '--silent']], executor: 'native' },
];

function berry(linker) {
  return {
    // A separate project, not a part of one in a parent folder.
    'yarn.lock': '',
    '.yarnrc.yml': [
      `nodeLinker: ${linker}`,
      'enableTelemetry: false',
      'enableGlobalCache: false',
      'npmMinimalAgeGate: 0',
      'npmRegistryServer: "REGISTRY"',
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      '',
    ].join('\n'),
  };
}

function berryInstall() {
  return ['npx', '--yes', '--package', BERRY, 'yarn', 'install', '--no-immutable'];
}

/** The ways to damage an installed file: a name, the change, and the message that must follow. */
const DAMAGES = [
  ['truncated in the middle', (file) => truncateSync(file, 150_000), 'is damaged; reinstall'],
  ['empty', (file) => truncateSync(file, 0), 'is damaged; reinstall'],
  ['with one byte changed', (file) => change(file), 'is damaged; reinstall'],
  ['a text', (file) => write(file, 'no code\n'), 'does not load:'],
  ['for another processor', (file) => write(file, foreign(file)), 'does not load:'],
  ['of another version', (file, others) => write(file, others.version), 'has another version than'],
  ['without its hash', (file) => rmSync(`${file}.sha256`), 'is damaged; reinstall'],
];

function change(file) {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
}

/** Writes a file with its correct hash. */
function write(file, bytes) {
  writeFileSync(file, bytes);
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  writeFileSync(`${file}.sha256`, `${hash}\n`);
}

/** The same file with the number of another processor in its header. */
function foreign(file) {
  const bytes = readFileSync(file);
  bytes.writeUInt16LE(183, 18);
  return bytes;
}

/**
 * @param trial the project to install, with trial.js
 * @param registry its address
 * @param hasNative whether the registry has the native packages
 * @param report runs one trial and prints its outcome, `(name, work | undefined, { skipped, row })`
 */
export async function tryInstalls({ trial, folder, registry, hasNative, only, report }) {
  const env = {
    ...process.env,
    npm_config_cache: path.join(folder, 'cache'),
    npm_config_registry: registry,
    YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    // Yarn caches registry answers with the addresses of files. Those of an earlier registry no longer exist.
    YARN_GLOBAL_FOLDER: path.join(folder, 'yarn'),
  };
  let installed;
  for (const install of INSTALLS) {
    if (only && !only.includes(install.name)) continue;
    const project = path.join(folder, install.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    const work = () => {
      mkdirSync(folder, { recursive: true });
      cpSync(trial, project, { recursive: true });
      writeFileSync(path.join(project, '.npmrc'), `registry=${registry}\n`);
      writeFileSync(path.join(project, '.yarnrc'), `registry "${registry}"\n`);
      for (const [name, text] of Object.entries(install.files ?? {}))
        writeFileSync(path.join(project, name), text.replace('REGISTRY', registry));
      for (const [command, ...args] of install.commands) must(command, args, { cwd: project, env });
      expectExecutor(tell(project, install.start, env), {
        ...install,
        ...(!hasNative && { executor: 'webassembly', reason: `${own} is not installed` }),
      });
      if (install.name === 'npm') installed = project;
    };
    const row = ['installs', install.name, versionOf(install)];
    await report(`installed by ${install.name}`, work, { row });
  }
  if (!installed || !hasNative) return;
  await report(
    'on a read-only file system',
    () => expectExecutor(readOnly(installed, env), { executor: 'native' }),
    { row: ['installs', 'a file system that is read only', ''] },
  );
  await tryDamages(installed, env, report);
}

async function tryDamages(installed, env, report) {
  const file = path.join(installed, 'node_modules', own, 'unrolled.node');
  const kept = [file, `${file}.sha256`].map((name) => [name, readFileSync(name)]);
  const others = { version: otherVersion(readFileSync(file), installed) };
  for (const [name, damage, reason] of DAMAGES) {
    const work = () => {
      try {
        damage(file, others);
        expectExecutor(tell(installed, undefined, env), { executor: 'webassembly', reason });
      } finally {
        for (const [one, bytes] of kept) writeFileSync(one, bytes);
      }
    };
    await report(`a native file ${name}`, work, { row: ['installs', 'a native file that is damaged', ''] });
  }
}

/** The file with another fingerprint than the four bytes that the kernels expect. */
function otherVersion(bytes, installed) {
  const kernels = path.join(installed, 'node_modules', '@unrolled', 'kernels', 'src', 'generated', 'abi.ts');
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeInt32LE(Number(/FINGERPRINT\s*=\s*(-?\d+)/.exec(readFileSync(kernels, 'utf8'))[1]) | 0);
  const changed = Buffer.from(bytes);
  let at = changed.indexOf(fingerprint);
  if (at < 0) throw new Error('the native file does not contain its fingerprint');
  for (; at >= 0; at = changed.indexOf(fingerprint)) changed[at] ^= 1;
  return changed;
}

/** Root may write in spite of a file mode, so the folder is mounted read-only where mounting is allowed. */
function readOnly(project, env) {
  const script =
    'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && ! touch new 2> /dev/null && exec "$1" trial.js plain';
  const probe = runCommand('unshare', ['--mount', 'true'], {});
  if (probe.status === 0)
    return runFile('unshare', ['--mount', 'sh', '-c', script, project, process.execPath], { env });
  must('chmod', ['-R', 'a-w', project], {});
  try {
    return tell(project, undefined, env);
  } finally {
    must('chmod', ['-R', 'u+w', project], {});
  }
}

function tell(cwd, start = [process.execPath], env) {
  const [command, ...words] = start;
  return runFile(command, [...words, 'trial.js', 'plain'], { cwd, env });
}

/** The version that an install pins, or that of this machine's npm. */
function versionOf({ commands }) {
  const pinned = commands.flat().find((word) => /.@\d/.test(word));
  return pinned ? pinned.split('@').at(-1) : runCommand('npm', ['--version'], {}).stdout.trim();
}

function expectExecutor({ executor }, { executor: wanted, reason = '' }) {
  process.stdout.write(`    ${executor.name}: ${executor.reason}\n`);
  if (executor.name !== wanted || !executor.reason.includes(reason))
    throw new Error(`expected ${wanted}, ${reason}`);
}

function must(command, args, options) {
  const { status, stdout, stderr } = runCommand(command, args, { timeout: 300_000, ...options });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stdout}${stderr}`.trim());
}
