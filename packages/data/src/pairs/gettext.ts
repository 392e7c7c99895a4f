import { inWords, UnrolledError } from '@unrolled/errors';
import { decodeBytes, encodingOf, refuseUndecodable, strictDecoder } from '../encoding';
import { optionalPackage } from '../optional-package';
import { refuse } from '../refuse';
import { type CorpusFile, readBinary } from '../text/corpus-files';
import type { NumberedPair } from './numbered-pair';

interface GettextReading {
  /** Default the encoding in the header, otherwise UTF-8. */
  readonly encoding?: string | undefined;
  readonly plurals: boolean;
}

/**
 * The pairs of a gettext catalogue, `.po` or `.mo`: message and translation, in the file's order, except that
 * messages that are whole numbers come first. The header is left out, and so are messages that programs do
 * not use: those without a translation, fuzzy ones and obsolete ones.
 */
export async function* readGettext(
  file: CorpusFile,
  format: 'po' | 'mo',
  { encoding, plurals }: GettextReading,
): AsyncGenerator<NumberedPair> {
  const { scope = 'readPairs' } = file;
  const bytes = await wholeFile(file);
  const { po, mo } = await optionalPackage(scope, 'gettext-parser', () => import('gettext-parser'));
  const parse = () => {
    if (format === 'po') return po.parse(textOf(scope, file.path, bytes, encoding));
    checkMo(scope, file.path, bytes, encoding);
    return mo.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), encoding);
  };
  const { translations } = wellFormed(scope, file.path, format, parse);
  let number = 0;
  for (const messages of Object.values(translations)) {
    for (const { msgid, msgid_plural: plural, msgstr = [], comments } of Object.values(messages)) {
      if (msgid === '') continue;
      number += 1;
      const isFuzzy = /\bfuzzy\b/.test(comments?.flag ?? '');
      if (isFuzzy || msgstr.every((form) => form === '') || (plural && !plurals)) continue;
      if (msgstr[0]) yield { source: msgid, target: msgstr[0], number };
      const last = msgstr.at(-1);
      if (plural && last) yield { source: plural, target: last, number };
    }
  }
}

async function wholeFile(file: CorpusFile): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBinary(file)) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

function textOf(scope: string, path: string, bytes: Uint8Array, encoding: string | undefined): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 2 ** 16));
  return decodeBytes(scope, path, bytes, encoding ?? charsetOf(scope, path, head)).text;
}

/** The encoding in a header. The placeholder of templates counts as none. */
function charsetOf(scope: string, path: string, header: string): string | undefined {
  const [, name] = /charset\s*=\s*([^\s"\\;]+)/i.exec(header) ?? [];
  if (name === undefined || name === 'CHARSET') return undefined;
  try {
    return encodingOf(scope, new Uint8Array(0), name);
  } catch (error) {
    const expected = `a known charset in the header of ${path}`;
    const remedy = 'save the catalogue again, in UTF-8';
    return refuse(scope, { expected, got: inWords(name), remedy, code: 'format' }, error);
  }
}

function wellFormed<T>(scope: string, path: string, format: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    // For unexpected input, the parser fails with an internal error.
    const isForeseen = error instanceof SyntaxError;
    const got = isForeseen
      ? error.message.replace('Error parsing PO data: ', '')
      : 'mismatched messages and translations';
    refuse(
      scope,
      {
        expected: `a well-formed .${format} file at ${path}`,
        got,
        remedy: 'correct that line, or leave out the file',
        code: 'format',
      },
      error,
    );
  }
}

/**
 * Refuses a `.mo` file that is truncated or whose texts are not in its charset. The parser would read past
 * the end.
 */
function checkMo(scope: string, path: string, bytes: Uint8Array, given: string | undefined): void {
  const refuseMo = (got: string): never =>
    refuse(scope, {
      expected: `a complete .mo file at ${path}`,
      got,
      remedy: 'compile the catalogue again',
      code: 'format',
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 28) refuseMo(`${bytes.length} bytes`);
  const isLittle = view.getUint32(0, true) === 0x950412de;
  if (!isLittle && view.getUint32(0) !== 0x950412de) refuseMo('a file without the signature of a .mo file');
  const word = (at: number) => view.getUint32(at, isLittle);
  const [count, ...tables] = [word(8), word(12), word(16)];
  if (tables.some((table) => table + 8 * count! > bytes.length))
    refuseMo(`${count} messages, according to its header, in a truncated file`);
  const textAt = (table: number, entry: number) => {
    const [length, start] = [word(table + 8 * entry), word(table + 8 * entry + 4)];
    if (start + length > bytes.length) refuseMo(`message ${entry + 1} of ${count}, which is truncated`);
    return bytes.subarray(start, start + length);
  };
  const latin = new TextDecoder('latin1');
  const header = count! > 0 && textAt(tables[0]!, 0).length === 0 ? latin.decode(textAt(tables[1]!, 0)) : '';
  const encoding = charsetOf(scope, path, header) ?? encodingOf(scope, new Uint8Array(0), given);
  const decoder = strictDecoder(encoding);
  for (let entry = 0; entry < count!; entry++) {
    for (const text of [textAt(tables[0]!, entry), textAt(tables[1]!, entry)]) {
      try {
        decoder.decode(text);
      } catch {
        const remedy = `its header says ${encoding}: compile it again from texts in that charset`;
        refuseUndecodable(scope, `${path}, message ${entry + 1}`, text, { encoding, remedy });
      }
    }
  }
}
