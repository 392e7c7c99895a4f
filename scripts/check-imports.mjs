// The import rules: the arrows between packages, no cycle between files, Node's own modules only behind ./node entries.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import ts from 'typescript';
import { root } from './lib.mjs';

/** Who may import whom; the diagram in CONTRIBUTING.md draws the same. Every package may import `errors`. */
const ARROWS = {
  errors: [],
  data: [],
  forecasting: [],
  safetensors: [],
  kernels: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'],
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

const problems = [];
const relative = (file) => path.relative(root, file).split(path.sep).join('/');

const graphs = ['packages', 'apps', '.'].flatMap((folder) =>
  (folder === '.' ? ['bench'] : readdirSync(path.join(root, folder))).map((name) => ({
    folder,
    name,
    files: readSources(path.join(root, folder, name, 'src')),
  })),
);
let fileCount = 0;
for (const { folder, name, files } of graphs) {
  fileCount += files.size;
  if (folder === 'packages') checkArrows(name, files);
  if (folder === 'packages') checkNodeModules(name, files);
  checkOwnBoundary(`${folder}/${name}`, files);
  checkCycles(files);
}
// A check that saw nothing has shown nothing.
if (fileCount === 0) problems.push('no source file was found');

for (const problem of problems) console.error(problem);
console.log(`imports: ${fileCount} files, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

/** Each source file with what it imports; relative imports as absolute paths. */
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
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => {
    if (!fileName.startsWith('.')) return fileName;
    const target = path.resolve(path.dirname(file), fileName);
    return (
      [target, `${target}.ts`, path.join(target, 'index.ts')].find(
        (candidate) => /\.\w+$/.test(candidate) && existsSync(candidate),
      ) ?? target
    );
  });
}

function checkArrows(name, files) {
  const allowed = ARROWS[name];
  if (!allowed)
    return problems.push(`packages/${name}: has no place in the arrows of scripts/check-imports.mjs`);
  for (const [file, imports] of files)
    for (const imported of imports) {
      const ours = /^@unrolled\/([\w-]+)/.exec(imported)?.[1];
      const tensorflow = /^@tensorflow\/[\w-]+/.exec(imported)?.[0];
      const target = ours ?? tensorflow;
      if (target && target !== 'errors' && target !== name && !allowed.includes(target))
        problems.push(`${relative(file)}: ${name} must not import ${imported}`);
    }
}

/** Follows each entry but ./node, and those under the condition `node`: what it reaches must load in a browser. */
function checkNodeModules(name, files) {
  const directory = path.join(root, 'packages', name);
  const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  for (const [entry, target] of Object.entries(manifest.exports)) {
    const own = target['@unrolled/source'] ?? target;
    const source = own.default ?? own;
    if (entry.startsWith('./node') || !source?.endsWith('.ts')) continue;
    for (const file of reachable(path.join(directory, source), files))
      for (const imported of files.get(file) ?? [])
        if (imported.startsWith('node:') || builtinModules.includes(imported))
          problems.push(
            `${relative(file)}: imports ${imported} and is reached from the entry ${entry}, which must load in a browser`,
          );
  }
}

function reachable(entry, files) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !files.has(file)) return;
    seen.add(file);
    for (const imported of files.get(file)) visit(imported);
  };
  visit(entry);
  return seen;
}

/** A relative import that leaves its package goes around the package's exports. */
function checkOwnBoundary(workspace, files) {
  const home = path.join(root, workspace) + path.sep;
  for (const [file, imports] of files)
    for (const imported of imports)
      if (path.isAbsolute(imported) && !imported.startsWith(home))
        problems.push(`${relative(file)}: imports ${relative(imported)}, outside its own package`);
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
