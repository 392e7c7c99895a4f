/** How a database is opened: by whom, with which rights, and what is said where it cannot be. */
import { execFileSync } from 'node:child_process';
import { chownSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import {
  beginStudy,
  listStudies,
  openSweepDatabase,
  readStudy,
  runWorker,
  type SweepDatabase,
  workerGrants,
} from '../../src/database';
import { inside } from '../../src/database/sweep-database';
import { float, randomSampler } from '../../src/index';
import { beginServer, databases, postgresHome } from './databases';

const space = { x: float(-1, 1) };
const sampler = randomSampler();
const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});
const opened = async (options: Parameters<typeof openSweepDatabase>[0]): Promise<SweepDatabase> => {
  const database = await openSweepDatabase(options);
  ends.push(() => database.close());
  return database;
};

it('one process owns a directory and serves the others of its user; an idle transaction blocks nobody', async () => {
  const { address, end } = await databases()[0]!.begin();
  ends.push(end);
  await expect(openSweepDatabase({ address, own: false })).rejects.toThrow(/a process that serves.*got none/);
  const owner = await opened({ address });
  const guest = await opened({ address, own: false });
  expect([owner.isServed, guest.isServed]).toEqual([false, true]);
  expect(statSync(path.join(address, 'served')).mode & 0o077).toBe(0);
  await beginStudy(guest, 'shared', { space, sampler, trials: 4 });
  await Promise.all(
    [owner, guest].map((one) =>
      runWorker(one, 'shared', ({ parameters }) => parameters.x, { space, sampler }),
    ),
  );
  expect((await readStudy(owner, 'shared')).records.map(({ state }) => state)).toEqual(
    Array(4).fill('complete'),
  );
  // Bytes and errors come through as they are.
  const { sql } = inside('test', guest);
  const { rows } = await sql.executeSql('SELECT $1::bytea AS bytes, $2::text[] AS words', [
    Buffer.from([0, 255]),
    ['a', "b'"],
  ]);
  expect([...(rows[0]!.bytes as Uint8Array), ...(rows[0]!.words as string[])]).toEqual([0, 255, 'a', "b'"]);
  await expect(sql.executeSql('SELECT nothing')).rejects.toMatchObject({ code: '42703' });
  // A connection that closes during a transaction leaves nothing behind.
  const broken = await opened({ address, own: false });
  const hung = inside('test', broken).sql.transaction(async (tx) => {
    await tx.executeSql("UPDATE unrolled_sweeps.studies SET reason = 'half'");
    await broken.close();
  });
  await expect(hung).rejects.toThrow();
  expect((await listStudies(owner))[0]!.reason).toBeUndefined();
});

it('a directory is opened while its owner closes it', async () => {
  const { address, end } = await databases()[0]!.begin();
  ends.push(end);
  let owner = await openSweepDatabase({ address });
  for (let milliseconds = 0; milliseconds < 24; milliseconds += 2) {
    const leaving = new Promise((resolve) => setTimeout(resolve, milliseconds)).then(() => owner.close());
    const next = await openSweepDatabase({ address });
    await leaving;
    owner = next;
    expect(await listStudies(owner)).toEqual([]);
  }
  await owner.close();
});

it('what is no frame of ours ends that link alone', async () => {
  const { address, end } = await databases()[0]!.begin();
  ends.push(end);
  const owner = await opened({ address });
  await new Promise<void>((resolve) => {
    const socket = connect(path.join(address, 'served'), () => {
      socket.write(Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('junk')]));
    });
    socket.on('close', () => resolve());
    socket.on('error', () => {});
  });
  expect(await listStudies(owner)).toEqual([]);
});

const home = postgresHome();
const isServerAsked = home !== undefined && process.env.UNROLLED_TEST_DATABASES !== 'pglite';

