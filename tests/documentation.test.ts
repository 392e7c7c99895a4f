/**
 * Every TypeScript example in a README or a guide is a program of its own: it is typed and run as it stands, with no other packages than it
 * names, prints what stands behind `// →`, and leaves no tensor.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compact, examplesOf, promisesOf, readExamples, root } from './documentation/examples';
import { bundle, type Program, type Run, runProgram } from './documentation/run';
import { typeErrors } from './documentation/types';

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

const titled = examples.map((example) => ({ ...example, title: `${example.id}: ${example.section}` }));

describe.concurrent('each example runs, prints what it promises, and leaves no tensor', () => {
  it.each(titled)('$title', async ({ id, code, packages, installed = packages }) => {
    expect(
      packages.filter((name) => !installed.includes(name)),
      'not installed',
    ).toEqual([]);
    const env = { RUN_DIRECTORY: path.join(folder, 'runs', id) };
    const { printed, tensors } = await inTurn(() => runProgram(programs.get(id)!, env));
    left.set(id, tensors);
    expect(printed.map(compact)).toEqual(expect.arrayContaining(promisesOf(code)));
    expect(tensors, 'tensors left').toBe(0);
  });
});

it('an example has no more than the packages that it imports, and what it leaves is counted', async () => {
  const [withCore, withAll, leaving] = faulty.map(({ id }) => programs.get(id)!);
  await expect(runProgram(withCore!, {})).rejects.toThrow('toFloat is not a function');
  expect(await runProgram(withAll!, {})).toEqual({ printed: ['float32'], tensors: 2 });
  expect(await runProgram(leaving!, {})).toEqual({ printed: ['float32'], tensors: 1 });
});

it('each example has types, with those of no other packages', () => {
  const wrong = [...typeErrors([...examples, ...faulty])].filter(([, errors]) => errors.length > 0);
  expect(Object.fromEntries(wrong)).toEqual({
    'faulty-md-1': ["line 3: Property 'toFloat' does not exist on type 'Scalar'."],
  });
}, 120_000);
