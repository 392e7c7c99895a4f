/** How a database is opened: by whom, with which rights, and what is said where it cannot be. */
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
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

it('a directory is owned by one, who serves the others of its user; who is silent in a transaction keeps nobody waiting', async () => {
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
  },
);

it('a server that is not there is told in one line', async () => {
  await expect(openSweepDatabase({ address: 'postgres://me:s3cret@127.0.0.1:1/name' })).rejects.toThrow(
    /^\[unrolled\/sweeps\] database: expected the database at 127\.0\.0\.1:1\/name, got .*ECONNREFUSED.*: start the server/,
  );
});
