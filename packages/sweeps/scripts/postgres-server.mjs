// Starts Debian's PostgreSQL with its data in a separate folder, reached only by a socket there; for
// faults.mjs and costs.mjs.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Starts a server. If PostgreSQL is not installed, prints this under the scope `name` and exits.
 *
 * @param place a folder without `data` and `log`
 * @param options.address an address to listen on in addition to the socket; `trusted` is the network that may
 *   connect, such as 10.0.0.0/24
 * @param options.settings such as `max_wal_size=64MB`
 */
export function beginPostgres(name, place, { address = '', trusted, settings = [] } = {}) {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const home = path.join('/usr/lib/postgresql', versions.sort((a, b) => b - a)[0] ?? 'none', 'bin');
  if (!existsSync(path.join(home, 'initdb'))) {
    console.error(
      `[unrolled/${name}] expected PostgreSQL, got none: apt-get install postgresql, or pass --pglite`,
    );
    process.exit(1);
  }
  const data = path.join(place, 'data');
  const isRoot = os.userInfo().uid === 0;
  if (isRoot) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])));
    chownSync(place, uid, gid);
  }
  const call = (program, ...args) => {
    const whole = [...(isRoot ? ['runuser', '-u', 'postgres', '--'] : []), path.join(home, program), ...args];
    execFileSync(whole[0], whole.slice(1), { stdio: 'ignore', cwd: place });
  };
  call('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync');
  if (trusted) appendFileSync(path.join(data, 'pg_hba.conf'), `host all all ${trusted} trust\n`);
  const all = [
    ...[`listen_addresses=${address}`, `unix_socket_directories=${place}`, 'max_connections=200'],
    ...settings,
  ];
  const options = all.map((one) => `-c ${one}`).join(' ');
  const begin = () => call('pg_ctl', '-D', data, '-w', '-l', path.join(place, 'log'), '-o', options, 'start');
  begin();
  return {
    socket: path.join(place, '.s.PGSQL.5432'),
    /** Creates a database. */
    create: (database) => call('createdb', '-h', place, '-U', 'postgres', database),
    restart(mode) {
      try {
        call('pg_ctl', '-D', data, '-w', '-m', mode, 'stop');
      } catch {
        // It was already stopped.
      }
      begin();
    },
    isUp() {
      try {
        call('pg_ctl', '-D', data, 'status');
        return true;
      } catch {
        return false;
      }
    },
    end: () => call('pg_ctl', '-D', data, '-m', 'immediate', 'stop'),
  };
}

/** The address of the server whose socket is in a folder. */
export const postgresAt = (directory, database = 'postgres') =>
  `postgres://postgres@localhost/${database}?host=${encodeURIComponent(directory)}`;
