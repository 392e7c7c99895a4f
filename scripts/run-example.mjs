// node scripts/run-example.mjs NAME FILE arguments…: installs and builds what an example needs, then runs one
// of its files.
import path from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { endLike, fail, root, run, toolEnvironment } from './lib.mjs';

const [name, file, ...args] = process.argv.slice(2);
if (!name || !file)
  fail('[unrolled/run-example] expected an example and a file of it, got nothing: npm run example-data');
await bootstrap();
const turbo = path.join(root, 'node_modules', 'turbo', 'bin', 'turbo');
const filter = `--filter=@unrolled/example-${name}`;
const quiet = ['--ui=stream', '--output-logs=errors-only'];
const built = await run(process.execPath, [turbo, 'run', 'build', filter, ...quiet], {
  env: toolEnvironment({ UNROLLED_SKIP_TYPES: '1' }),
  stdio: ['ignore', 2, 2],
});
if (built.code !== 0) endLike(built);
const program = path.join(root, 'examples', name, 'dist', `${file}.js`);
// npm changes to the root before it runs a script, and stores the caller's directory in INIT_CWD.
const cwd = process.cwd() === root ? (process.env.INIT_CWD ?? root) : process.cwd();
endLike(await run(process.execPath, [program, ...args], { cwd, env: process.env, stdio: 'inherit' }));
