/**
 * Lists our use of TensorFlow.js by package: every name that tfjs declares and our code mentions, found by
 * the type checker, and every module of tfjs that we import. The list is docs/tfjs-use.json. A name more or
 * less than in the list fails, so our dependence changes only by decision
 * (docs/decisions/2026-11-29-what-we-ask-of-tfjs.md).
 *
 *     node scripts/check-tfjs-use.mjs            # compares
 *     node scripts/check-tfjs-use.mjs --write    # writes the list again
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { fail, root } from './lib.mjs';

const listFile = path.join(root, 'docs', 'tfjs-use.json');
const TFJS = /\/node_modules\/(@tensorflow\/[\w-]+)\/(?:dist\/)?(.*?)(?:\.d)?\.ts$/;

const uses = sorted(findUses());
const list = { version: installedVersion(), uses };
// A check of nothing must fail.
if (Object.keys(uses).length === 0) fail('[unrolled/tfjs-use] expected uses of tfjs, found none');
if (process.argv.includes('--write')) {
  writeFileSync(listFile, `${JSON.stringify(list, null, 2)}\n`);
  const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  spawnSync(process.execPath, [biome, 'format', '--write', listFile], { cwd: root });
}

const before = flatten(existsSync(listFile) ? JSON.parse(readFileSync(listFile, 'utf8')) : { uses: {} });
const now = flatten(list);
const more = [...now].filter((name) => !before.has(name));
const less = [...before].filter((name) => !now.has(name));
for (const name of more) console.log(`more: ${name}`);
for (const name of less) console.log(`less: ${name}`);
const kinds = {};
for (const line of now) {
  const [, kind, name] = /^\S+ \S+ (\w+): (.*)/.exec(line) ?? [];
  if (!kind) continue;
  kinds[kind] ??= new Set();
  kinds[kind].add(name);
}
const counts = Object.entries(kinds).map(([kind, named]) => `${named.size} ${kind}`);
console.log(
  `tfjs ${list.version}: ${counts.join(', ')}; ${more.length} more, ${less.length} less than listed`,
);
if (more.length + less.length > 0)
  process.stderr.write(
    '[unrolled/tfjs-use] expected the names in docs/tfjs-use.json: avoid the new names, or update the list with node scripts/check-tfjs-use.mjs --write and explain why\n',
  );
process.exit(more.length + less.length > 0 ? 1 : 0);

/** The version that the root's manifest pins and the lockfile installs. */
function installedVersion() {
  const read = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  const { version } = read('node_modules/@tensorflow/tfjs-core/package.json');
  const pinned = read('package.json').devDependencies['@tensorflow/tfjs-core'];
  if (pinned !== version)
    fail(
      `[unrolled/tfjs-use] expected package.json to pin the installed @tensorflow/tfjs-core ${version}, got ${pinned}`,
    );
  return version;
}

function findUses() {
  const folders = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}`),
  );
  const sources = folders.map((folder) => [folder, sourcesOf(path.join(root, folder, 'src'))]);
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, types: ['node'] }, root);
  const program = ts.createProgram(
    sources.flatMap(([, files]) => files),
    options,
  );
  const checker = program.getTypeChecker();
  const found = {};
  for (const [folder, files] of sources)
    for (const file of files) {
      const visit = (node) => {
        const use = moduleUse(node) ?? nameUse(checker, node);
        if (use) {
          const [module, kind, name] = use;
          found[folder] ??= {};
          found[folder][module] ??= {};
          found[folder][module][kind] ??= new Set();
          found[folder][module][kind].add(name);
        }
        ts.forEachChild(node, visit);
      };
      visit(program.getSourceFile(file));
    }
  return found;
}

function sourcesOf(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes(`${path.sep}generated${path.sep}`));
}

/** A module of tfjs that is imported, statically or dynamically: `[package, 'modules', specifier]`. */
function moduleUse(node) {
  if (!ts.isStringLiteral(node)) return undefined;
  const name = /^(@tensorflow\/[\w-]+)/.exec(node.text)?.[1];
  const { parent } = node;
  const imports =
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    (ts.isCallExpression(parent) && parent.arguments.length === 1);
  return name && imports ? [name, 'modules', node.text] : undefined;
}

/** A use of a name that tfjs declares: `[package, kind, name]`. */
function nameUse(checker, node) {
  if (!ts.isIdentifier(node)) return undefined;
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.declarations?.find((one) => TFJS.test(one.getSourceFile().fileName));
  // A namespace import alone uses no name.
  if (!declaration || ts.isSourceFile(declaration)) return undefined;
  const [, module, file] = TFJS.exec(declaration.getSourceFile().fileName);
  if (ts.isClassElement(declaration) || ts.isTypeElement(declaration)) {
    // Fields of a literal type belong to the type that names it. Fields of an unnamed type are not listed.
    const owner = ts.isTypeLiteralNode(declaration.parent) ? declaration.parent.parent : declaration.parent;
    const named =
      ts.isTypeAliasDeclaration(owner) || ts.isInterfaceDeclaration(owner) || ts.isClassLike(owner);
    const hasName = declaration.name !== undefined;
    return named && hasName ? [module, 'members', `${owner.name.text}.${symbol.name}`] : undefined;
  }
  return [module, kindOf(symbol, file), symbol.name];
}

function kindOf({ flags }, file) {
  if (flags & ts.SymbolFlags.Class) return 'classes';
  if (flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Enum)) return 'types';
  if (file === 'kernel_names') return 'kernels';
  if (file === 'kernel_registry') return 'registries';
  return file.startsWith('ops/') ? 'operations' : 'functions';
}

/** Converts sets to sorted lists, and sorts the keys of objects. */
function sorted(value) {
  if (value instanceof Set) return [...value].sort();
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/**
 * A line for each name, such as `packages/cells @tensorflow/tfjs-core operations: tanh`, and one for the
 * version.
 */
function flatten({ version, uses: folders }) {
  const lines = new Set(
    Object.entries(folders).flatMap(([folder, modules]) =>
      Object.entries(modules).flatMap(([module, kinds]) =>
        Object.entries(kinds).flatMap(([kind, entries]) =>
          entries.map((name) => `${folder} ${module} ${kind}: ${name}`),
        ),
      ),
    ),
  );
  if (version) lines.add(`version ${version}`);
  return lines;
}
