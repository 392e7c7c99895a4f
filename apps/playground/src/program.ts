/** 'Copy as TypeScript': a program on our packages that trains the model of the page. */
import type { Choice } from './choice';
import { settingsOf } from './choice';

/**
 * The program as a text. It reads the text that is learned from a file, or has it in itself where it is
 * short.
 *
 * @param cell the cell of the model, if there are two
 * @param text what is learned, as the page has made it
 * @param steps where the run ends
 */
export function programOf(choice: Choice, text: string, steps: number): string {
  const symbols = new Set(Array.from(text)).size;
  const { steps: _, ...settings } = settingsOf(choice, symbols);
  const isShort = text.length <= 200;
  const short = shortened(text);
  const source = isShort || short ? (short ?? JSON.stringify(text)) : "await readFile('text.txt', 'utf8')";
  const needsFile = source.startsWith('await');
  const lines = Object.entries({ ...settings, steps }).map(
    ([name, value]) => `  ${name}: ${JSON.stringify(value)},`,
  );
  return `${needsFile ? "import { readFile } from 'node:fs/promises';\n" : ''}import { disposeTree } from '@unrolled/cells';
import { createCorpus } from '@unrolled/data';
import { useUnrolledBackend } from '@unrolled/kernels';
import { paramsOf, prepareDataset, savedModel, trainLanguageModel, writeText } from '@unrolled/language-model';
import { loadRun, memoryStore } from '@unrolled/runs';

// npm install @tensorflow/tfjs-core @unrolled/cells @unrolled/data @unrolled/kernels @unrolled/language-model @unrolled/runs
await useUnrolledBackend();
${needsFile ? '// The text of the page, saved beside this program.\n' : ''}const text = ${source};
const settings = {
${lines.join('\n')}
} as const;

const dataset = prepareDataset(createCorpus(text), settings);
const store = memoryStore();
await trainLanguageModel({
  dataset,
  settings,
  store,
  listener: { stepped: ({ step, loss }) => console.log(\`step \${step}: \${loss}\`) },
});

const saved = savedModel('last', 'memory', (await loadRun(store))!);
const { model, vocabulary } = saved;
const params = paramsOf(saved);
const writing = { model, params, vocabulary, length: 200, temperature: ${choice.temperature}, seed: ${choice.seed} };
console.log([...writeText(writing)].join(''));
disposeTree(params);
`;
}

/** A text that says one piece again and again, as an expression; undefined for others. */
function shortened(text: string): string | undefined {
  for (let length = 1; length <= Math.min(400, text.length / 2); length++) {
    if (text.length % length !== 0) continue;
    const piece = text.slice(0, length);
    if (piece.repeat(text.length / length) === text)
      return `${JSON.stringify(piece)}.repeat(${text.length / length})`;
  }
  return undefined;
}
