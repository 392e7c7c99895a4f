/** 'Copy as TypeScript': a program on our packages that trains the model of the page. */
import type { Choice } from './choice';
import { settingsOf } from './choice';

export interface ProgramOptions {
  /** With the cell of the model, if there are two. */
  readonly choice: Choice;
  /** The text that is learned, as the page has made it. */
  readonly text: string;
  /** How many characters the model knows. */
  readonly symbols: number;
  /** Where the run ends. */
  readonly steps: number;
  /** The checkpoint that the page's run began with. */
  readonly opened?: OpenedFile | undefined;
}

interface OpenedFile {
  readonly name: string;
  /** Whether its run goes on, or only its weights do. */
  readonly continues: boolean;
}

/** The program as a text. It reads what is learned from `text.txt`, or has it in itself where it is short. */
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

/** The settings, the vocabulary and the start are the checkpoint's. */
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

/** Texts that a program may have in itself. */
const MOST_TEXT = 10_000;

/** A short text as an expression, or one that says a piece again and again; undefined for others. */
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
