import { Writable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import type { Footer, Reporter } from '../src/cli/reporter';
import { formatCount, formatLoss, formatSeconds } from '../src/progress/format';
import { createProgress } from '../src/progress/progress';

/** A reporter onto memory; with columns it is a terminal. */
function memoryReporter(columns?: number) {
  let text = '';
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  if (columns) Object.assign(stream, { isTTY: true, columns });
  let footer: Footer | undefined;
  const reporter: Reporter = {
    json: false,
    stream: stream as unknown as NodeJS.WriteStream,
    line: (line = '') => {
      footer?.clear();
      stream.write(`${line}\n`);
      footer?.redraw();
    },
    warn: () => {},
    result: () => {},
    setFooter: (next) => {
      footer = next;
    },
  };
  return { reporter, text: () => text, lines: () => text.trimEnd().split('\n'), footer: () => footer };
}

const terminal = process.env.TERM;
afterEach(() => {
  process.env.TERM = terminal;
});

describe('piped', () => {
  test('ten thousand steps give about twenty lines, including the first and the last', () => {
    const { reporter, lines } = memoryReporter();
    let time = 0;
    const progress = createProgress({ reporter, total: 10_000, now: () => time });
    for (let step = 1; step <= 10_000; step += 1) {
      time += 1;
      progress.update({ step, loss: 1 });
    }
    progress.stop();
    progress.stop();
    expect(lines().length).toBeGreaterThanOrEqual(20);
    expect(lines().length).toBeLessThanOrEqual(22);
    expect(lines()[0]).toBe('step 1/10000 · loss 1.0000');
    expect(lines().at(-1)).toBe('step 10000/10000 · loss 1.0000 · 0s left');
  });

  test('a slow run prints a line at least every 30 seconds', () => {
    const { reporter, lines } = memoryReporter();
    let time = 0;
    const progress = createProgress({ reporter, total: 10_000, now: () => time });
    for (let step = 1; step <= 7; step += 1) {
      progress.update({ step, loss: 1, tokensPerSecond: 1500 });
      time += 10_000;
    }
    expect(lines()).toEqual([
      'step 1/10000 · loss 1.0000 · 1.5k tokens/s',
      'step 4/10000 · loss 1.0000 · 1.5k tokens/s · 27h 46m left',
      'step 7/10000 · loss 1.0000 · 1.5k tokens/s · 27h 45m left',
    ]);
  });

  test('a run that is cut short shows its last step', () => {
    const { reporter, lines } = memoryReporter();
    const progress = createProgress({ reporter, total: 1000, initial: 500 });
    progress.update({ step: 501, loss: 2 });
    progress.update({ step: 502, loss: 1.5, validationLoss: 1.75 });
    progress.stop();
    expect(lines()).toEqual([
      'step 501/1000 · loss 2.0000',
      'step 502/1000 · loss 1.5000 · validation 1.7500',
    ]);
  });

  test('the last step may change, as in a run limited by time', () => {
    const { reporter, lines } = memoryReporter();
    let time = 0;
    const progress = createProgress({ reporter, total: 1000, now: () => time });
    for (let step = 1; step <= 40; step += 1) {
      time += 1000;
      progress.update({ step, loss: 1, total: step < 20 ? 1000 : 40 });
    }
    expect(lines()).toEqual([
      'step 1/1000 · loss 1.0000',
      'step 20/40 · loss 1.0000 · 20s left',
      ...Array.from({ length: 10 }, (_, at) => `step ${22 + 2 * at}/40 · loss 1.0000 · ${18 - 2 * at}s left`),
    ]);
  });
});

test('the unit may have another name, and the loss may be missing', () => {
  const { reporter, lines } = memoryReporter();
  const progress = createProgress({ reporter, total: 2, unit: 'fold', now: () => 0 });
  progress.update({ step: 1 });
  progress.update({ step: 2 });
  expect(lines()).toEqual(['fold 1/2', 'fold 2/2 · 0s left']);
});

describe('on a terminal', () => {
  test('the bar keeps below the lines and fits the width', () => {
    process.env.TERM = 'xterm';
    const { reporter, text, footer } = memoryReporter(80);
    const progress = createProgress({ reporter, total: 100 });
    progress.update({ step: 1, loss: 2.5, tokensPerSecond: 14_230 });
    reporter.line('a sample');
    progress.update({ step: 100, loss: 2.25, tokensPerSecond: 14_230 });
    progress.stop();
    expect(footer()).toBeUndefined();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's control sequences
    const plain = text().replace(/\u001b(?:[78]|\[\??[\d;]*[A-Za-z])/g, '\r');
    const drawn = plain.split(/[\r\n]+/).filter(Boolean);
    expect(drawn).toContain('a sample');
    expect(drawn.at(-1)).toBe('step 100/100 [=============] 100% · loss 2.2500 · 14.2k tokens/s');
    for (const line of drawn) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('a dumb terminal gets plain lines', () => {
    process.env.TERM = 'dumb';
    const { reporter, text } = memoryReporter(80);
    createProgress({ reporter, total: 2 }).update({ step: 1, loss: 1 });
    expect(text()).toBe('step 1/2 · loss 1.0000\n');
  });
});

test('formats numbers of any size', () => {
  expect([0, 59.2, 80, 4020, 99_000].map(formatSeconds)).toEqual([
    '0s',
    '1m 00s',
    '1m 20s',
    '1h 07m',
    '27h 30m',
  ]);
  expect([0.5, 950, 14_230, 999_960, 2.5e6].map(formatCount)).toEqual([
    '0.5',
    '950',
    '14.2k',
    '1.0M',
    '2.5M',
  ]);
  expect([2.31116, 0, 0.00012, Number.NaN].map(formatLoss)).toEqual(['2.3112', '0.0000', '1.20e-4', 'NaN']);
});
