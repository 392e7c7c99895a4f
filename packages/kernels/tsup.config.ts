import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';
import { plainBinary } from './src/generated/plain';
import { relaxedBinary } from './src/generated/relaxed';
import { decode, withUnsharedMemory } from './src/wasm/engine/binary-format';
import { WORKER_SCRIPT } from './src/wasm/engine/worker-script';

const GRADIENTS = '@tensorflow/tfjs-core/dist/register_all_gradients';
const core = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json'));

const PUBLIC = { path: '@tensorflow/tfjs-core', external: true };
/** Files of tfjs-core all of whose exports the public entry has too. */
const WHOLE = [
  'kernel_names',
  'kernel_registry',
  'environment',
  'ops/operation',
  'globals',
  'index',
  'base',
  '',
];
/** Files that the public entry exports as one object. */
const NAMESPACES: Record<string, string> = {
  util: 'util',
  'ops/broadcast_util': 'broadcast_util',
  'ops/axis_util': 'backend_util',
  'ops/conv_util': 'backend_util',
  'ops/selu_util': 'backend_util',
  'ops/slice_util': 'slice_util',
};
/** Files whose exports are named otherwise in the public entry. */
const SHIMS: Record<string, string> = {
  engine: `import { engine } from '@tensorflow/tfjs-core'; export const ENGINE = engine();`,
  tensor: `import { Tensor } from '@tensorflow/tfjs-core'; export { Tensor }; export const getGlobalTensorClass = () => Tensor;`,
};

function reexport(object: string): string {
  const names = Object.keys(createRequire(import.meta.url)('@tensorflow/tfjs-core')[object]);
  const list = names.filter((name) => /^\w+$/.test(name)).join(', ');
  return `import { ${object} } from '@tensorflow/tfjs-core'; export const { ${list} } = ${object};`;
}

/**
 * Bundles tfjs-core's list of gradients, which Node cannot import unbundled, and nothing else of tfjs-core:
 * the gradient files import ops one by one from dist/, and each of those that the public entry exports too is
 * taken from there.
 */
const gradientList = {
  name: 'gradient-list',
  // biome-ignore lint/suspicious/noExplicitAny: tsup does not export esbuild's plugin types
  setup(build: any) {
    build.onResolve({ filter: /^@tensorflow\/tfjs-core\/dist\/register_all_gradients$/ }, () => ({
      path: path.join(core, 'dist/register_all_gradients.js'),
    }));
    const opsIndex = readFileSync(path.join(core, 'dist/ops/ops.js'), 'utf8');
    const publicOps = new Set(Array.from(opsIndex.matchAll(/from '\.\/(\w+)'/g), ([, file]) => file));
    build.onResolve(
      { filter: /^\.\.?(\/|$)/ },
      (args: { path: string; importer: string; resolveDir: string }) => {
        if (!args.importer.startsWith(path.join(core, 'dist'))) return undefined;
        const file = path.relative(path.join(core, 'dist'), path.resolve(args.resolveDir, args.path));
        if (file.startsWith('ops/') && publicOps.has(path.basename(file))) return PUBLIC;
        if (WHOLE.includes(file)) return PUBLIC;
        return file in NAMESPACES || file in SHIMS ? { path: file, namespace: 'tfjs-core-part' } : undefined;
      },
    );
    build.onLoad({ filter: /.*/, namespace: 'tfjs-core-part' }, (args: { path: string }) => ({
      contents: SHIMS[args.path] ?? reexport(NAMESPACES[args.path]!),
      resolveDir: core,
    }));
  },
};

/**
 * The files for a host that forbids run-time compilation: the modules, each for both kinds of memory, and the
 * script of a thread.
 */
function writeFiles(): void {
  const folder = path.resolve('dist');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of [
    ['plain', plainBinary],
    ['relaxed', relaxedBinary],
  ] as const) {
    const bytes = decode(text);
    writeFileSync(path.join(folder, `${name}-threads.wasm`), bytes);
    writeFileSync(path.join(folder, `${name}.wasm`), withUnsharedMemory(bytes));
  }
  writeFileSync(path.join(folder, 'worker.js'), `// A thread of the backend 'unrolled'.\n${WORKER_SCRIPT}`);
}

export default defineConfig(
  packageBuild(
    ['src/index.ts', 'src/index-node.ts', 'src/tf-layers.ts', 'src/node.ts'],
    { noExternal: [GRADIENTS], esbuildPlugins: [gradientList], onSuccess: async () => writeFiles() },
    // AssemblyScript's own library is compiled into the binaries.
    ['node_modules/assemblyscript'],
  ),
);
