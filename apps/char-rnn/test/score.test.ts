import { writeFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { disposeTree } from '@unrolled/cells';
import { loadModel } from '@unrolled/language-model/node';
import { scoreSequence } from '@unrolled/training';
import { beforeAll, describe, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { afterBackend, charRnn, lastObject } from './support/run-cli';
import { withStandardInput } from './support/standard-input';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();

beforeAll(async () => {
  await writeFile(at('words.txt'), wordsText(500));
  await writeFile(at('rare.txt'), `${wordsText(400)} once `.repeat(2));
  const train = (file: string, directory: string, ...options: string[]) =>
    charRnn(
      ...['train', at(file), '--run-directory', at(directory), '--layers', '1', '--units', '16'],
      ...['--batch-size', '16', '--sequence-length', '6', '--learning-rate', '0.04', '--sample-every', '0'],
      ...options,
    );
  await train('words.txt', 'characters', '--steps', '40');
  await train('words.txt', 'bytes', '--steps', '3', '--unit', 'byte');
  await train('rare.txt', 'words', '--steps', '3', '--unit', 'word', '--minimum-count', '3');
});

interface Scored {
  text?: string;
  file?: string;
  logProbability: number;
  tokens: number;
  characters: number;
  natsPerCharacter: number;
  bitsPerCharacter: number;
  perplexity: number;
  surprisals?: { text: string; bits: number }[];
}

const score = (...args: string[]) => scoreBy('characters', ...args);
const scoreBy = (model: string, ...args: string[]) =>
  charRnn('score', '--checkpoint', at(model, 'best.safetensors'), ...args);
async function scored(model: string, ...args: string[]) {
  const outcome = await scoreBy(model, ...args, '--json');
  expect(outcome.code, outcome.stderr).toBe(0);
  return lastObject(outcome) as unknown as {
    unit: string;
    context: string | null;
    texts: Scored[];
    total: Scored;
  };
}

const ESCAPE = '\u001b';
const sentence = 'the whale swam. a sailor sank.';

describe('a score', () => {
  test('is the sum over the characters, given the context', async () => {
    const { texts, context, unit, total } = await scored('characters', '--text', sentence, '--per-character');
    const [{ surprisals, ...measures }] = texts as [Scored];
    expect({ context, unit }).toEqual({ context: '\n', unit: 'character' });
    expect(surprisals!.map(({ text }) => text).join('')).toBe(sentence);
    const bits = surprisals!.reduce((sum, one) => sum + one.bits, 0);
    expect(measures.logProbability).toBeCloseTo(-bits * Math.LN2, 9);
    expect(measures).toMatchObject({ text: sentence, tokens: 30, characters: 30 });
    expect(measures.bitsPerCharacter).toBeCloseTo(bits / 30, 9);
    expect(measures.natsPerCharacter).toBeCloseTo((bits / 30) * Math.LN2, 9);
    expect(measures.perplexity).toBeCloseTo(2 ** (bits / 30), 9);
    expect(total).toEqual({ ...measures, text: undefined });

    const before = tf.memory().numTensors;
    const { model, params, vocabulary } = await loadModel(
      '--checkpoint',
      at('characters', 'best.safetensors'),
    );
    const expected = scoreSequence({ model, params, ids: vocabulary.encode(`\n${sentence}`) });
    expect(measures.logProbability).toBeCloseTo(expected, 5);
    disposeTree(params);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('depends on the context; without context all first characters are equally likely', async () => {
    const whole = (await scored('characters', '--text', sentence)).total.logProbability;
    const first = (await scored('characters', '--text', sentence.slice(0, 9))).total.logProbability;
    const context = ['--context', `\n${sentence.slice(0, 9)}`];
    const rest = (await scored('characters', '--text', sentence.slice(9), ...context)).total.logProbability;
    expect(first + rest).toBeCloseTo(whole, 5);
    const { vocabulary, params } = await loadModel('--checkpoint', at('characters', 'best.safetensors'));
    disposeTree(params);
    const none = await scored('characters', '--context', '', '--text', 'a', '--text', 'aa', '--text', 'w');
    expect(none.context).toBeNull();
    const [a, aa, w] = none.texts.map(({ logProbability }) => logProbability);
    expect(a).toBeCloseTo(-Math.log(vocabulary.size), 6);
    expect(w).toBe(a);
    const after = await scored('characters', '--context', 'a', '--text', 'a');
    expect(aa).toBeCloseTo(a! + after.total.logProbability, 5);
  });

  test('of a beam search is the same number', async () => {
    const checkpoint = ['--checkpoint', at('characters', 'best.safetensors')];
    const search = await charRnn('sample', ...checkpoint, '--beam', '3', '--length', '12', '--json');
    for (const { text, logProbability } of lastObject(search).candidates as Scored[]) {
      const { total } = await scored('characters', '--text', text!);
      expect(total.logProbability).toBeCloseTo(logProbability, 4);
    }
  });

  test('of a file of any length is that of its text', async () => {
    const text = wordsText(400, 5); // Longer than what is read at a time.
    await writeFile(at('long.txt'), text);
    const asText = await scored('characters', '--text', text, '--per-character');
    const asFile = await scored('characters', at('long.txt'), '--per-character');
    expect(text.length).toBeGreaterThan(2048);
    expect(asFile.texts[0]).toEqual({ ...asText.texts[0], text: undefined, file: at('long.txt') });
    const piped = await withStandardInput(text, () => scored('characters', '-'));
    expect(piped.total).toEqual(asText.total);
    const both = await scored('characters', at('long.txt'), at('words.txt'));
    expect(both.texts.map(({ file }) => file)).toEqual([at('long.txt'), at('words.txt')]);
    expect(both.total.logProbability).toBeCloseTo(
      both.texts[0]!.logProbability + both.texts[1]!.logProbability,
      6,
    );
  });

  test('of bytes and words is per character too', async () => {
    const bytes = await scored('bytes', '--text', 'é the', '--per-character');
    expect(bytes.total).toMatchObject({ tokens: 6, characters: 5 });
    expect(bytes.texts[0]!.surprisals!.map(({ text }) => text)).toEqual(['é', ' ', 't', 'h', 'e']);
    const words = await scored('words', '--text', 'the whale sang', '--per-character');
    expect(words.total).toMatchObject({ tokens: 5, characters: 14 });
    expect(words.texts[0]!.surprisals!.map(({ text }) => text)).toEqual(['the', ' ', 'whale', ' ', 'sang']);
    expect(words.total.perplexity).toBeCloseTo(Math.exp(-words.total.logProbability / 5), 9);
    expect(words.total.natsPerCharacter).toBeCloseTo(-words.total.logProbability / 14, 9);
    const unknown = await scoreBy('words', '--text', 'the zebra', '--json', '--per-character');
    expect(afterBackend(unknown.stderr)).toBe(
      `--text: read as the unknown token, because the model's vocabulary lacks them: "zebra"\n`,
    );
    expect(JSON.parse(unknown.stdout).texts[0].surprisals[2].text).toBe('zebra');
  });
});

describe('what is shown', () => {
  test('lines of standard input, each by itself', async () => {
    const lines = () => score();
    const { code, stdout } = await withStandardInput('the whale\r\n\nthe ship\n', lines);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^each text is read after "\\n"\n {8}ln P .* text\n.* 9 .* the whale\n.* 8 .* the ship\n.* 17 .* all 2 texts\n$/,
    );
    const { texts } = await withStandardInput('the whale\nthe ship', () => scored('characters'));
    expect(texts.map(({ text }) => text)).toEqual(['the whale', 'the ship']);
  });

  test('colours with a legend, for every character, where they are asked for', async () => {
    const always = await score('--per-character', '--color', 'always', '--text', 'the\ns');
    expect(always.stdout).toContain(`bits: ${ESCAPE}[38;5;16;48;5;231m < 0.5 ${ESCAPE}[0m`);
    const pieces = always.stdout.split('\n').slice(2, 4);
    for (const piece of pieces) {
      for (const one of piece.split(`${ESCAPE}[0m`).slice(0, -1)) {
        expect(one.slice(1)).toMatch(/^\[38;5;16;48;5;(231|230|229|222|215|208|202|196)m.$/u);
      }
    }
    expect(pieces.map(stripVTControlCharacters)).toEqual(['the⏎', 's']);
    for (const choice of ['auto', 'never']) {
      const { stdout } = await score('--per-character', '--color', choice, '--text', 'the');
      expect(stdout).not.toContain(ESCAPE);
      expect(stdout).toMatch(/\n {3}bits\n +\d+\.\d{3} {2}"t"\n +\d+\.\d{3} {2}"h"\n/);
    }
  });

  test('no control sequences of a terminal', async () => {
    await writeFile(at('control.txt'), `${'a\u001b[2Jb\u009b\u007f'.repeat(40)}\n`);
    await charRnn(
      ...['train', at('control.txt'), '--run-directory', at('control'), '--steps', '1', '--units', '4'],
      ...['--layers', '1', '--sequence-length', '6', '--sample-every', '0', '--sample-length', '1', '--json'],
    );
    const text = ['--text', 'a\u001b[2Jb\u009b\u007f'];
    const { stdout } = await scoreBy('control', ...text, '--per-character', '--color', 'always');
    expect(stripVTControlCharacters(stdout)).toContain('a␛[2Jb\\u009b␡\n');
    const table = (await scoreBy('control', ...text)).stdout;
    for (const control of [ESCAPE, '\u007f', '\u009b']) expect(table).not.toContain(control);
  });
});

describe('bad input is refused in one line', () => {
  const refusal = async (command: string, ...args: string[]) => {
    const { code, stdout, stderr } = await charRnn(
      ...[command, '--checkpoint', at('characters', 'best.safetensors'), ...args],
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(afterBackend(stderr)).toMatch(/^\[unrolled\/[a-z-]+] .*\n$/);
    return stderr;
  };

  test.each([
    [['--text', ''], /--text: expected a text of at least one character, got ''/],
    [['--text', 'the 🐋'], /--text: expected characters that the model has seen .* got "🐋"/],
    [['--text', 'the', 'file.txt'], /--text: expected no files together with --text, got file.txt/],
    [['--text', 'the', '--context', '🐋'], /--context: expected characters that the model has seen/],
    [['--text', 'the', '--color', 'blue'], /--color: expected one of always, never, auto, got 'blue'/],
    [['none.txt'], /none.txt, got no such file/],
    [['--perplexity'], /expected a known option, got '--perplexity'/],
  ])('score %j', async (args, message) => {
    expect(await refusal('score', ...args, '--json')).toMatch(message);
  });

  test('files, all of them before the first is scored', async () => {
    await writeFile(at('empty.txt'), '');
    await writeFile(at('whale.txt'), 'the 🐋');
    expect(await refusal('score', at('words.txt'), at('empty.txt'))).toMatch(/empty.txt, got an empty file/);
    expect(await refusal('score', at('words.txt'), at('whale.txt'))).toMatch(
      /whale.txt: expected characters that the model has seen .* got "🐋"/,
    );
  });

  test('standard input', async () => {
    const piped = (input: string | Uint8Array) => withStandardInput(input, () => refusal('score', '--json'));
    expect(await piped('\n\n')).toMatch(/score: expected a text on standard input, got nothing/);
    expect(await piped(Uint8Array.of(0x74, 0xe9))).toMatch(/score: expected valid UTF-8 on standard input/);
    expect(await piped('the whale\nthe 🐋')).toMatch(/line 2: expected characters that the model has seen/);
  });

  test.each([
    [[], /compare: expected at least two sentences, got 0/],
    [['the whale'], /compare: expected at least two sentences, got 1: pass them as arguments/],
    [['the', ''], /compare: expected sentences of at least one character, got ''/],
    [['the', 'the 🐋'], /sentence 2: expected characters that the model has seen/],
    [['the', 'a', '--file', 'x.txt'], /--file: expected no sentences together with --file, got 2/],
    [['--file', 'none.txt'], /none.txt, got no such file/],
    [['the', 'a', '--context', '🐋'], /--context: expected characters that the model has seen/],
  ])('compare %j', async (args, message) => {
    expect(await refusal('compare', ...args)).toMatch(message);
  });
});

describe('compare', () => {
  const compare = (...args: string[]) =>
    charRnn('compare', '--checkpoint', at('characters', 'best.safetensors'), ...args);
  const sentences = ['teh whale swam. ', 'the whale swam. ', 'the whale swam. the sea '];

  test('ranks by ln P and by ln P per character; its scores equal those of score', async () => {
    const outcome = await compare(...sentences, '--json');
    const ranked = lastObject(outcome).sentences as (Scored & Record<string, number>)[];
    expect(outcome.stderr).toContain('each text is read after "\\n"');
    expect(ranked[0]).toMatchObject({ text: sentences[1], rank: 1, behind: 0 });
    for (const one of ranked) {
      const { total } = await scored('characters', '--text', one.text!);
      expect(one.logProbability).toBe(total.logProbability);
      const rankBy = (key: 'natsPerCharacter' | 'behind') =>
        1 + ranked.filter((other) => other[key]! < one[key]!).length;
      expect(one.rank).toBe(rankBy('behind'));
      expect(one.rankPerCharacter).toBe(rankBy('natsPerCharacter'));
      expect(one.behind).toBeCloseTo(ranked[0]!.logProbability - one.logProbability, 9);
    }
  });

  test('marks the best of a table; equals share a rank', async () => {
    await writeFile(at('sentences.txt'), `${sentences[0]}\r\n${sentences[1]}\n\n${sentences[1]}\n`);
    const { stdout } = await compare('--file', at('sentences.txt'));
    const rows = stdout.trimEnd().split('\n').slice(2);
    expect(rows.map((row) => row.slice(0, 5))).toEqual(['  → 1', '  → 1', '    3']);
    expect(rows[0]).toMatch(/1\.00.* → 1 {2}the whale swam\. $/);
    const piped = await withStandardInput(`${sentences[0]}\n${sentences[1]}`, () => compare('--file', '-'));
    expect(piped.stdout).toContain('  → 1');
  });
});
