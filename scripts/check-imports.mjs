// Checks the import rules: which package may import which, no cycles between files, which files a browser may
// reach, and the imports within assembly/.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { root } from './lib.mjs';

/**
 * The packages that each package may import; the diagram in docs/architecture.md shows the same. Every
 * package may import `errors`.
 */
const ARROWS = {
  errors: [],
  data: [],
  forecasting: [],
  metrics: [],
  sweeps: [],
  audio: [],
  safetensors: [],
  kernels: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
  native: [],
  cells: ['kernels', '@tensorflow/tfjs-core'],
  losses: ['kernels', '@tensorflow/tfjs-core'],
  interop: ['cells', 'safetensors', '@tensorflow/tfjs-core'],
  training: ['cells', 'losses', 'kernels', 'safetensors', '@tensorflow/tfjs-core'],
  runs: ['training', 'safetensors', 'cells', '@tensorflow/tfjs-core'],
  'language-model': ['runs', 'training', 'cells', 'losses', 'kernels', 'data', '@tensorflow/tfjs-core'],
  forecaster: [
    'runs',
    'training',
    'cells',
    'losses',
    'kernels',
    'data',
    'forecasting',
    '@tensorflow/tfjs-core',
  ],
};

/**
 * Folders of a package that are for Node. No entry for browsers may reach them; `./node` entries and the
 * `node` condition may.
 */
const NODE_ONLY = { kernels: ['src/tensorflow', 'src/native'] };

/** Entries of a package that are for Node, in addition to `./node`. */
const NODE_ENTRIES = { sweeps: ['./database'] };

/**
 * The conditions of a bundler for browsers. The first key of an exports or imports map that is one of these
 * is used.
 */
const BROWSER = new Set(['@unrolled/source', 'browser', 'import', 'module', 'default']);

const problems = [];
/** For each file, the modules that it imports for types only. */
const typeOnly = new Map();
const relative = (file) => path.relative(root, file).split(path.sep).join('/');

const graphs = ['packages', 'apps', 'examples', '.'].flatMap((folder) =>
  (folder === '.' ? ['bench'] : readdirSync(path.join(root, folder))).map((name) => ({
    folder,
    name,
    files: readSources(path.join(root, folder, name, 'src')),
  })),
);
let fileCount = 0;
checkAssembly();
for (const { folder, name, files } of graphs) {
  fileCount += files.size;
  if (folder === 'packages') checkArrows(name, files);
  if (folder === 'packages') checkBrowserEntries(name, files);
  checkOwnBoundary(`${folder}/${name}`, files);
  checkCycles(files);
}
// A check of nothing must fail.
if (fileCount === 0) problems.push('no source file was found');

