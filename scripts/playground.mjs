// npm run playground: builds the page from this checkout's sources and serves it on this machine, with the
// headers that threads need. `-- --build` only builds it, into apps/playground/dist, for any static host.
// Other options: `-- --port 8080`, `-- --without-threads`.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { buildGenerated } from './build.mjs';
import {
  fail,
  fingerprint,
  logToStandardError,
  readStamp,
  root,
  run,
  toolEnvironment,
  writeStamp,
} from './lib.mjs';

const app = path.join(root, 'apps', 'playground');
const USED = ['package.json', 'pnpm-lock.yaml', 'packages', 'scripts/package-sources.ts', 'apps/playground'];

/** Builds `apps/playground/dist` from the current sources. @returns its path */
export async function buildPlayground() {
  await bootstrap();
  await buildGenerated();
  const inputs = [process.version, fingerprint(USED)].join(' ');
  if (readStamp('playground') === inputs) return path.join(app, 'dist');
  process.stderr.write('building the playground\n');
  const vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  for (const command of [[vite, 'build', '--logLevel', 'warn'], [path.join(app, 'scripts', 'size.mjs')]]) {
    const { code, signal } = await run(process.execPath, command, {
      cwd: app,
      stdio: logToStandardError,
      env: toolEnvironment(),
    });
    if (signal) process.exit(130);
    if (code !== 0) fail('[unrolled/playground] expected the page to build: see the lines above');
  }
  writeStamp('playground', inputs);
  return path.join(app, 'dist');
}

async function main() {
  const { values } = parseArgs({
    options: {
      build: { type: 'boolean' },
      port: { type: 'string', default: '4173' },
      'without-threads': { type: 'boolean' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    fail(`[unrolled/playground] expected a port from 0 to 65535, got '${values.port}': leave --port out`);
  const folder = await buildPlayground();
  if (values.build) return;
  const { serve } = await import(pathToFileURL(path.join(app, 'scripts', 'serve.mjs')).href);
  const server = await serve(folder, { isolated: !values['without-threads'], port }).catch((error) =>
    fail(`[unrolled/playground] expected to listen on port ${port}, got ${error.code}: pass another --port`),
  );
  process.stdout.write(`${server.url}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await main();
  } catch (error) {
    if (error?.code?.startsWith?.('ERR_PARSE_ARGS'))
      fail(
        `[unrolled/playground] expected --build, --port or --without-threads, got another option: ${error.message}`,
      );
    throw error;
  }
}
