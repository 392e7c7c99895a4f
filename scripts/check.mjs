// npm run check: types, lint, import rules, links, the diagram, prose, the use of tfjs, unused code,
// documentation of every export, sizes of imports, and the packages and their declarations in their published
// form. All steps run; a summary follows.
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { root, run } from './lib.mjs';

const bin = (...parts) => path.join(root, 'node_modules', ...parts);
const turbo = [bin('turbo', 'bin', 'turbo'), 'run', '--ui=stream', '--output-logs=errors-only', '--continue'];
const STEPS = {
  types: [...turbo, 'types'],
  'types of scripts and tests': [bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', '.'],
  lint: [bin('@biomejs', 'biome', 'bin', 'biome'), 'check', '.'],
  imports: [path.join(root, 'scripts', 'check-imports.mjs')],
  links: [path.join(root, 'scripts', 'check-links.mjs')],
  diagram: [path.join(root, 'scripts', 'check-diagram.mjs')],
  prose: [path.join(root, 'scripts', 'check-prose.mjs')],
  'use of tfjs': [path.join(root, 'scripts', 'check-tfjs-use.mjs')],
  'unused code': [bin('knip', 'bin', 'knip.js')],
  'api reference': [
    bin('typedoc', 'bin', 'typedoc'),
    '--emit',
    'none',
    '--logLevel',
    'Warn',
    '--treatWarningsAsErrors',
  ],
  build: [...turbo, 'build'],
  sizes: [path.join(root, 'scripts', 'check-sizes.mjs')],
  packages: [path.join(root, 'scripts', 'check-packages.mjs')],
  declarations: [path.join(root, 'scripts', 'check-declarations.mjs')],
};

await bootstrap();
const asked = process.argv.slice(2);
const names = Object.keys(STEPS).filter((name) => asked.length === 0 || asked.includes(name));
if (names.length === 0) {
  process.stderr.write(
    `[unrolled/check] expected one or more of ${Object.keys(STEPS).join(', ')}, got ${asked.join(', ')}\n`,
  );
  process.exit(1);
}

const failed = [];
for (const name of names) {
  process.stdout.write(`\n--- ${name}\n`);
  const started = Date.now();
  const { code, signal } = await run(process.execPath, STEPS[name], { stdio: 'inherit' });
  if (signal) process.exit(130);
  if (code !== 0) failed.push(name);
  process.stdout.write(
    `--- ${name}: ${code === 0 ? 'ok' : 'FAILED'}, ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
  );
}
process.stdout.write(
  `\nchecks: ${names.length - failed.length} ok, ${failed.length} failed${failed.length ? `: ${failed.join(', ')}` : ''}\n`,
);
process.exit(failed.length > 0 ? 1 : 0);
