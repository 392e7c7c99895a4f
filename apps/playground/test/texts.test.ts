import { describe, expect, it } from 'vitest';
import { freshLines, TASKS, taskLines, taskText } from '../src/texts/tasks';
import { textIn } from '../src/texts/text-in';
import { ownText } from '../src/texts/texts';

/** The right answer to a problem, found another way than by the generator. */
const SOLUTIONS: Readonly<Record<(typeof TASKS)[number], (problem: string) => string>> = {
  echo: (problem) => Array.from(problem, (_, at) => problem[at - 3] ?? '.').join(''),
  copy: (problem) => problem.replaceAll('.', ''),
  parity: (problem) => String(problem.replaceAll('0', '').length % 2),
  brackets(problem) {
    let open = problem;
    while (/\(\)|\[\]/.test(open)) open = open.replaceAll(/\(\)|\[\]/g, '');
    return Array.from(open, (bracket) => (bracket === '(' ? ')' : ']'))
      .reverse()
      .join('');
  },
  adding: (problem) =>
    String([...problem.matchAll(/\*(\d)/g)].reduce((sum, [, digit]) => sum + Number(digit), 0) % 10),
};

describe('toy tasks', () => {
  it.each(TASKS)('%s has the right answers', (task) => {
    for (const line of taskLines(task, 300, 7)) {
      const [problem, answer, ...rest] = line.split('=');
      expect(rest).toEqual([]);
      expect(answer).toBe(SOLUTIONS[task](problem!));
    }
  });

  it.each(TASKS)('%s asks for what its text does not have', (task) => {
    const lines = new Set(taskText(task).split('\n'));
    const fresh = freshLines(task, 40);
    expect(fresh).toHaveLength(40);
    expect(fresh.filter((line) => lines.has(line))).toEqual([]);
  });

  it('is the same text each time', () => {
    expect(taskText('brackets')).toBe(taskText('brackets'));
  });
});

it('says a short text of a person again, with line ends and characters of one kind', () => {
  expect(ownText('a\r\nb').startsWith('a\nb\na\nb\n')).toBe(true);
  expect(ownText('한').startsWith('한\n')).toBe(true);
  expect(ownText('  ')).toBe('  ');
  expect(ownText('x'.repeat(4_000))).toHaveLength(4_000);
});

describe('a file', () => {
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

  it.each([
    ['UTF-8', Buffer.from('café 안녕 🙂'), 'café 안녕 🙂'],
    ['UTF-8 with a mark', Buffer.from('\ufeffcafé'), 'café'],
    ['UTF-16', utf16('café 안녕'), 'café 안녕'],
    ['UTF-16, big-endian', utf16('café 안녕').swap16(), 'café 안녕'],
    ['nothing', Buffer.of(), ''],
    ['Latin-1', Buffer.from('café', 'latin1'), undefined],
    ['a picture', Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), undefined],
    ['zeros', Buffer.alloc(8), undefined],
  ])('of %s is text, or none', (_, bytes, expected) => {
    expect(textIn(bytes)).toBe(expected);
  });
});
