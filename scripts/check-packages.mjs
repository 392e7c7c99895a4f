// Packs every published package as for npm, and checks it with publint and are-the-types-wrong.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { publishedFolders, root, toolEnvironment } from './lib.mjs';
import { FILE, missingLicences } from './licences/third-party.mjs';

/** The platform of a package of native kernels. */
const BINARY = 'unrolled.node';
const tarballs = mkdtempSync(path.join(os.tmpdir(), 'unrolled-pack-'));
process.on('exit', () => rmSync(tarballs, { recursive: true, force: true }));
let failures = 0;
let checked = 0;

for (const directory of publishedFolders()) {
  const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  if (manifest.files?.includes(BINARY) && !existsSync(path.join(directory, BINARY))) {
    console.log(`--   ${manifest.name}: not built here (npm run native-kernels:build)`);
    continue;
  }
  checked += 1;
  const complaints = await check(directory, manifest);
  console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${manifest.name}`);
  for (const complaint of complaints) console.log(`     ${complaint.trim().replaceAll('\n', '\n     ')}`);
  if (complaints.length > 0) failures += 1;
}
console.log(`packages: ${checked} packed, ${failures} with problems`);
process.exit(failures > 0 || checked === 0 ? 1 : 0);

async function check(directory, manifest) {
  const pnpm = path.join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  const packed = node([pnpm, 'pack', '--json', '--pack-destination', tarballs], directory);
  if (packed.status !== 0) return [packed.output];
  const { filename, files } = JSON.parse(packed.stdout);
  const complaints = [
    ...wrongFields(manifest, path.relative(root, directory)),
    ...missingFiles(
      manifest,
      files.map((file) => file.path),
    ),
    ...missingLicences(path.join(directory, 'dist')).map(
      (name) => `dist/${FILE} lacks the licence of ${name}`,
    ),
  ];

  const bytes = readFileSync(filename);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball }, strict: true });
  complaints.push(
    ...messages.map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`),
  );

  // A command line has no types to check.
  if (manifest.types) {
    const attw = path.join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
    // The resolution of Node 10 does not support exports maps, but every Node that runs our packages does.
    const types = node(
      [
        ...[attw, filename, '--profile', 'node16', '--no-color', '--no-emoji', '--format', 'ascii'],
        ...plainFiles(manifest).flatMap((name) => ['--exclude-entrypoints', name]),
      ],
      root,
    );
    if (types.status !== 0) complaints.push(types.output);
  }
  return complaints;
}

/** The fields of the manifest that npm's page, bundlers and careful installers read. */
function wrongFields(manifest, directory) {
  const { scripts = {}, repository, publishConfig } = manifest;
  const installs = ['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => scripts[name]);
  const isLibrary = Boolean(manifest.types);
  const problems = {
    [`no install scripts, got ${installs.join(', ')}`]: installs.length > 0,
    'a description': !manifest.description,
    keywords: !(manifest.keywords?.length > 2),
    "licence 'MIT'": manifest.license !== 'MIT',
    [`repository.directory '${directory}'`]: repository?.directory !== directory.split(path.sep).join('/'),
    "engines.node '>=20'": manifest.engines?.node !== '>=20',
    "publishConfig.access 'public'": publishConfig?.access !== 'public',
    'sideEffects to say what a bundler may drop': isLibrary && manifest.sideEffects === undefined,
    'tfjs as a peer, not a dependency': isLibrary && manifest.dependencies?.['@tensorflow/tfjs-core'],
  };
  return Object.entries(problems).flatMap(([expected, isWrong]) => (isWrong ? [`expected ${expected}`] : []));
}

/** The tarball must contain the files that the manifest names, the README and the licence. */
function missingFiles(manifest, files) {
  const targets = [];
  const collect = (value) => {
    if (typeof value === 'string') targets.push(value);
    else for (const nested of Object.values(value ?? {})) collect(nested);
  };
  collect(manifest.exports);
  collect(manifest.bin);
  const present = new Set(files.map((file) => path.posix.normalize(file)));
  return [...targets, 'README.md', 'LICENSE']
    .map((target) => path.posix.normalize(target))
    .filter((target) => !present.has(target))
    .map((target) => `the tarball lacks ${target}`);
}

/**
 * Entries that are single files for fetching or compiling, and cannot be imported as modules of the package.
 */
function plainFiles({ exports }) {
  const isFile = (target) => target.default && !target.import && !target.require;
  return Object.keys(exports).filter((name) => isFile(exports[name]));
}

function node(args, cwd) {
  const result = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', env: toolEnvironment() });
  return { status: result.status, stdout: result.stdout, output: `${result.stdout}${result.stderr}` };
}
