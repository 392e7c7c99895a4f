/**
 * Every TypeScript example in a README or a guide is a program of its own: it is typed and run as it stands,
 * with no other packages than it names, prints what stands behind `// →`, and leaves no tensor.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compact, examplesOf, promisesOf, readExamples, root } from './documentation/examples';
import { bundle, killProgram, type Program, type Run, runProgram } from './documentation/run';
import { castsOf, typeErrors } from './documentation/types';

/** Examples that are wrong on purpose, to see that it is found out. */
const faulty = examplesOf(
  'faulty.md',
  [
    ['@tensorflow/tfjs-core', "console.log(tf.scalar(1, 'int32').toFloat().dtype);"],
    ['@tensorflow/tfjs', "console.log(tf.scalar(1, 'int32').toFloat().dtype); // → float32"],
    ['@tensorflow/tfjs-core', 'console.log(tf.scalar(1).dtype); // → int32'],
  ]
    .map(
      ([name, line]) =>
        `\`\`\`ts\nimport * as tf from '${name}';\nimport '@unrolled/kernels';\n${line}\n\`\`\`\n`,
    )
    .join(''),
);
const examples = readExamples();
const folder = path.join(root, 'tests/.examples');
const directoryOf = (name: string) => path.join(folder, 'projects', name);
const left = new Map<string, number>();
let programs: Map<string, Program>;

beforeAll(async () => {
  programs = await bundle([...examples, ...faulty], folder);
});

afterAll(() => {
  const rows = examples.map(
    ({ document, section, id }) => `${document} | ${section} | ${left.get(id) ?? '-'}`,
  );
  console.log(['document | section | tensors left', ...rows].join('\n'));
});

/** Two processes at a time. */
const lanes = [Promise.resolve(), Promise.resolve()];
let next = 0;
function inTurn(task: () => Promise<Run>): Promise<Run> {
  const lane = next++ % lanes.length;
  const result = lanes[lane]!.then(task);
  lanes[lane] = result.then(
    () => {},
    () => {},
  );
  return result;
}

/** The one run of an example to its end, in its own directory. */
const runs = new Map<string, Promise<Run>>();
function runOf(id: string): Promise<Run> {
  if (!runs.has(id))
    runs.set(
      id,
      inTurn(() => runProgram(programs.get(id)!, directoryOf(id))),
    );
  return runs.get(id)!;
}

const titled = examples.map((example) => ({ ...example, title: `${example.id}: ${example.section}` }));

describe.concurrent('each example runs, prints what it promises, and leaves no tensor', () => {
  it.each(titled)('$title', async ({ id, code, packages, installed = packages }) => {
    expect(
      packages.filter((name) => !installed.includes(name)),
      'not installed',
    ).toEqual([]);
    const { printed, tensors } = await runOf(id);
    left.set(id, tensors);
    expect(printed.map(compact)).toEqual(expect.arrayContaining(promisesOf(code)));
    expect(tensors, 'tensors left').toBe(0);
  });
});

/**
 * The programs that promise to go on where they were killed: where their files are, and after how many lines
 * of their log they are killed.
 */
const surviving = [
  { section: 'Train and resume', within: 'runs/first-number', kills: [130] },
  { section: 'A loop of your own', within: '.', kills: [20, 70] },
];

describe.concurrent('a program that was killed and started again ends with the files of one that was not', () => {
  it.each(surviving)(
    '$section',
    async ({ section, within, kills }) => {
      const { id } = examples.find((example) => example.section === section)!;
      const program = programs.get(id)!;
      const [whole, killed] = [directoryOf(id), directoryOf(`${id}-killed`)];
      const ran = await runOf(id);
      for (const lines of kills) {
        const done = await killProgram(program, killed, path.join(within, 'log.jsonl'), lines);
        expect(done).toBeLessThan(filesOf(path.join(whole, within))['log.jsonl']!.length);
      }
      expect((await runProgram(program, killed)).printed).toEqual(ran.printed);
      expect(filesOf(path.join(killed, within))).toEqual(filesOf(path.join(whole, within)));
    },
    180_000,
  );
});

/** The checkpoints of a directory, and its log without the times of day, by name. */
function filesOf(directory: string): Record<string, string[]> {
  const names = readdirSync(directory).filter((name) => /\.(?:safetensors|jsonl)$/.test(name));
  const linesOf = (name: string) => {
    if (name.endsWith('.safetensors')) return [readFileSync(path.join(directory, name), 'base64')];
    const lines = readFileSync(path.join(directory, name), 'utf8').trimEnd().split('\n');
    return lines.map((line) => JSON.stringify({ ...JSON.parse(line), time: undefined }));
  };
  return Object.fromEntries(names.map((name) => [name, linesOf(name)]));
}

it('an example has no more than the packages that it imports, and what it leaves is counted', async () => {
  const [withCore, withAll, leaving] = faulty.map(({ id }) => programs.get(id)!);
  await expect(runProgram(withCore!, directoryOf('faulty'))).rejects.toThrow('toFloat is not a function');
  expect(await runProgram(withAll!, directoryOf('faulty'))).toEqual({ printed: ['float32'], tensors: 2 });
  expect(await runProgram(leaving!, directoryOf('faulty'))).toEqual({ printed: ['float32'], tensors: 1 });
});

/** Whole programs, and how many lines of at most 110 columns each may have. */
const short: [section: string, lines: number][] = [
  ['Classify sequences', 60],
  ['A fast cell', 45],
  ['Encoder and decoder', 45],
  ['Train and resume', 30],
];

it.each(short)('the program of %s stays within %i lines', (section, most) => {
  const { code } = examples.find((example) => example.section === section)!;
  const lines = code.trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(most);
  expect(lines.filter((line) => line.length > 110)).toEqual([]);
});

it.each(['README.md', 'docs/guides/getting-started.md'])(
  'the first program of %s is JavaScript, because its reader runs it by node',
  async (document) => {
    const { code } = examples.find((example) => example.document === document)!;
    await expect(transform(code, { loader: 'js' })).resolves.toBeDefined();
  },
);

it('no example needs a cast', () => {
  expect(castsOf('const a = b as never; const c = [1] as const;')).toEqual(['b as never']);
  const casts = examples.map(({ id, code }) => [id, castsOf(code)] as const);
  expect(casts.filter(([, found]) => found.length > 0)).toEqual([]);
});

it('each example has types, with those of no other packages', () => {
  const wrong = [...typeErrors([...examples, ...faulty])].filter(([, errors]) => errors.length > 0);
  expect(Object.fromEntries(wrong)).toEqual({
    'faulty-md-1': ["line 3: Property 'toFloat' does not exist on type 'Scalar'."],
  });
}, 120_000);
