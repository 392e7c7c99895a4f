// node scripts/release/consumers.mjs --registry ADDRESS (--only webpack,jest): installs the packages of a
// registry into each project of consumers/, as a user would, and runs the project's `check`, which trains
// hihello. `npm run release:dry` runs it with its own registry. Ends with `consumers: N passed, N failed`.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findChromium } from '../chromium.mjs';
import { fail } from '../lib.mjs';
import { must, output } from './processes.mjs';
import { writeTable } from './table.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
/** The projects that open a page. All but Next's share the files of page/. */
const PAGES = ['vite', 'webpack', 'rspack', 'esbuild', 'next'];
/**
 * The compilers that read our declarations. From version 6 on, tfjs's types of WebGPU contradict the
 * compiler's.
 */
const COMPILERS = [
  { version: '5.6.3', checksLibraries: true },
  { version: '5.9.3', checksLibraries: true },
  { version: '6.0.3', checksLibraries: false },
  { version: '7.0.2', checksLibraries: false },
];
/** The tool that each project tests. The table shows its version, or Node's if there is none. */
const TOOLS = { rspack: '@rspack/core', typescript: 'typescript', apps: '@unrolled/char-rnn' };

/** Every project: its name, its folder, its tool, and what it changes in package.json. */
function projects() {
  return readdirSync(path.join(here, 'consumers'))
    .sort()
    .flatMap((folder) => {
      const tool = TOOLS[folder] ?? (PAGES.includes(folder) || folder === 'jest' ? folder : undefined);
      if (folder !== 'typescript') return [{ name: folder, folder, tool }];
      return COMPILERS.map((compiler) => ({
        name: `typescript ${compiler.version}`,
        folder,
        tool,
        compiler,
      }));
    });
}

/**
 * Tries each project in a separate folder.
 *
 * @param directory an existing folder for the projects and npm's cache
 * @param registry the address of the registry
 * @param only the folders of the projects to try, by default all
 * @param isWritten whether to write the results into docs/release-rehearsal.md
 * @param step `(name, work)` runs one trial and reports it
 * @returns a row of the table for each project: name, version, result
 */
export async function tryConsumers({ directory, registry, only, isWritten = false, step }) {
  const chromium = findChromium();
  const rows = [];
  for (const project of projects()) {
    if (only && !only.includes(project.folder)) continue;
    const name = `consumer ${project.name}`;
    if (PAGES.includes(project.folder) && !chromium) {
      process.stdout.write(`\n--- ${name}: skipped, no chromium on the PATH (apt-get install chromium)\n`);
      continue;
    }
    const folder = path.join(directory, 'consumers', project.name.replaceAll(' ', '-'));
    const { ok } = await step(name, () => consume(project, { directory, folder, registry, chromium }));
    rows.push({ name: project.name, version: versionOf(project, folder), result: ok ? 'passed' : 'failed' });
    rmSync(folder, { recursive: true, force: true });
  }
  if (isWritten) writeTable('consumers', rows, { isWhole: only === undefined });
  return rows;
}

function versionOf({ tool }, folder) {
  if (tool === undefined) return `Node ${process.versions.node}`;
  const manifest = path.join(folder, 'node_modules', tool, 'package.json');
  if (!existsSync(manifest)) return tool;
  return `${tool} ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
}

/** Installs a project and runs its check, which must print hihello's prediction. */
async function consume(project, { directory, folder, registry, chromium }) {
  cpSync(path.join(here, 'consumers', project.folder), folder, { recursive: true });
  if (PAGES.includes(project.folder) && project.folder !== 'next')
    cpSync(path.join(here, 'page'), folder, { recursive: true });
  if (project.compiler) useCompiler(folder, project.compiler);
  writeRegistry(folder, registry);
  // A separate cache: packages of the same version from an earlier try must not be used.
  const env = {
    ...process.env,
    npm_config_cache: path.join(directory, 'cache'),
    NEXT_TELEMETRY_DISABLED: '1',
    UNROLLED_CHROMIUM: chromium ?? '',
  };
  for (const key of Object.keys(env))
    if (/^npm_(config_(registry|prefix|local_prefix)|package_|lifecycle_)/.test(key)) delete env[key];
  const options = { cwd: folder, env, shell: process.platform === 'win32' };
  await must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], options);
  const printed = await output('npm', ['run', '--silent', 'check'], folder, env);
  process.stdout.write(printed);
  if (!printed.includes('ihello')) throw new Error("expected the project to print 'ihello'");
}

function useCompiler(folder, { version, checksLibraries }) {
  const change = (file, work) => {
    const value = JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    work(value);
    writeFileSync(path.join(folder, file), JSON.stringify(value));
  };
  change('package.json', (manifest) => {
    manifest.devDependencies.typescript = version;
  });
  change('tsconfig.json', ({ compilerOptions }) => {
    compilerOptions.skipLibCheck = !checksLibraries;
  });
}

/** Points npm at a registry. npm publishes nothing without a token, and accepts any here. */
export function writeRegistry(folder, registry) {
  mkdirSync(folder, { recursive: true });
  const { host } = new URL(registry);
  writeFileSync(path.join(folder, '.npmrc'), `registry=${registry}\n//${host}/:_authToken=nobody\n`);
}

async function main() {
  const { values } = parseArgs({
    options: {
      registry: { type: 'string' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const { registry, only, write } = values;
  if (!registry)
    fail(
      '[unrolled/release] expected the address of a registry, got none: pass --registry, or run npm run release:dry, which starts one',
    );
  const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-consumers-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  const step = async (name, work) => {
    const started = Date.now();
    let failure;
    try {
      await work();
    } catch (error) {
      failure = error;
    }
    const seconds = (Date.now() - started) / 1000;
    process.stdout.write(
      `--- ${name}: ${failure ? `FAILED, ${failure.message}` : 'ok'}, ${seconds.toFixed(1)} s\n`,
    );
    return { ok: !failure, seconds };
  };
  const rows = await tryConsumers({ registry, only: only?.split(','), isWritten: write, directory, step });
  for (const row of rows) process.stdout.write(`${row.name}: ${row.version}, ${row.result}\n`);
  const failed = rows.filter(({ result }) => result === 'failed').length;
  process.stdout.write(`consumers: ${rows.length - failed} passed, ${failed} failed\n`);
  process.exit(failed > 0 ? 1 : 0);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
