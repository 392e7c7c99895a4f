import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildProgram, runProgram } from './support/run-program';

let program: Awaited<ReturnType<typeof buildProgram>>;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program?.remove());

const run = (...args: string[]) => runProgram(program.file, args);

describe('a wrong command line is one line on standard error and exit code 1', () => {
  test.each([
    [
      ['train', '--stpes', '3'],
      "[unrolled/demo] arguments: expected a known option, got '--stpes': did you mean --steps?",
    ],
    [['train', '--zzz'], "[unrolled/demo] arguments: expected a known option, got '--zzz': see demo --help"],
    [['trian'], "[unrolled/demo] arguments: expected a known command, got 'trian': did you mean train?"],
    [['train', '--steps'], '[unrolled/demo] --steps: expected a value, got none: see demo --help'],
    [
      ['train', '--steps', '0'],
      "[unrolled/demo] --steps: expected a whole number of at least 1, got '0': see demo --help",
    ],
    [
      ['train', '--cell', 'cnn'],
      "[unrolled/demo] --cell: expected one of rnn, lstm, got 'cnn': see demo --help",
    ],
    [
      ['train', '--seed', "it's\n5"],
      "[unrolled/demo] --seed: expected a whole number from 0 to 4294967295, got 'it's\\n5': see demo --help",
    ],
    [['sample'], '[unrolled/demo] --checkpoint: expected this required option, got nothing: see demo --help'],
    [
      ['train', 'a', 'b'],
      '[unrolled/demo] arguments: expected at most 1 argument(s), got 2: see demo --help',
    ],
  ])('%j', async (args, line) => {
    expect(await run(...args)).toEqual({ code: 1, signal: null, stdout: '', stderr: `${line}\n` });
  });
});

describe('exit codes', () => {
  test('a user error is one line without a stack, and 1', async () => {
    const { code, stdout, stderr } = await run('train', '--fail', 'user', '--json');
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: '[unrolled/data] vocabularyOf: expected a text, got an empty file\n',
    });
  });

  test('a missing file is a user error, and 1', async () => {
    const { code, stderr } = await run('train', '--fail', 'file');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\[unrolled\/demo] open: .*ENOENT.*nowhere\/at\/all\.txt'\n$/);
  });

  test('anything else is a bug: message, stack, and 2', async () => {
    const { code, stderr } = await run('train', '--fail', 'bug');
    expect(code).toBe(2);
    expect(stderr).toMatch(/TypeError: x is not a function\n\s+at /);
  });

  test('--help is on standard output and ends with 0', async () => {
    const { code, stdout, stderr } = await run('train', '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('--steps <count>');
  });

  test('no command at all shows the help and ends with 1', async () => {
    const { code, stderr } = await run();
    expect(code).toBe(1);
    expect(stderr).toContain('Usage: demo');
  });
});

describe('--json', () => {
  test('standard output is the one object, the human lines are on standard error', async () => {
    const { code, stdout, stderr } = await run('train', '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"steps":3,"loss":null}\n' });
    expect(stderr).toContain('training\n');
  });

  test('without it the lines are on standard output and there is no object', async () => {
    const { stdout, stderr } = await run('train');
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      'training',
      'step 1/3 · loss 3.0000 · 14.2k tokens/s',
      expect.stringMatching(/^step 2\/3 · loss 1\.5000 · 14\.2k tokens\/s · \ds left$/),
      'a sample',
      expect.stringMatching(/^step 3\/3 /),
      'done',
      '',
    ]);
  });
});

describe.skipIf(process.platform === 'win32')('signals and pipes', () => {
  const interruptAfterTraining = (times: number) => (child: import('node:child_process').ChildProcess) => {
    let sent = 0;
    child.stdout!.on('data', () => {
      if (sent >= times) return;
      sent += 1;
      child.kill('SIGINT');
      for (let extra = 1; extra < times; extra += 1)
        setTimeout(() => child.kill('SIGINT'), 500 * extra).unref();
      sent = times;
    });
  };

  test('the first Ctrl-C stops after the step, with 130 and the result so far', async () => {
    const outcome = await runProgram(
      program.file,
      ['train', '--steps', '1000', '--delay', '20'],
      interruptAfterTraining(1),
    );
    expect(outcome.code).toBe(130);
    expect(outcome.stdout).toMatch(/done\n$/);
    expect(outcome.stderr).toContain('stopping after this step');
  });

  test('the second one ends the process at once', async () => {
    const outcome = await runProgram(
      program.file,
      ['train', '--steps', '2', '--delay', '5000'],
      interruptAfterTraining(2),
    );
    expect(outcome.code).toBe(130);
    expect(outcome.stdout).not.toContain('done');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s stops after the step too, with %i', async (signal, code) => {
    const directory = path.dirname(program.file);
    const args = ['train', '--steps', '1000', '--delay', '20', '--run-directory', directory];
    const outcome = await runProgram(program.file, args, (child) => {
      child.stdout!.once('data', () => child.kill(signal));
    });
    expect(outcome).toMatchObject({ code, stderr: '\nstopping after this step\n' });
    expect(outcome.stdout).toMatch(/done\n$/);
  });

  test.skipIf(process.platform !== 'linux').each([
    ['| head -1', 'the reader of standard output has closed it', 141],
    ['> /dev/full', 'standard output cannot be written: a full disk', 1],
  ])('a run in a directory stops where its words go nowhere: %s', (output, problem, code) => {
    const directory = path.dirname(program.file);
    const command = `"${process.execPath}" "${program.file}" train --steps 2000 --delay 1 --run-directory "${directory}"`;
    const { stderr } = spawnSync('bash', ['-c', `${command} ${output}; echo "\${PIPESTATUS[0]}" >&2`], {
      encoding: 'utf8',
    });
    expect(stderr).toBe(`[unrolled/demo] ${problem}: stopping after this step\n${code}\n`);
  });

  test.skipIf(process.platform !== 'linux')('a full disk under standard output is one line', () => {
    const command = `"${process.execPath}" "${program.file}" train > /dev/full`;
    const { stderr, status } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({
      stderr: '[unrolled/demo] standard output cannot be written: a full disk\n',
      status: 1,
    });
  });

  test('control characters are visible in errors and lines', async () => {
    const { stderr } = await run('train', '--cell', 'a\u001b]0;title\u0007\u202eb');
    expect(stderr).toContain("got 'a\\u001b]0;title\\u0007\\u202eb'");
    const { stdout } = await run('train', '--say', '\u009b31m\u2066x');
    expect(stdout).toContain('\\u009b31m\\u2066x\n');
    const long = await run('train', '--cell', 'x'.repeat(100_000));
    expect(long.stderr.length).toBeLessThan(200);
  });

  test('a closed output pipe is not an error', () => {
    const command = `"${process.execPath}" "${program.file}" train --steps 200 --delay 1 2>&1 1>&3 3>&- | cat >&2`;
    const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${command} ; } 3>&1 | head -1`], {
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'training\n', stderr: '' });
  });
});
