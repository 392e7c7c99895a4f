/** 'Copy as TypeScript': a program that uses our packages to train the model of the page. */
import type { Choice } from './choice';
import { settingsOf } from './choice';

export interface ProgramOptions {
  /** The choices, with the cell of the selected model if there are two. */
  readonly choice: Choice;
  /** The training text, as prepared by the page. */
  readonly text: string;
  /** Number of characters in the model's vocabulary. */
  readonly symbols: number;
  /** The last step of the run. */
  readonly steps: number;
  /** The checkpoint from which the page's run started. */
  readonly opened?: OpenedFile | undefined;
}

interface OpenedFile {
  readonly name: string;
  /** Whether its run continues; if not, only its weights are used. */
  readonly continues: boolean;
}

/** Writes the program. It reads the training text from `text.txt`, or contains it if it is short. */
export function programOf({ choice, text, symbols, steps, opened }: ProgramOptions): string {
  const source = sourceOf(text);
  const reads = source === undefined;
  const needsFiles = reads || opened;
  const lines = opened ? openedLines(opened, steps) : settingsLines(choice, symbols, steps);
  return `${needsFiles ? "import { readFile } from 'node:fs/promises';\n" : ''}import { disposeTree } from '@unrolled/cells';
import { createCorpus } from '@unrolled/data';
import { useUnrolledBackend } from '@unrolled/kernels';
import { paramsOf, prepareDataset, savedModel, trainLanguageModel, writeText } from '@unrolled/language-model';
import { loadRun, memoryStore } from '@unrolled/runs';
${opened ? "import { decodeCheckpoint } from '@unrolled/training';\n" : ''}
// npm install @tensorflow/tfjs-core @unrolled/cells @unrolled/data @unrolled/kernels @unrolled/language-model @unrolled/runs${opened ? ' @unrolled/training' : ''}
await useUnrolledBackend();
${reads ? "// The page's text, which it gives beside this program.\n" : ''}const text = ${source ?? "await readFile('text.txt', 'utf8')"};
${lines.join('\n')}
await trainLanguageModel({
  dataset,
  settings,
  store,
${opened ? `  ${opened.continues ? 'resume: await loadRun(store)' : 'params: () => paramsOf(start)'},\n` : ''}  listener: { stepped: ({ step, loss }) => console.log(\`step \${step}: \${loss}\`) },
});

const saved = savedModel('last', 'memory', (await loadRun(store))!);
const { model, vocabulary } = saved;
const params = paramsOf(saved);
const writing = { model, params, vocabulary, length: 200, temperature: ${choice.temperature}, seed: ${choice.seed} };
console.log([...writeText(writing)].join(''));
disposeTree(params);
`;
}

function settingsLines(choice: Choice, symbols: number, steps: number): string[] {
  return [
    'const settings = {',
    ...Object.entries({ ...settingsOf(choice, symbols), steps }).map(
      ([name, value]) => `  ${name}: ${JSON.stringify(value)},`,
    ),
    '} as const;',
    '',
    'const dataset = prepareDataset(createCorpus(text), settings);',
    'const store = memoryStore();',
  ];
}

/** The checkpoint determines the settings, the vocabulary and the initial weights. */
function openedLines({ name, continues }: OpenedFile, steps: number): string[] {
  return [
    '// The checkpoint that was opened on the page.',
    `const checkpoint = decodeCheckpoint(await readFile(${JSON.stringify(name)}));`,
    `const start = savedModel('checkpoint', ${JSON.stringify(name)}, checkpoint);`,
    'const { epochs, seconds, patience, ...own } = start.settings;',
    `const settings = { ...own, steps: ${steps} };`,
    '',
    'const dataset = prepareDataset(createCorpus(text), { ...settings, vocabulary: start.vocabulary });',
    'const store = memoryStore();',
    ...(continues ? ["await store.save('last', checkpoint);"] : []),
  ];
}

/** Maximum length of a text that a program contains. */
const MOST_TEXT = 10_000;

/** A short text as an expression, or a text that repeats a short piece; undefined for others. */
function sourceOf(text: string): string | undefined {
  if (text.length <= 200) return JSON.stringify(text);
  for (let length = 1; length <= Math.min(400, text.length / 2) && text.length <= MOST_TEXT; length++) {
    if (text.length % length !== 0) continue;
    const piece = text.slice(0, length);
    if (piece.repeat(text.length / length) === text)
      return `${JSON.stringify(piece)}.repeat(${text.length / length})`;
  }
  return undefined;
}
