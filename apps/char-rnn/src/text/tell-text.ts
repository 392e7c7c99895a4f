import { open } from 'node:fs/promises';
import type { FileCorpus } from '@unrolled/data/node';
import { formOf } from '@unrolled/language-model';

/**
 * Reports properties of a text that may surprise: its line ends, the form of its letters, files without a
 * final line end.
 */
export async function tellText(corpus: FileCorpus, tell: (line: string) => void): Promise<void> {
  const { symbols, firstPositions, files } = corpus;
  const occurring = symbols.filter((_, id) => firstPositions[id]! < Number.POSITIVE_INFINITY);
  const has = (end: string) => occurring.some((symbol) => symbol.includes(end));
  if (has('\r'))
    tell(
      has('\n')
        ? 'the lines of the text end with CR LF: the model reads the CR as a character'
        : "the lines of the text end with CR only: so will the model's, and --stop '\\r' ends a line",
    );
  const form = corpus.unit === 'byte' ? undefined : formOf(occurring);
  if (form === 'mixed')
    tell('the text mixes composed and decomposed letters (NFC and NFD): --normalize NFC unifies them');
  else if (form)
    tell(
      'the letters of the text are decomposed (NFD), several characters each: --normalize NFC composes them',
    );
  for (const [index, file] of files.slice(0, -1).entries())
    if (await isOpenEnded(file))
      tell(`${file} ends without a line end: ${files[index + 1]} continues its last line`);
}

/** Whether a file ends in the middle of a line; what can be read only once is not asked. */
async function isOpenEnded(file: string): Promise<boolean> {
  if (file === '-') return false;
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size === 0) return false;
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, Math.max(0, stats.size - 2));
    // In UTF-16 one of the two bytes is 0.
    return !buffer.includes(0x0a) && buffer.at(-1) !== 0x0d;
  } finally {
    await handle.close();
  }
}
