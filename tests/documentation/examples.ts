/** The TypeScript examples of the READMEs and guides. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { filesOf } from '../../scripts/guide-files.mjs';

export const root = path.resolve(import.meta.dirname, '../..');

export interface Example {
  /** Its file's name without an ending, and its title in a test. */
  readonly id: string;
  /** Relative to the repository. */
  readonly document: string;
  /** The heading that it stands under. */
  readonly section: string;
  readonly code: string;
  /** Its name, where it is a whole file of the reader's project and no program of its own. */
  readonly file: string | undefined;
  /** The packages that it imports, sorted; Node's own modules left out. */
  readonly packages: readonly string[];
  /** The packages that the document says to install, up to here; undefined where it names none. */
  readonly installed: readonly string[] | undefined;
}

/**
 * Every block of TypeScript in the README, the guides, and the packages' and apps' READMEs, but for the files
 * of {@link readFiles}.
 */
export const readExamples = (): Example[] => readBlocks().filter(({ file }) => file === undefined);

/** Every file of TypeScript that one of those documents has its reader paste. */
export const readFiles = (): Example[] => readBlocks().filter(({ file }) => file !== undefined);

function readBlocks(): Example[] {
  return listDocuments().flatMap((document) => {
    const text = readFileSync(path.join(root, document), 'utf8');
    return examplesOf(document, text);
  });
}

/** The examples of one document. */
export function examplesOf(document: string, text: string): Example[] {
  const blocks = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```/gm));
  const names = new Map(filesOf(text).map(({ name, at }) => [at, name]));
  return blocks.map(({ index, 1: code }, at) => ({
    id: `${document.replace(/\W+/g, '-')}-${at + 1}`,
    document,
    section: Array.from(text.slice(0, index).matchAll(/^#+ (.*)$/gm)).at(-1)?.[1] ?? '',
    code: code!,
    file: names.get(index),
    packages: packagesOf(code!),
    installed: installedBy(text.slice(0, index)),
  }));
}

function listDocuments(): string[] {
  const list = (directory: string) =>
    readdirSync(path.join(root, directory), { recursive: true, encoding: 'utf8' });
  const guides = list('docs').map((name) => path.join('docs', name));
  const readmes = ['packages', 'apps'].flatMap((directory) =>
    readdirSync(path.join(root, directory)).map((name) => path.join(directory, name, 'README.md')),
  );
  return ['README.md', ...guides, ...readmes]
    .filter((name) => name.endsWith('.md') && existsSync(path.join(root, name)))
    .sort();
}

function installedBy(text: string): string[] | undefined {
  const lines = Array.from(text.matchAll(/^npm (?:install|i) (.*)$/gm), ([, names]) => names!.split(/\s+/));
  return lines.length === 0 ? undefined : lines.flat().filter((name) => !name.startsWith('-'));
}

function packagesOf(code: string): string[] {
  const sources = Array.from(
    code.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g),
    ([, source]) => source!,
  );
  const names = sources.map((source) => /^(?:@[^/]+\/)?[^/]+/.exec(source)![0]);
  return [...new Set(names)]
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
    .sort();
}

/** The outputs promised by `console.log(…); // → text`, in order, written as {@link compact} does. */
export function promisesOf(code: string): string[] {
  return Array.from(code.matchAll(/^.*console\.log\(.*\); \/\/ → (.*)$/gm), ([, text]) => compact(text!));
}

/** Node prints [ 4, 2 ], a comment says [4, 2]. */
export const compact = (text: string) => text.replaceAll(/\s+(?=[\]}])|(?<=[[{])\s+/g, '');
