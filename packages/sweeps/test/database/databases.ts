/** The databases that tests run on. */
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';

export interface TestDatabase {
  readonly name: string;
  begin(): Promise<{ address: string; end(): Promise<void> }>;
}

/** PGlite, and Debian's PostgreSQL where it is installed; `UNROLLED_TEST_DATABASES=pglite` leaves it out. */
export function databases(): TestDatabase[] {
  const home = postgresHome();
  const isAsked = process.env.UNROLLED_TEST_DATABASES !== 'pglite';
  return [pglite, ...(home && isAsked ? [{ name: 'PostgreSQL', begin: async () => beginServer(home) }] : [])];
}

const pglite: TestDatabase = {
  name: 'PGlite',
  async begin() {
    const directory = mkdtempSync(path.join(tmpdir(), 'unrolled-pglite-'));
    return { address: directory, end: async () => rmSync(directory, { recursive: true, force: true }) };
  },
};

/** The folder of the newest PostgreSQL's programs, as Debian installs them. */
export function postgresHome(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  const home = path.join(root, newest ?? '', 'bin');
  return existsSync(path.join(home, 'initdb')) ? home : undefined;
}

/**
 * A server of its own, reached by a socket in its folder alone; root begins it as the user that Debian made
 * for it.
 */
export function beginServer(home: string, settings: readonly string[] = []) {
  const directory = mkdtempSync(path.join(tmpdir(), 'unrolled-postgres-'));
  const isRoot = userInfo().uid === 0;
  if (isRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(directory, uid!, gid!);
  }
  const run = (program: string, args: readonly string[]) => {
    const whole = [path.join(home, program), ...args];
    const [command, ...rest] = isRoot ? ['runuser', '-u', 'postgres', '--', ...whole] : whole;
    execFileSync(command!, rest, { stdio: 'ignore', cwd: directory });
  };
  const data = path.join(directory, 'data');
  run('initdb', ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync']);
  const options = ['listen_addresses=', `unix_socket_directories=${directory}`, 'fsync=off', ...settings];
  const start = () =>
    run('pg_ctl', [
      '-D',
      data,
      '-w',
      '-l',
      path.join(directory, 'log'),
      '-o',
      options.map((one) => `-c ${one}`).join(' '),
      'start',
    ]);
  start();
  return {
    address: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(directory)}`,
    directory,
    restart(mode: 'fast' | 'immediate') {
      run('pg_ctl', ['-D', data, '-w', '-m', mode, 'stop']);
      start();
    },
    async end() {
      run('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
