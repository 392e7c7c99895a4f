/**
 * Toy tasks as texts, with one problem in each line: `problem=answer`. The problem determines the answer, so
 * a model that has learned the task predicts every character of the answer with certainty. The problem is
 * random, so its characters cannot be predicted.
 */
import { uniforms } from './random';

export const TASKS = ['echo', 'copy', 'parity', 'brackets', 'adding'] as const;
export type TaskName = (typeof TASKS)[number];

type Draw = (below: number) => number;

/** Creates a line without its line end; `draw` returns integers below a limit. */
const LINES: Readonly<Record<TaskName, (draw: Draw) => string>> = {
  /** Each letter is repeated three positions later: abcdef → ...abc. */
  echo(draw) {
    const asked = letters(draw, 8);
    return `${asked}=${'...'.concat(asked).slice(0, 8)}`;
  },
  /** The letters are repeated after a delay (Hochreiter and Schmidhuber, 1997; Arjovsky et al., 2016). */
  copy(draw) {
    const asked = letters(draw, 5);
    return `${asked}${'.'.repeat(10)}=${asked}`;
  },
  /** Whether the number of ones is odd. */
  parity(draw) {
    const bits = Array.from({ length: 4 + draw(9) }, () => draw(2));
    return `${bits.join('')}=${bits.reduce((sum, bit) => sum + bit, 0) % 2}`;
  },
  /**
   * A sequence of opening brackets of two kinds; the answer closes them in reverse order (a Dyck language).
   */
  brackets(draw) {
    let line = '';
    const open: string[] = [];
    const length = 6 + draw(9);
    while (line.length < length) {
      if (open.length > 0 && draw(2) === 0) line += open.pop();
      else {
        const kind = draw(2);
        line += '(['[kind];
        open.push(')]'[kind]!);
      }
    }
    return `${line}=${open.reverse().join('')}`;
  },
  /**
   * Digits, two of them marked; the answer is the sum of these two, modulo 10 (after Hochreiter and
   * Schmidhuber, 1997).
   */
  adding(draw) {
    const digits = Array.from({ length: 8 }, () => draw(10));
    const marked = [draw(4), 4 + draw(4)];
    const asked = digits.map((digit, at) => (marked.includes(at) ? `*${digit}` : `${digit}`)).join('');
    const sum = marked.reduce((total, at) => total + digits[at]!, 0);
    return `${asked}=${sum % 10}`;
  },
};

const ALPHABET = 'abcdef';
const letters = (draw: Draw, count: number) =>
  Array.from({ length: count }, () => ALPHABET[draw(ALPHABET.length)]).join('');

export function isTask(name: string): name is TaskName {
  return (TASKS as readonly string[]).includes(name);
}

/** Problems of a task, one per line. */
export function taskLines(task: TaskName, count: number, seed: number): string[] {
  const uniform = uniforms(seed);
  const draw: Draw = (below) => Math.floor(uniform() * below);
  return Array.from({ length: count }, () => LINES[task](draw));
}

/** The training text of a task. */
export function taskText(task: TaskName): string {
  return `${taskLines(task, 3_000, 1).join('\n')}\n`;
}

/** Problems that are not in the training text, to measure the share of correct answers. */
export function freshLines(task: TaskName, count: number): string[] {
  const seen = new Set(taskLines(task, 3_000, 1));
  const fresh = taskLines(task, 20 * count, 2).filter((line) => !seen.has(line));
  return [...new Set(fresh)].slice(0, count);
}
