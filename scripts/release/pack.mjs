// npm run release:pack -- DIRECTORY: builds every published package and packs it as for npm. The release's
// publishing job gets only these files. With `--without-native`, for a trial, a machine that cannot compile
// the native kernels packs the other packages. With `--no-native` every machine packs only the others.
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fail, publishedFolders, root, run, toolEnvironment } from '../lib.mjs';
import { NO_COMPILER } from '../native-kernels.mjs';

const [target] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isTrial = process.argv.includes('--without-native');
const isWithout = process.argv.includes('--no-native');
if (!target)
  fail(
    '[unrolled/release] expected the directory of the tarballs, got none: pass one, such as npm run release:pack -- tarballs',
  );
const directory = path.resolve(process.env.INIT_CWD ?? process.cwd(), target);
mkdirSync(directory, { recursive: true });
if (readdirSync(directory).length > 0)
  fail(`[unrolled/release] expected an empty directory, got ${directory}: pass another one, or empty it`);

const modules = path.join(root, 'node_modules');
await must(root, path.join(modules, 'turbo', 'bin', 'turbo'), 'run', 'build', '--ui=stream');
let packed = 0;
// Builds the native kernels for every system, and checks that their bytes are those recorded with their last
// change.
const kernels = isWithout
  ? { code: NO_COMPILER }
  : await run(process.execPath, [path.join(root, 'scripts', 'native-kernels.mjs'), '--check'], {
      stdio: 'inherit',
    });
const isLeftOut = isWithout || (isTrial && kernels.code === NO_COMPILER);
if (kernels.code !== 0 && !isLeftOut) fail('[unrolled/release] the native kernels were not built: see above');
for (const folder of publishedFolders()) {
  if (isLeftOut && path.basename(path.dirname(folder)) === 'platforms') {
    process.stdout.write(`${path.basename(folder)}: left out, without native kernels\n`);
    continue;
  }
  await must(folder, path.join(modules, 'pnpm', 'bin', 'pnpm.cjs'), 'pack', '--pack-destination', directory);
  packed += 1;
}
process.stdout.write(`release: ${packed} packages packed in ${directory}\n`);

async function must(cwd, program, ...args) {
  const { code } = await run(process.execPath, [program, ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: toolEnvironment(),
  });
  if (code !== 0) fail(`[unrolled/release] ${path.basename(program)} ${args[0]} ended with ${code}`);
}
