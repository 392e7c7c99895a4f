import { listed, quoted } from '@unrolled/errors';
import { optionalPackage } from '../optional-package';
import { refuse } from '../refuse';
import { utf8Decoder } from '../text/bytes';
import { type CorpusFile, readUtf8, type TextReading } from '../text/corpus-files';
import { LONGEST_TEXT, type NumberedPair, refuseLong } from './numbered-pair';

/** Elements within a segment that contain formatting codes of the source document, not text. */
const CODES = new Set(['bpt', 'ept', 'it', 'ph', 'ut']);

/**
 * The units of a translation memory (TMX 1.4) that have both languages, read as a stream. `en` also matches
 * `en-US` if a unit has no `en`. Document codes within a segment are removed, and their text stays. Entities
 * that a document type declares are refused.
 */
export async function* readTmx(
  file: CorpusFile,
  { languages, ...reading }: TextReading & { readonly languages: readonly [string, string] },
): AsyncGenerator<NumberedPair> {
  const { scope = 'readPairs', path } = file;
  const { SaxesParser } = await optionalPackage(scope, 'saxes', () => import('saxes'));
  const parser = new SaxesParser({ xmlns: false });
  const units = new Units(
    languages,
    () => parser.line,
    () => refuseLong(file, `line ${parser.line}`),
  );
  parser.on('opentag', ({ name, attributes }) => units.open(name, attributes));
  parser.on('closetag', ({ name }) => units.close(name));
  parser.on('text', (text) => units.add(text));
  parser.on('cdata', (text) => units.add(text));
  const wellFormed = (step: () => void) => {
    try {
      step();
    } catch (error) {
      const [, line, got] = /^(\d+):\d+: (.*)$/s.exec((error as Error).message) ?? [];
      if (line === undefined) throw error;
      const expected = `well-formed XML at ${path}, line ${line}`;
      refuse(
        scope,
        {
          expected,
          got: got!.replace(/\.$/, ''),
          remedy: 'correct the file, or leave it out',
          code: 'format',
        },
        error,
      );
    }
  };
  const utf8 = utf8Decoder();
  const encoding = reading.encoding ?? (await declaredEncoding(file));
  let count = 0;
  for await (const piece of readUtf8(file, { ...reading, encoding })) {
    wellFormed(() => parser.write(utf8.decode(piece)));
    const found = units.take();
    count += found.length;
    yield* found;
  }
  wellFormed(() => parser.close());
  if (count > 0) return;
  refuse(scope, {
    expected: `translation units in ${languages.join(' and ')} in ${path}`,
    got: units.seen.size === 0 ? 'no translation units' : `units in ${listed([...units.seen].map(quoted))}`,
    remedy: 'set `languages` to two of these',
    code: 'format',
  });
}

/** The first line of the document. Standard input cannot be read twice. */
async function declaredEncoding(file: CorpusFile): Promise<string | undefined> {
  if (file.stamp === undefined) return undefined;
  for await (const chunk of file.chunks()) {
    const head = new TextDecoder('latin1').decode(chunk.subarray(0, 200));
    return /^<\?xml[^>]*\sencoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1];
  }
  return undefined;
}

/** Collects translation units from the parser's events. */
class Units {
  /** The languages of the units so far. */
  readonly seen = new Set<string>();
  private found: NumberedPair[] = [];
  private texts: (string | undefined)[] = [];
  /** Whether the variant has exactly the requested language, which has priority over `en-US` for `en`. */
  private exact: boolean[] = [];
  private line = 0;
  /** The index of the requested language of the open variant; -1 for another language. */
  private side = -1;
  private isExact = false;
  private segment: string | undefined;
  private codes = 0;

  constructor(
    private readonly languages: readonly string[],
    private readonly lineNow: () => number,
    private readonly refuseLong: () => never,
  ) {}

  /** The pairs since the last call. */
  take(): NumberedPair[] {
    return this.found.splice(0);
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (CODES.has(name)) this.codes += 1;
    if (name === 'tu') {
      this.texts = [];
      this.exact = [];
      this.line = this.lineNow();
    } else if (name === 'tuv') {
      const language = (attributes['xml:lang'] ?? attributes.lang ?? '').toLowerCase();
      if (this.seen.size < 20 && language) this.seen.add(language);
      const wanted = this.languages.map((one) => one.toLowerCase());
      this.side = wanted.indexOf(language);
      this.isExact = this.side >= 0;
      if (!this.isExact) this.side = wanted.findIndex((one) => isOf(one, language));
    } else if (name === 'seg') this.segment = '';
  }

  add(text: string): void {
    if (this.segment === undefined || this.codes > 0) return;
    this.segment += text;
    if (this.segment.length > LONGEST_TEXT) this.refuseLong();
  }

  close(name: string): void {
    if (CODES.has(name)) this.codes -= 1;
    if (name === 'seg') {
      const isBetter = this.isExact && !this.exact[this.side];
      if (this.side >= 0 && (isBetter || this.texts[this.side] === undefined)) {
        this.texts[this.side] = this.segment;
        this.exact[this.side] = this.isExact;
      }
      this.segment = undefined;
    } else if (name === 'tu') {
      const [source, target] = this.texts;
      if (source === undefined || target === undefined) return;
      this.found.push({ source, target, number: this.line });
    }
  }
}

const isOf = (wanted: string, language: string) =>
  language === wanted || language.startsWith(`${wanted}-`) || language.startsWith(`${wanted}_`);
