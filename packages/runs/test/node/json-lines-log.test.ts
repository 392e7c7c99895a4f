import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { jsonLinesLog } from '../../src/node';
import { temporaryDirectory } from '../support';

const at = temporaryDirectory();
const record = (step: number) => ({
  ...{ step, epoch: 1, learningRate: 0.1, gradientNorm: 2, tokens: 10 * step },
  ...{ trainLoss: 1 / step, validationLoss: 3, tokensPerSecond: null },
});
const linesOf = async (file: string) =>
  (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('records are lines in their order, with further measures and the time', async () => {
  const log = jsonLinesLog(at('a.jsonl'), { measures: ({ trainLoss }) => ({ trainBits: trainLoss * 2 }) });
  await log.rewind(0);
  await log.add(record(2));
  const [line] = await linesOf(at('a.jsonl'));
  expect(line).toMatchObject({ ...record(2), trainBits: 1 });
  expect(Date.parse(line.time)).toBeGreaterThan(0);
});

test('a new run begins a new log; a resumed one keeps what was done, and no line that was cut short', async () => {
  const log = jsonLinesLog(at('b.jsonl'));
  await log.rewind(0);
  for (const step of [1, 2, 3]) await log.add(record(step));
  await writeFile(at('b.jsonl'), `${await readFile(at('b.jsonl'), 'utf8')}{"step":4,"tr`);
  await log.rewind(2);
  await log.add(record(3));
  expect((await linesOf(at('b.jsonl'))).map(({ step }) => step)).toEqual([1, 2, 3]);
  await log.rewind(0);
  expect(await readFile(at('b.jsonl'), 'utf8')).toBe('');
});

test('a resumed run goes on in its event file, behind a mark and without a record that was cut short', async () => {
  const events = at('c.tfevents');
  const options = { events, measures: () => ({ bits: 1, other: 2 }), tags: { bits: 'bits/train' } };
  const log = jsonLinesLog(at('c.jsonl'), options);
  await log.rewind(0);
  await log.add(record(1));
  const whole = await readFile(events);
  await log.add(record(2));
  const longer = await readFile(events);
  await appendFile(events, whole.subarray(0, 20));
  await jsonLinesLog(at('c.jsonl'), options).rewind(1);
  const rewound = await readFile(events);
  expect(rewound.subarray(0, longer.length)).toEqual(longer);
  // length, its checksum, wall time, step 2, SessionLog { status: START }, a checksum
  const mark = rewound.subarray(longer.length);
  expect(mark.length).toBe(12 + 9 + 2 + 4 + 4);
  expect([...mark.subarray(21, 27)]).toEqual([16, 2, 58, 2, 8, 1]);
  const text = rewound.toString('latin1');
  for (const tag of ['loss/train', 'loss/validation', 'learning_rate', 'gradient_norm', 'bits/train'])
    expect(text).toContain(tag);
  for (const name of ['other', 'tokens_per_second', 'epoch']) expect(text).not.toContain(name);
});

test('an event file that is gone is made again from the log', async () => {
  const events = at('e.tfevents');
  const log = jsonLinesLog(at('e.jsonl'), { events });
  await log.rewind(0);
  for (const step of [1, 2]) await log.add(record(step));
  const whole = await readFile(events);
  await rm(events);
  await log.rewind(2);
  expect((await readFile(events)).length).toBe(whole.length);
});

test('damaged lines of an earlier log are removed and reported', async () => {
  const said: string[] = [];
  const log = jsonLinesLog(at('d.jsonl'), { warn: (line) => said.push(line) });
  await log.rewind(0);
  for (const step of [1, 2, 3]) await log.add(record(step));
  const [one, two, three] = (await readFile(at('d.jsonl'), 'utf8')).trimEnd().split('\n');
  const damaged = ['null', '{"step":2,"tr', '[]', '7', '"x"', '\0\0', '', '{"step":"2"}', '{"step":2}'];
  await writeFile(at('d.jsonl'), [one, ...damaged, two, one, three].join('\n'));
  await log.rewind(3);
  expect((await linesOf(at('d.jsonl'))).map(({ step }) => step)).toEqual([1, 2, 3]);
  expect(said).toEqual([`${at('d.jsonl')}: 10 damaged lines were removed`]);
});

test.skipIf(process.platform !== 'linux')('a log that cannot be written is refused in words', async () => {
  const log = jsonLinesLog('/dev/full');
  await expect(log.add(record(1))).rejects.toThrow(
    '[unrolled/runs] jsonLinesLog: expected free space for the log /dev/full, got a full disk: free disk space, or choose another directory for the run',
  );
});
