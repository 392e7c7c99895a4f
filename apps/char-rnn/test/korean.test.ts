/** A vocabulary of hundreds of syllables, read through an embedding. */
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { isKoreanSentence, koreanText } from './support/korean';
import { charRnn, lastObject, type Outcome } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const text = koreanText(4000);

describe('Korean', () => {
  let outcome: Outcome;
  beforeAll(async () => {
    await writeFile(at('korean.txt'), text);
    outcome = await charRnn(
      ...['train', at('korean.txt'), '--run-directory', at('run'), '--layers', '1', '--units', '64'],
      ...['--batch-size', '32', '--sequence-length', '15', '--dropout', '0', '--learning-rate', '0.02'],
      ...['--steps', '300', '--warm-up', '0', '--validate-every', '300', '--sample-every', '0', '--json'],
    );
  });

  test('of more than 512 syllables is read through an embedding, and says why', () => {
    expect(new Set(text).size).toBeGreaterThan(600);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain('embedding 64: the default for more than 512 distinct characters\n');
    expect(outcome.stderr).toContain('model 1 × lstm 64, embedding 64');
  });

  test('is learned far better than by the frequencies of syllables and of their pairs', () => {
    const { validationLoss, bigramLoss } = lastObject(outcome) as Record<string, number>;
    expect(validationLoss).toBeLessThan(bigramLoss!);
    expect(validationLoss).toBeLessThan(0.4 * entropyOf(text));
  });

  test('is written in sentences, whose particles fit', async () => {
    const checkpoint = at('run', 'best.safetensors');
    const options = ['--length', '400', '--temperature', '0.5', '--json'];
    const { text: sample } = lastObject(await charRnn('sample', '--checkpoint', checkpoint, ...options));
    const sentences = (sample as string).split('\n').slice(0, -1); // The last one is cut off.
    expect(sentences.length).toBeGreaterThan(20);
    const right = sentences.filter(isKoreanSentence);
    expect(right.length / sentences.length).toBeGreaterThan(0.8);
    // More than one sentence over and over: both kinds of particles come.
    expect(new Set(right).size).toBeGreaterThan(5);
    expect(right.some((sentence) => /은 .*를 /.test(sentence))).toBe(true);
    expect(right.some((sentence) => /는 .*을 /.test(sentence))).toBe(true);
  });
});

/**
 * −Σ p ln p of a text's characters, in nats: the loss of a model that knows how often each comes, and no
 * more.
 */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count);
  const shares = Array.from(counts.values(), (count) => count / total);
  return -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
}
