// Measures the bytes that an import of our packages adds to a page, and compares them with the limits in
// sizes.json. The import is bundled by esbuild, minified and gzipped, without tfjs. A whole package is
// measured without the packages that it depends on, a single import with all of ours that it needs. `own`
// also leaves out tfjs's list of gradients, which the built kernels contain; it is measured from the sources,
// in which that list is an import of tfjs. `page` is a whole program: a file of ours, or a guide and the file
// in it that a reader copies. A commit that raises a limit explains why the bytes are needed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { guideFile } from './guide-files.mjs';
import { root } from './lib.mjs';

const file = path.join(root, 'scripts', 'sizes.json');
const ceilings = JSON.parse(readFileSync(file, 'utf8'));
let failed = 0;
for (const { code, page, alone, own, ceiling } of ceilings) {
  const program = page ? readPage(page) : `${code}; globalThis.kept = kept;`;
  const size = await measure(program, alone, own);
  const ok = size <= ceiling;
  if (!ok) failed += 1;
  process.stdout.write(
    `${ok ? 'ok  ' : 'OVER'} ${String(size).padStart(6)} of ${String(ceiling).padStart(6)} bytes  ${page ?? code}${alone ? '  (alone)' : ''}${own ? '  (own)' : ''}\n`,
  );
}
process.stdout.write(`sizes: ${ceilings.length} measured, ${failed} over their ceiling\n`);
if (failed > 0)
  process.stderr.write(
    '[unrolled/sizes] expected every import within its limit: find what has grown, or raise the limit in scripts/sizes.json and explain why\n',
  );
process.exit(failed > 0 ? 1 : 0);

function readPage(page) {
  const [source, name] = page.split(' ');
  return name ? guideFile(source, name) : readFileSync(path.join(root, source), 'utf8');
}

/** Size of the bundle in bytes, gzipped as by a web server. */
async function measure(program, alone, own) {
  const from = /from '(@unrolled\/[\w-]+)/.exec(program)[1];
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: own ? ['@unrolled/source'] : [],
    logLevel: 'error',
    plugins: [
      {
        name: 'outside',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^(@tensorflow\/|node:|h5wasm|@bufbuild\/)/ }, () => ({ external: true }));
          onResolve({ filter: /^@unrolled\// }, ({ path: name }) =>
            alone && !name.startsWith(from) ? { external: true } : undefined,
          );
        },
      },
    ],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
