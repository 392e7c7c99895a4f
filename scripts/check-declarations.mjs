/**
 * Compiles every entry of every published package's built declarations, as ESM and as CommonJS, with the
 * oldest TypeScript that we support and the newest ones, with `skipLibCheck: false`. An error in our
 * declarations fails the check. Errors in dependencies' declarations are counted by package and code. The
 * counts must equal scripts/declarations/allowed.json, so a change is noticed.
 *
 *     node scripts/check-declarations.mjs            # needs the build
 *     node scripts/check-declarations.mjs --write    # accepts what the dependencies' declarations give now
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fail, root } from './lib.mjs';

const here = path.join(root, 'scripts', 'declarations');
const allowedFile = path.join(here, 'allowed.json');
const project = path.join(root, 'node_modules', '.cache', 'unrolled', 'declarations');
const compilers = Object.keys(
  JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8')).devDependencies,
);
const require = createRequire(path.join(here, 'package.json'));

const entries = writeProject();
const allowed = existsSync(allowedFile) ? JSON.parse(readFileSync(allowedFile, 'utf8')) : {};
const found = {};
let problems = 0;
for (const compiler of compilers) {
  const { version, ours, dependencies } = compile(compiler);
  found[compiler] = dependencies;
  const isAllowed = JSON.stringify(dependencies) === JSON.stringify(allowed[compiler] ?? {});
  const total = Object.values(dependencies)
    .flatMap(Object.values)
    .reduce((sum, count) => sum + count, 0);
  const ok = ours.length === 0 && (isAllowed || process.argv.includes('--write'));
  if (!ok) problems += 1;
  console.log(
    `${ok ? 'ok  ' : 'FAIL'} TypeScript ${version}: ${ours.length} errors in our declarations, ${total} in dependencies'`,
  );
  for (const line of ours) console.log(`     ${line}`);
  if (!isAllowed && !process.argv.includes('--write')) {
    console.log(`     expected of dependencies ${JSON.stringify(allowed[compiler] ?? {})}`);
    console.log(`     got                      ${JSON.stringify(dependencies)}`);
  }
}
if (process.argv.includes('--write')) writeFileSync(allowedFile, `${JSON.stringify(found, null, 2)}\n`);
console.log(`declarations: ${entries} entries, ${compilers.length} compilers, ${problems} with problems`);
if (problems > 0)
  process.stderr.write(
    '[unrolled/declarations] expected no error in our declarations, and in those of dependencies the errors of scripts/declarations/allowed.json: ' +
      'correct ours; if a dependency changed, accept its errors with node scripts/check-declarations.mjs --write\n',
  );
process.exit(problems > 0 ? 1 : 0);

/**
 * A project that imports every entry both ways. Its node_modules contains links to the packages, as after an
 * installation.
 */
function writeProject() {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(path.join(project, 'node_modules', '@unrolled'), { recursive: true });
  const names = [];
  const required = [];
  for (const folder of readdirSync(path.join(root, 'packages'))) {
    const directory = path.join(root, 'packages', folder);
    const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
    if (manifest.private) continue;
    symlinkSync(directory, path.join(project, 'node_modules', manifest.name), 'junction');
    for (const [entry, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue;
      for (const file of declarationsOf(target))
        if (!existsSync(path.join(directory, file)))
          fail(
            `[unrolled/declarations] expected the file packages/${folder}/${file}, got none: npm run build`,
          );
      const name = path.posix.join(manifest.name, entry);
      names.push(name);
      // Workers' scripts and binaries are files for bundlers and hosts, and are ES modules only.
      if (JSON.stringify(target).includes('"require"')) required.push(name);
    }
  }
  // A check of nothing must fail.
  if (names.length === 0) fail('[unrolled/declarations] expected packages with declarations, got none');
  const write = (file, list, importing) => {
    const lines = list.map((name, index) => importing(name, `entry${index}`));
    const kept = `export const entries = [${list.map((_name, index) => `entry${index}`).join(', ')}];`;
    writeFileSync(path.join(project, file), `${[...lines, kept].join('\n')}\n`);
  };
  write('entries.mts', names, (name, entry) => `import * as ${entry} from '${name}';`);
  write('entries.cts', required, (name, entry) => `import ${entry} = require('${name}');`);
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'dom'],
    module: 'node16',
    moduleResolution: 'node16',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: ['node'],
    noEmit: true,
  };
  writeFileSync(
    path.join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['entries.mts', 'entries.cts'] }),
  );
  return names.length;
}

/** The declaration files in a map of conditions. */
function declarationsOf(target) {
  return Object.entries(target).flatMap(([condition, nested]) =>
    typeof nested === 'string' ? (condition === 'types' ? [nested] : []) : declarationsOf(nested),
  );
}

/** A compiler's messages: the lines about our files, and for each dependency the number of each error. */
function compile(compiler) {
  const manifest = require.resolve(`${compiler}/package.json`);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const tsc = path.join(path.dirname(manifest), 'bin', 'tsc');
  const { stdout, stderr, status } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', project], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const ours = [];
  const dependencies = {};
  for (const line of stdout.split('\n')) {
    // Indented lines explain the line above.
    const [, file, code] = /^(?:(\S.*)\(\d+,\d+\): )?error (TS\d+): /.exec(line) ?? [];
    if (!code) continue;
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//
      .exec(file ?? '')?.[1]
      // TypeScript 7's own declarations are in the package with its binary, one for each platform.
      .replace(/^@typescript\/typescript-.*/, 'typescript');
    if (!name || name.startsWith('.') || name.startsWith('@unrolled/')) ours.push(line);
    else {
      dependencies[name] ??= {};
      dependencies[name][code] = (dependencies[name][code] ?? 0) + 1;
    }
  }
  const counted = ours.length + Object.keys(dependencies).length;
  if (status !== 0 && counted === 0) ours.push(`tsc ended with ${status}: ${stdout}${stderr}`);
  return { version, ours, dependencies: sorted(dependencies) };
}

/** The same value, with the keys of every object in order. */
function sorted(value) {
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}
