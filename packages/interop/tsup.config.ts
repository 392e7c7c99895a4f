import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { packageBuild } from '../../tsup.base';

const H5WASM = 'node_modules/h5wasm';
const LIBRARY = './hdf5-library';

/** The HDF5 library, 4 MB of generated code, stays a separate file, which is loaded on demand. */
const hdf5Apart = {
  name: 'hdf5-apart',
  // biome-ignore lint/suspicious/noExplicitAny: tsup does not export esbuild's plugin types
  setup(build: any) {
    build.onResolve({ filter: /hdf5_util\.js$/ }, () => ({ path: `${LIBRARY}.js`, external: true }));
  },
};

/**
 * Copies the library beside our files, once unchanged and once as CommonJS, which Jest's defaults need; and
 * its licence.
 */
function addLibrary(): void {
  const library = readFileSync(`${H5WASM}/dist/esm/hdf5_util.js`, 'utf8');
  writeFileSync(`dist/${LIBRARY}.js`, library);
  const common = replaced(
    replaced(library, 'import.meta.url', "''"),
    'export default Module;',
    'exports.default = Module;',
  );
  writeFileSync(`dist/${LIBRARY}.cjs`, common);
  const [file] = readdirSync('dist').filter(
    (name) =>
      name.endsWith('.cjs') && readFileSync(`dist/${name}`, 'utf8').includes(`import('${LIBRARY}.js')`),
  );
  const code = readFileSync(`dist/${file}`, 'utf8');
  writeFileSync(
    `dist/${file}`,
    code.replace(`import('${LIBRARY}.js')`, `Promise.resolve(require('${LIBRARY}.cjs'))`),
  );
  copyFileSync(`${H5WASM}/LICENSE.txt`, 'dist/h5wasm-LICENSE.txt');
}

function replaced(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`expected '${from}' once in the library, got it ${parts.length - 1} times`);
  return parts.join(to);
}

export default defineConfig(
  packageBuild(['src/index.ts', 'src/keras.ts'], {
    esbuildPlugins: [hdf5Apart],
    onSuccess: async () => addLibrary(),
  }),
);