for (const problem of problems) console.error(problem);
console.log(`imports: ${fileCount} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

/** Each source file with its imports; relative imports as absolute paths. */
function readSources(directory) {
  const files = new Map();
  const visit = (folder) => {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) visit(file);
      else if (/\.tsx?$/.test(entry.name)) files.set(file, importsOf(file));
    }
  };
  visit(directory);
  return files;
}

function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const resolve = (fileName) => {
    if (!fileName.startsWith('.')) return fileName;
    const target = path.resolve(path.dirname(file), fileName);
    return (
      [target, `${target}.ts`, path.join(target, 'index.ts')].find(
        (candidate) => /\.\w+$/.test(candidate) && existsSync(candidate),
      ) ?? target
    );
  };
  typeOnly.set(file, new Set(typeOnlyImports(text).map(resolve)));
  return importedFiles.map(({ fileName }) => resolve(fileName));
}

/** The modules that a file imports only by `import type … from` and `export type … from`. */
function typeOnlyImports(text) {
  const types = new Set();
  const values = new Set();
  for (const statement of ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest).statements) {
    const name = statement.moduleSpecifier?.text;
    if (name === undefined) continue;
    const isType = statement.importClause?.isTypeOnly ?? statement.isTypeOnly ?? false;
    (isType ? types : values).add(name);
  }
  return [...types].filter((name) => !values.has(name));
}

function checkArrows(name, files) {
  const allowed = ARROWS[name];
  if (!allowed)
    return problems.push(`packages/${name}: has no entry in the rules of scripts/check-imports.mjs`);
  for (const [file, imports] of files)
    for (const imported of imports) {
      const ours = /^@unrolled\/([\w-]+)/.exec(imported)?.[1];
      const tensorflow = /^@tensorflow\/[\w-]+/.exec(imported)?.[0];
      const target = ours ?? tensorflow;
      if (target && target !== 'errors' && target !== name && !allowed.includes(target))
        problems.push(`${relative(file)}: ${name} must not import ${imported}`);
    }
}

/**
 * Follows each entry except those for Node as a browser would. Everything that it reaches must load there.
 */
function checkBrowserEntries(name, files) {
  const directory = path.join(root, 'packages', name);
  const { exports: entries, imports: internal = {} } = JSON.parse(
    readFileSync(path.join(directory, 'package.json'), 'utf8'),
  );
  const nodeOnly = (NODE_ONLY[name] ?? []).map((folder) => path.join(directory, folder) + path.sep);
  const inBrowser = (imported) =>
    internal[imported] ? path.join(directory, underConditions(internal[imported]) ?? '') : imported;
  const named = Object.entries(typeof entries === 'string' ? { '.': entries } : (entries ?? {}));
  for (const [entry, target] of named) {
    const source = underConditions(target);
    if (entry.startsWith('./node') || NODE_ENTRIES[name]?.includes(entry) || !source?.endsWith('.ts'))
      continue;
    const isNodeOnly = (file) => nodeOnly.some((folder) => file.startsWith(folder));
    for (const file of reachable(path.join(directory, source), files, inBrowser))
      for (const written of files.get(file) ?? []) {
        const imported = inBrowser(written);
        const forTypes = typeOnly.get(file)?.has(written);
        const isForNode =
          imported.startsWith('node:') ||
          builtinModules.includes(imported) ||
          (/^@unrolled\/[\w-]+\/node\b/.test(imported) && !forTypes) ||
          (isNodeOnly(imported) && !isNodeOnly(file) && !forTypes);
        const shown = path.isAbsolute(imported) ? relative(imported) : imported;
        if (isForNode)
          problems.push(
            `${relative(file)}: imports ${shown} and is reached from the entry ${entry}, which must load in a browser`,
          );
      }
  }
}

/** The source file that a map of conditions selects in a browser. */
function underConditions(target) {
  if (typeof target === 'string' || !target) return target ?? undefined;
  for (const [condition, nested] of Object.entries(target))
    if (BROWSER.has(condition)) {
      const found = underConditions(nested);
      if (found) return found;
    }
  return undefined;
}

/** The files that `entry` imports, for values or types. */
function reachable(entry, files, resolve) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !files.has(file)) return;
    seen.add(file);
    for (const imported of files.get(file)) if (!typeOnly.get(file)?.has(imported)) visit(resolve(imported));
  };
  visit(entry);
  return seen;
}

/** AssemblyScript: files of assembly/ may import each other and the generated files, without cycles. */
function checkAssembly() {
  const home = path.join(root, 'packages', 'kernels', 'assembly');
  const generated = path.join(root, 'packages', 'kernels', 'abi', 'generated') + path.sep;
  const files = readSources(home);
  fileCount += files.size;
  if (files.size === 0) problems.push('packages/kernels/assembly: no source file was found');
  for (const [file, imports] of files)
    for (const imported of imports)
      if (!imported.startsWith(home + path.sep) && !imported.startsWith(generated))
        problems.push(`${relative(file)}: imports ${relative(imported)}, outside assembly/`);
  checkCycles(files);
}

/** A relative import into another package would bypass that package's exports. */
function checkOwnBoundary(workspace, files) {
  const home = path.join(root, workspace) + path.sep;
  for (const [file, imports] of files)
    for (const imported of imports)
      if (path.isAbsolute(imported) && !imported.startsWith(home))
        problems.push(`${relative(file)}: imports ${relative(imported)}, which is outside its package`);
}

function checkCycles(files) {
  const done = new Set();
  const trail = [];
  const visit = (file) => {
    const at = trail.indexOf(file);
    if (at >= 0) return problems.push(`cycle: ${[...trail.slice(at), file].map(relative).join(' -> ')}`);
    if (done.has(file) || !files.has(file)) return;
    trail.push(file);
    for (const imported of files.get(file)) visit(imported);
    trail.pop();
    done.add(file);
  };
  for (const file of files.keys()) visit(file);
}
