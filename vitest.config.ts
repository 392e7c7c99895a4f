import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { tfjsGradients } from './scripts/tfjs-gradients.ts';

/** Tests that must pass on every backend; they run once on each. */
const PER_BACKEND = ['packages/{cells,losses,training}/test/**/*.test.ts', 'tests/**/*.test.ts'];
/**
 * Those of them that change nothing outside themselves: they share a process, which loads tfjs and the
 * kernels once, not once a file.
 */
const SHARING = 'packages/{cells,losses}/test/**/*.test.ts';
/** Tests that use tfjs, but choose their own backend; they run once. */
const WITH_TFJS = [
  'bench/test/**/*.test.ts',
  'packages/{kernels,interop,forecaster,language-model,runs}/test/**/*.test.ts',
  'apps/{hihello,char-rnn,stock-forecast,forecast}/test/**/*.test.ts',
];
/** Tests that need TensorFlow's own library. */
const NATIVE = 'packages/kernels/test/tensorflow/**/*.test.ts';
/** Tests that start processes. */
const SCRIPTS = 'tests/{root-scripts/**,documentation*.test.ts}';

const EQUALITY = 'scripts/test-equality.ts';

const asked = process.env.UNROLLED_BACKEND;
if (asked && !['cpu', 'unrolled', 'tensorflow'].includes(asked))
  throw new Error(`UNROLLED_BACKEND: expected cpu, unrolled or tensorflow, got '${asked}'`);

function onBackend(backend: 'cpu' | 'unrolled' | 'tensorflow', include: string[]) {
  const common = {
    env: { UNROLLED_BACKEND: backend },
    setupFiles: [EQUALITY, 'scripts/test-backend.ts'],
  };
  const exclude = [SCRIPTS, SHARING, ...(backend === 'tensorflow' ? [] : [NATIVE])];
  return [
    { extends: true as const, test: { ...common, name: backend, include, exclude } },
    {
      extends: true as const,
      test: { ...common, name: `${backend}, shared`, include: [SHARING], isolate: false },
    },
  ];
}

const projects = [
  {
    extends: true as const,
    test: {
      name: 'plain',
      setupFiles: [EQUALITY],
      include: [
        '{packages,apps,examples}/*/test/**/*.test.ts',
        'tests/root-scripts/**/*.test.ts',
        'tests/documentation*.test.ts',
      ],
      exclude: [...PER_BACKEND.filter((pattern) => !pattern.startsWith('tests/')), ...WITH_TFJS],
    },
  },
  ...onBackend('cpu', [...PER_BACKEND, ...WITH_TFJS]),
  ...onBackend('unrolled', PER_BACKEND),
  // Only when asked for: npm run test:native, which sees to the library.
  ...(asked === 'tensorflow' ? onBackend('tensorflow', [...PER_BACKEND, NATIVE]) : []),
];

/** Our sources, as Node takes them. */
const CONDITIONS = ['@unrolled/source', 'node'];

export default defineConfig({
  plugins: [tfjsGradients()],
  resolve: { conditions: CONDITIONS },
  ssr: { resolve: { conditions: CONDITIONS, externalConditions: CONDITIONS } },
  test: {
    // Vitest leaves one core free, which is half of two.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // With UNROLLED_BACKEND set, only what that backend has to show.
    projects: projects.filter(({ test }) => !asked || test.name.split(',')[0] === asked),
  },
});
