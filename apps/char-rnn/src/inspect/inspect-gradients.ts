import {
  type BackendName,
  createReporter,
  flagOf,
  quietTensorflow,
  type Reporter,
} from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import type { TokenUnit } from '@unrolled/data';
import { selectBackend } from '@unrolled/kernels/node';
import {
  factorInWords,
  fileUnitOf,
  type GradientProfile,
  gradientProfile,
  spreadWindows,
  tokensFor,
} from '@unrolled/language-model';
import { interruptSignal } from '@unrolled/runs/node';
import { readCorpus, type TextCorpus } from '../text/corpus';
import { writeProfiles } from './gradient-files';
import { freshOnes, type SubjectOptions, trainedOnes } from './gradient-subjects';

export interface GradientsOptions extends SubjectOptions {
  distance: number;
  windows: number;
  output: string;
  backend: BackendName;
  json?: boolean;
}

/** Shows how far back in time the gradients of several models reach. */
export async function inspectGradients(files: readonly string[], options: GradientsOptions): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const texts = new Map<TokenUnit, TextCorpus>();
  const textOf = async (unit: TokenUnit) => {
    const text = texts.get(unit) ?? (await readCorpus(files, { unit, signal }));
    texts.set(unit, text);
    return text;
  };
  try {
    const backend = await selectBackend(options.backend);
    const subjects = [...(await trainedOnes(options)), ...(await freshOnes(options, textOf))];
    reporter.line(`backend ${backend.name}: ${backend.reason}`);
    const profiles: GradientProfile[] = [];
    let places = 0;
    for (const { name, model, vocabulary, params: make } of subjects) {
      const tokens = tokensFor(
        'inspect',
        await textOf(fileUnitOf('inspect', vocabulary)),
        vocabulary,
        reporter.warn,
      );
      const windows = spreadWindows(tokens, options.windows, options.distance, flagOf);
      places = windows.length;
      const params = make();
      try {
        profiles.push(gradientProfile(name, { model, params }, windows, options.distance));
      } finally {
        disposeTree(params);
      }
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    showTable(reporter, profiles, options.distance, places);
    const written = await writeProfiles(reporter, profiles, options);
    reporter.line(`written     ${written.join('\n            ')}`);
    reporter.result({ distance: options.distance, models: profiles, files: written });
  } finally {
    for (const text of texts.values()) await text.close();
  }
}

/** 0, 1, 2, 5, 10, 20, 50 …, and the last distance. */
function shownDistances(last: number): number[] {
  const all = [0];
  for (let power = 1; power <= last; power *= 10) all.push(power, 2 * power, 5 * power);
  return [...new Set([...all.filter((distance) => distance < last), last])];
}

function showTable(
  reporter: Reporter,
  profiles: readonly GradientProfile[],
  distance: number,
  places: number,
): void {
  const width = Math.max(14, ...profiles.map(({ name }) => Math.min(40, name.length) + 2));
  const cell = (text: string) => (text.length > 40 ? `…${text.slice(-39)}` : text).padStart(width);
  reporter.line(`mean gradient norm |dloss(T) / dh(T-d)| over ${places} positions in the text`);
  reporter.line(`   d${profiles.map(({ name }) => cell(name)).join('')}`);
  for (const back of shownDistances(distance)) {
    reporter.line(
      `${String(back).padStart(4)}${profiles.map(({ h }) => cell(h[back]!.toExponential(3))).join('')}`,
    );
  }
  for (const { name, factor } of profiles) reporter.line(`${name}: ${factorInWords(factor)}`);
}
