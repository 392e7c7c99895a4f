// node scripts/run-app.mjs NAME arguments…: installs and builds if necessary, then runs the app in the
// caller's directory.
import { readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap } from './bootstrap.mjs';
import { buildApp } from './build.mjs';
import { endLike, fail, root, run } from './lib.mjs';

/**
 * Runs an app of this checkout as if it were installed. Its standard streams are ours, its paths are relative
 * to the directory in which npm was called, and its exit code or signal is the result.
 */
export async function runApp(name, args) {
  const apps = readdirSync(path.join(root, 'apps')).filter((app) => app !== 'shared' && app !== 'playground');
  if (!apps.includes(name))
    fail(
      `[unrolled/run-app] expected one of ${apps.join(', ')}, got ${name ? `'${name}'` : 'nothing'}: npm run ${apps[0]}`,
    );
  await bootstrap();
  await buildApp(name);
  return run(process.execPath, [path.join(root, 'apps', name, 'dist', 'cli.js'), ...args], {
    cwd: calledFrom(),
    env: process.env,
    stdio: 'inherit',
  });
}

/** npm changes to the root before it runs a script, and stores the caller's directory in INIT_CWD. */
function calledFrom() {
  const here = process.cwd();
  return process.env.INIT_CWD && realpathSync(here) === realpathSync(root) ? process.env.INIT_CWD : here;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, ...args] = process.argv.slice(2);
  endLike(await runApp(name, args));
}
