// The complete files that a guide tells its reader to copy. Each is in a separate block, under a paragraph
// that begins with the file's name.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib.mjs';

const FILE = /^`([\w./-]+\.\w+)`[^\n]*\n\n(```\w+\n)([\s\S]*?)^```/gm;

/** The files of a guide by name, and the position where the text of each begins. */
export function filesOf(text) {
  return Array.from(text.matchAll(FILE), ({ 0: all, 1: name, 2: fence, 3: content, index }) => {
    return { name, content, at: index + all.indexOf(fence) };
  });
}

/** The text of one file of a guide: `docs/guides/in-the-browser.md`, `src/worker.ts`. */
export function guideFile(guide, name) {
  const found = filesOf(readFileSync(path.join(root, guide), 'utf8')).find((file) => file.name === name);
  if (!found)
    throw new Error(`[unrolled/guide-files] expected ${guide} to contain the file ${name}, got none`);
  return found.content;
}
