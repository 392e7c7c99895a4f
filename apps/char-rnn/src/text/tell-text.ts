import { open } from 'node:fs/promises';
import type { FileCorpus } from '@unrolled/data/node';
import { formOf } from '@unrolled/language-model';

/**
 * Reports properties of a text that may surprise: its line ends, its normalisation form, files without a
 * final line end.
 */
export async function tellText(corpus: FileCorpus, tell: (line: string) => void): Promise<void> {
  const { symbols, firstPositions, files } = corpus;
  const occurring = symbols.filter((_, id) => firstPositions[id]! < Number.POSITIVE_INFINITY);
  const has = (end: string) => occurring.some((symbol) => symbol.includes(end));
  if (has('\r'))
    tell(
      has('\n')
        ? 'the lines of the text end with CR LF: the model learns CR as a character'
        : "the lines of the text end with CR only, and so will generated lines: use --stop '\\r' to stop at a line end",
    );
  const form = corpus.unit === 'byte' ? undefined : formOf(occurring);
  if (form === 'mixed')
    tell('the text mixes composed and decomposed letters (NFC and NFD): set --normalize NFC to unify them');
  else if (form)
    tell(
      'the letters of the text are decomposed (NFD), so some are several characters: set --normalize NFC to compose them',
    );
  for (const [index, file] of files.slice(0, -1).entries())
    if (await isOpenEnded(file))
      tell(`${file} has no final line end: its last line continues in ${files[index + 1]}`);
}

/** Whether a file ends without a line end. A source that can be read only once is not checked. */
async function isOpenEnded(file: string): Promise<boolean> {
  if (file === '-') return false;
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, Math.max(0, stats.size - 2));
    // In UTF-16, one of the two bytes of a line end is 0.
    return !buffer.includes(0x0a) && buffer.at(-1) !== 0x0d;
  } finally {
    await handle.close();
  }
}