it.skipIf(!isServerAsked)(
  'a worker needs few rights on a server, and is told in one line where it has none',
  async () => {
    const server = beginServer(home!);
    ends.push(() => server.end());
    const owner = await opened({ address: server.address });
    await beginStudy(owner, 'rights', { space, sampler, trials: 3 });
    const { sql } = inside('test', owner);
    await sql.executeSql("CREATE ROLE worker LOGIN PASSWORD 's3cret'; CREATE ROLE nobody LOGIN;");
    await sql.executeSql(workerGrants('worker'));
    const as = (role: string) => server.address.replace('postgres@', `${role}:s3cret@`);
    const worker = await opened({ address: as('worker'), install: false });
    const objective = async ({
      parameters,
      saveCheckpoint,
    }: {
      parameters: { x: number };
      saveCheckpoint(files: object): Promise<void>;
    }) => {
      await saveCheckpoint({ a: Buffer.from('x') });
      return parameters.x;
    };
    await runWorker(worker, 'rights', objective as never, { space, sampler });
    expect((await readStudy(owner, 'rights')).records.every(({ state }) => state === 'complete')).toBe(true);
    const refused = inside('test', worker).sql;
    for (const text of [
      'DROP TABLE unrolled_sweeps.events',
      'DELETE FROM unrolled_sweeps.events',
      'CREATE TABLE unrolled_sweeps.x ()',
    ])
      await expect(refused.executeSql(text)).rejects.toMatchObject({ code: '42501' });
    const words = await openSweepDatabase({ address: as('nobody'), install: false }).catch(
      (error: Error) => error.message,
    );
    expect(words).toMatch(/permission denied for schema.*give the role its rights/);
    const missing = await openSweepDatabase({ address: as('none') }).catch((error: Error) => error.message);
    expect(missing).toMatch(/role "none" does not exist/);
    expect(`${words}${missing}`).not.toContain('s3cret');
    await sql.executeSql('UPDATE unrolled_sweeps.format SET number = 99');
    await expect(openSweepDatabase({ address: as('worker'), install: false })).rejects.toThrow(
      /studies of format 1 in .*got format 99: install the version/,
    );
    await sql.executeSql(
      'UPDATE unrolled_sweeps.format SET number = 1; UPDATE unrolled_jobs.version SET version = 1',
    );
    await expect(openSweepDatabase({ address: as('worker'), install: false })).rejects.toThrow(
      /as this version of pg-boss has them, got those of another version/,
    );
  },
);

it.skipIf(!isServerAsked)('a link is encrypted, and the server verified, as the address says', async () => {
  const port = await freePort();
  const server = beginServer(home!, ['listen_addresses=127.0.0.1', `port=${port}`]);
  ends.push(() => server.end());
  const data = path.join(server.directory, 'data');
  const [cert, key] = ['server.crt', 'server.key'].map((name) => path.join(data, name)) as [string, string];
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  execFileSync(
    'openssl',
    [...words, '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
    { stdio: 'ignore' },
  );
  const { uid, gid } = statSync(data);
  for (const file of [cert, key]) chownSync(file, uid, gid);
  writeFileSync(path.join(data, 'pg_hba.conf'), 'local all all trust\nhostssl all all 127.0.0.1/32 trust\n');
  const local = await opened({ address: server.address.replace('localhost/', `localhost:${port}/`) });
  await inside('test', local).sql.executeSql('ALTER SYSTEM SET ssl = on');
  await inside('test', local).sql.executeSql('SELECT pg_reload_conf()');
  const at = (host: string, query: string) => `postgres://postgres:s3cret@${host}:${port}/postgres?${query}`;
  const trusted = `sslmode=verify-full&sslrootcert=${encodeURIComponent(cert)}`;
  // The server reads its settings in its own time.
  const safe = await vi.waitFor(() => opened({ address: at('localhost', trusted) }), {
    ...{ timeout: 20_000, interval: 200 },
  });
  const { rows } = await inside('test', safe).sql.executeSql(
    'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  );
  expect(rows).toEqual([{ ssl: true }]);
  for (const [address, why] of [
    [at('localhost', 'sslmode=verify-full'), /self-signed certificate/],
    [at('127.0.0.1', trusted), /not match certificate|not in the cert/],
    [at('localhost', 'sslmode=disable'), /no encryption/],
  ] as const) {
    const told = await openSweepDatabase({ address }).catch((error: Error) => error.message);
    expect(told).toMatch(why);
    expect(told).not.toMatch(/s3cret|\n/);
  }
});

/** A port of this machine that nobody listens at. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

it.skipIf(process.platform !== 'linux')('a directory that cannot be made is told in one line', async () => {
  await expect(openSweepDatabase({ address: '/proc/none/at/all' })).rejects.toThrow(
    /^\[unrolled\/sweeps\] database: .*ENOENT.*: pass a directory that can be written to$/,
  );
});

it('a server that is not there is told in one line', async () => {
  await expect(openSweepDatabase({ address: 'postgres://me:s3cret@127.0.0.1:1/name' })).rejects.toThrow(
    /^\[unrolled\/sweeps\] database: expected the database at 127\.0\.0\.1:1\/name, got .*ECONNREFUSED.*: start the server/,
  );
});
