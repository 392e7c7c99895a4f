// npm run bench, bench:scaling, bench:pairs: installs and builds if something changed, then runs
// bench/dist/NAME.js with the arguments.
import path from 'node:path';
import { bootstrap } from '../scripts/bootstrap.mjs';
import { turbo } from '../scripts/build.mjs';
import { endLike, fail, root, run, withLock } from '../scripts/lib.mjs';

const [name = 'main', ...args] = process.argv.slice(2);
/** bench:pairs also starts the apps. */
const filters = ['@unrolled/bench', ...(name === 'pairs' ? ['./apps/*'] : [])];
await bootstrap();
const { code, signal } = await withLock('build', () =>
  turbo(['build', ...filters.map((filter) => `--filter=${filter}`)], { UNROLLED_SKIP_TYPES: '1' }),
);
if (signal) process.exit(130);
if (code !== 0) fail('[unrolled/bench] expected the packages to build: see the lines above', code);
endLike(
  await run(process.execPath, [path.join(root, 'bench', 'dist', `${name}.js`), ...args], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: process.env,
    stdio: 'inherit',
  }),
);
