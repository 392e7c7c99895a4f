import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const scripts = path.resolve('scripts');
const library = JSON.stringify(pathToFileURL(path.join(scripts, 'lib.mjs')).href);

/** Runs a module that uses `scripts/lib.mjs`, as the root scripts do, in a process of its own. */
function runModule(code: string) {
  const source = `import * as lib from ${library};\n${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
}

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'unrolled-scripts-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a child ends the script as it ended itself', () => {
  const runChild = (code: string) =>
    runModule(
      `lib.endLike(await lib.run(process.execPath, ['-e', ${JSON.stringify(code)}], { stdio: 'inherit' }));`,
    );

  test('with its exit code and its output', () => {
    const { status, stdout, stderr } = runChild(
      "console.log('result'); console.error('log'); process.exit(7)",
    );
    expect({ status, stdout, stderr }).toEqual({ status: 7, stdout: 'result\n', stderr: 'log\n' });
  });

  test.skipIf(process.platform === 'win32')('by its signal', () => {
    expect(runChild("process.kill(process.pid, 'SIGKILL')").signal).toBe('SIGKILL');
  });

  test.skipIf(process.platform === 'win32')(
    'a SIGINT without a terminal reaches it once, and its code counts',
    async () => {
      const child = `
        let count = 0;
        process.on('SIGINT', () => { count += 1; setTimeout(() => { console.log('signals', count); process.exit(9); }, 300); });
        setInterval(() => {}, 1000);
        console.log('ready');`;
      const code = `import * as lib from ${library};
        lib.endLike(await lib.run(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'inherit'] }));`;
      const script = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let output = '';
      script.stdout.on('data', (chunk) => {
        output += chunk;
        if (output === 'ready\n') script.kill('SIGINT');
      });
      const status = await new Promise((resolve) => script.on('close', resolve));
      expect({ status, output }).toEqual({ status: 9, output: 'ready\nsignals 1\n' });
    },
  );
});

test('an app that does not exist is one line and exit code 1', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(scripts, 'run-app.mjs'), 'nope'],
    {
      encoding: 'utf8',
    },
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(/^\[unrolled\/run-app] expected one of .*hihello.*, got 'nope': .*\n$/);
});

test('the fingerprint sees an edit that keeps the size', async () => {
  const file = path.join(directory, 'source.ts');
  const take = () => runModule(`console.log(lib.fingerprint([${JSON.stringify(directory)}]))`).stdout;
  await writeFile(file, 'a');
  const before = take();
  expect(take()).toBe(before);
  await writeFile(file, 'b');
  await utimes(file, new Date(), new Date(Date.now() + 5000));
  expect(take()).not.toBe(before);
  expect(before).toMatch(/^[0-9a-f]{64}\n$/);
});

describe('the lock', () => {
  test('is for one at a time', async () => {
    const name = `test-${path.basename(directory)}`;
    const code = `import * as lib from ${library};
      await lib.withLock('${name}', async () => { console.log('in'); await new Promise((done) => setTimeout(done, 300)); console.log('out'); });`;
    const outputs = await Promise.all(
      [1, 2].map(
        () =>
          new Promise<{ at: number; text: string }[]>((resolve) => {
            const seen: { at: number; text: string }[] = [];
            const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
            child.stdout.on('data', (chunk) => seen.push({ at: Date.now(), text: String(chunk).trim() }));
            child.on('close', () => resolve(seen));
          }),
      ),
    );
    const order = outputs.flat().sort((a, b) => a.at - b.at);
    expect(order.map(({ text }) => text)).toEqual(['in', 'out', 'in', 'out']);
  });

  test('of a process that is gone is taken over', () => {
    const name = `gone-${path.basename(directory)}`;
    const abandon = runModule(`lib.withLock('${name}', () => process.kill(process.pid, 'SIGKILL'));`);
    expect(abandon.signal ?? abandon.status).not.toBe(0);
    const { status, stdout } = runModule(`await lib.withLock('${name}', () => console.log('in'));`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'in\n' });
  });
});

describe('npm test ends with the count', () => {
  const spawnTests = (filters: string[], environment = {}) =>
    spawnSync(process.execPath, [path.join(scripts, 'test.mjs'), ...filters], {
      encoding: 'utf8',
      env: { ...process.env, UNROLLED_BACKEND: '', ...environment },
    });
  const runTests = (...filters: string[]) => {
    const { status, stdout } = spawnTests(filters);
    return { status, last: stdout.trimEnd().split('\n').at(-1) };
  };

  test('of the tests that ran', () => {
    expect(runTests('apps/shared/test/option-parsers')).toEqual({ status: 0, last: '7 passed, 0 failed' });
  });

  test('and none is a failure', () => {
    expect(runTests('no/such/test', '--passWithNoTests')).toEqual({ status: 1, last: '0 passed, 1 failed' });
  });

  test('and none is none where nothing that has changed has a test', () => {
    const { status, stdout, stderr } = spawnTests(['--changed', 'HEAD', 'no/such/test']);
    expect(stderr).toMatch('[unrolled/test] nothing to run: no test imports a changed file\n');
    expect({ status, last: stdout.trimEnd().split('\n').at(-1) }).toEqual({
      status: 0,
      last: '0 passed, 0 failed',
    });
  });

  test('and what is no commit is a failure', () => {
    const { status, stdout, stderr } = spawnTests(['--changed', 'packages/cells']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '0 passed, 1 failed\n' });
    expect(stderr).toBe(
      "[unrolled/test] expected a commit after --changed, got 'packages/cells': paths go first, as in npm test -- packages/cells --changed\n",
    );
  });

  test('without git, what has changed is not known', () => {
    const environment = { GIT_DIR: path.join(directory, 'no-repository') };
    const { status, stdout, stderr } = spawnTests(['--changed'], environment);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '0 passed, 1 failed\n' });
    expect(stderr).toBe(
      '[unrolled/test] expected a git checkout to find changed files, got none: run npm test without --changed\n',
    );
  });
});
