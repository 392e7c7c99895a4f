import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { createRunDirectory, openRunDirectory } from '../../src/node';
import { beginningOf } from '../../src/node/process-life';
import { temporaryDirectory } from '../support';

const at = temporaryDirectory();
let count = 0;

/** A directory with this lock. */
async function locked(owner: object | string): Promise<string> {
  count += 1;
  const directory = at(`run-${count}`);
  await mkdir(directory);
  await writeFile(`${directory}/run.lock`, typeof owner === 'string' ? owner : JSON.stringify(owner));
  return directory;
}

/** A process that waits, and one that is over. */
async function otherProcess() {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('spawn', resolve));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid!, end };
}

describe('a directory', () => {
  test('belongs to one process at a time, and is free after it is closed', async () => {
    const first = await openRunDirectory(at('mine'));
    const { pid } = JSON.parse(await readFile(at('mine', 'run.lock'), 'utf8'));
    expect(pid).toBe(process.pid);
    const message = `expected no other process in ${at('mine')}, got process ${process.pid}: wait until it ends, or stop it with kill ${process.pid}`;
    await expect(openRunDirectory(at('mine'))).rejects.toThrow(message);
    await expect(createRunDirectory({ directory: at('mine'), program: 'demo' })).rejects.toThrow(message);
    await first.close();
    await (await openRunDirectory(at('mine'))).close();
    expect(existsSync(at('mine'))).toBe(false);
  });

  test('is refused while another process lives, and taken over when it is dead', async () => {
    const other = await otherProcess();
    try {
      const began = beginningOf(other.pid);
      expect(began).toBeTypeOf('string');
      const directory = await locked({ pid: other.pid, began, host: hostname() });
      await expect(openRunDirectory(directory)).rejects.toThrow(`got process ${other.pid}`);
      await other.end();
      expect(beginningOf(other.pid)).toBeUndefined();
      await (await openRunDirectory(directory)).close();
    } finally {
      await other.end();
    }
  });

  test('is taken over from a dead process whose number another one has got since', async () => {
    const directory = await locked({ pid: process.pid, began: 'another time', host: hostname() });
    await (await openRunDirectory(directory)).close();
  });

  test.each([
    '',
    'null',
    '{"pid":1',
    '{"pid":"1","began":"","host":""}',
    '[]',
    '{"pid":-1,"began":"","host":""}',
  ])('is taken over from a lock that a crash has damaged: %j', async (text) => {
    const directory = await locked(text);
    const run = await openRunDirectory(directory);
    await run.close();
    expect(existsSync(`${directory}/run.lock`)).toBe(false);
  });

  test('is not taken over from a process of another machine, and the error says what to do', async () => {
    const directory = await locked({ pid: 7, began: '', host: 'elsewhere' });
    await expect(openRunDirectory(directory)).rejects.toThrow(
      /got process 7 of the machine elsewhere: wait until it ends, or delete .*run.lock if it no longer runs/,
    );
    await rm(`${directory}/run.lock`);
    await (await openRunDirectory(directory)).close();
  });

  test('is taken over from a dead process by only one of many', async () => {
    const directory = await locked({ pid: process.pid, began: 'another time', host: hostname() });
    const all = await Promise.allSettled(Array.from({ length: 12 }, () => openRunDirectory(directory)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(all.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'state' } });
    for (const one of all) if (one.status === 'fulfilled') await one.value.close();
  });

  test('does not lose the lock that another process has taken since', async () => {
    const run = await openRunDirectory(at('lost'));
    const theirs = JSON.stringify({ pid: 7, began: '', host: 'elsewhere' });
    await writeFile(at('lost', 'run.lock'), theirs);
    await run.close();
    expect(await readFile(at('lost', 'run.lock'), 'utf8')).toBe(theirs);
  });
});
