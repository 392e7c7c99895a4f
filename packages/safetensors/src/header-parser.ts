import { quoted } from '@unrolled/errors';
import { DAMAGED, type Place, refuse } from './refuse';

/** A tensor's entry in the header, before it is compared with the file. */
export interface HeaderEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * The header: the tensors in the order of their entries, and `__metadata__`, empty if the header has none.
 */
export interface Header {
  readonly entries: HeaderEntry[];
  readonly metadata: Record<string, string>;
}

const maximumRank = 1000;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Parses a header's JSON text.
 *
 * A parser for the grammar of the format. `JSON.parse` would hide duplicate keys, round integers above 2⁵³,
 * and accept `1e3` and `4.0` as integers, which the reference refuses. The grammar has a fixed depth, so
 * nesting cannot overflow the stack.
 */
export function parseHeader(text: string, place: Place): Header {
  return new HeaderParser(text, place).parse();
}

class HeaderParser {
  private position = 0;

  constructor(
    private readonly text: string,
    private readonly place: Place,
  ) {}

  parse(): Header {
    const entries: HeaderEntry[] = [];
    // Without a prototype, a key named __proto__ is an ordinary key.
    let metadata: Record<string, string> = Object.create(null);
    this.object('a tensor name', (name) => {
      if (name === '__metadata__') metadata = this.metadata();
      else entries.push(this.entry(name));
    });
    this.skipSpace();
    if (this.position < this.text.length) this.fail('only spaces after the closing brace');
    return { entries, metadata };
  }

  private metadata(): Record<string, string> {
    const metadata: Record<string, string> = Object.create(null);
    this.object('a metadata key', (key) => {
      metadata[key] = this.string(`a string as the value of metadata ${quoted(key)}`);
    });
    return metadata;
  }

  private entry(name: string): HeaderEntry {
    let dtype: string | undefined;
    let shape: number[] | undefined;
    let offsets: number[] | undefined;
    this.object(`a field of tensor ${quoted(name)}`, (field) => {
      if (field === 'dtype') dtype = this.string(`a dtype for tensor ${quoted(name)}`);
      else if (field === 'shape') shape = this.integers(`the shape of tensor ${quoted(name)}`, maximumRank);
      else if (field === 'data_offsets')
        offsets = this.integers(`the data_offsets of tensor ${quoted(name)}`, 2);
      else this.refuseField(name, field);
    });
    if (dtype === undefined || shape === undefined || offsets?.length !== 2)
      this.refuseEntry(name, dtype, shape, offsets);
    return { name, dtype, shape, begin: offsets[0]!, end: offsets[1]! };
  }

  private refuseField(name: string, field: string): never {
    refuse(this.place, {
      expected: `only dtype, shape and data_offsets for tensor ${quoted(name)}`,
      got: `the field ${quoted(field)}`,
      remedy: DAMAGED,
    });
  }

  private refuseEntry(name: string, dtype?: string, shape?: number[], offsets?: number[]): never {
    const missing = [
      dtype === undefined ? 'dtype' : '',
      shape === undefined ? 'shape' : '',
      offsets === undefined ? 'data_offsets' : '',
    ].filter(Boolean);
    refuse(this.place, {
      expected: `dtype, shape and two data_offsets for tensor ${quoted(name)}`,
      got: missing.length > 0 ? `no ${missing.join(' and no ')}` : `${offsets!.length} data_offsets`,
      remedy: DAMAGED,
    });
  }

  /** `{ "key": member, … }`. A repeated key is refused. */
  private object(what: string, member: (key: string) => void): void {
    this.take('{', `a JSON object with ${what} as key`);
    const seen = new Set<string>();
    this.skipSpace();
    if (this.takeIf('}')) return;
    do {
      const key = this.string(what);
      if (seen.has(key))
        refuse(this.place, { expected: 'unique keys', got: `${quoted(key)} twice`, remedy: DAMAGED });
      seen.add(key);
      this.take(':', `":" after ${quoted(key)}`);
      member(key);
    } while (this.takeIf(','));
    this.take('}', '"," or "}"');
  }

  /** `[1, 2, …]` of non-negative safe integers. */
  private integers(what: string, maximumCount: number): number[] {
    const values: number[] = [];
    this.take('[', `a list as ${what}`);
    if (this.takeIf(']')) return values;
    do {
      if (values.length === maximumCount) {
        refuse(this.place, {
          expected: `at most ${maximumCount} numbers as ${what}`,
          got: 'more',
          remedy: DAMAGED,
        });
      }
      values.push(this.integer(what));
    } while (this.takeIf(','));
    this.take(']', `"," or "]" in ${what}`);
    return values;
  }

  private integer(what: string): number {
    this.skipSpace();
    const start = this.position;
    while (this.position < this.text.length && !',]} \t\r\n'.includes(this.text[this.position]!))
      this.position += 1;
    const digits = this.text.slice(start, this.position);
    const value = Number(digits);
    if (!/^(0|[1-9][0-9]{0,15})$/.test(digits) || !Number.isSafeInteger(value)) {
      refuse(this.place, {
        expected: `whole numbers from 0 to ${Number.MAX_SAFE_INTEGER} in ${what}`,
        got: digits === '' ? this.here() : quoted(digits),
        remedy: DAMAGED,
      });
    }
    return value;
  }

  private string(what: string): string {
    this.take('"', what);
    const start = this.position;
    let plain = true;
    while (this.position < this.text.length) {
      const unit = this.text.charCodeAt(this.position);
      if (unit === quote) break;
      if (unit < 0x20) this.fail(`no control character in ${what}`);
      if (unit === backslash) {
        plain = false;
        this.position += 1;
      }
      this.position += 1;
    }
    if (this.position >= this.text.length) this.fail(`a closing quote after ${what}`);
    this.position += 1;
    return plain ? this.text.slice(start, this.position - 1) : this.unescape(start - 1, what);
  }

  private unescape(start: number, what: string): string {
    let value: string | undefined;
    try {
      value = JSON.parse(this.text.slice(start, this.position)) as string;
    } catch {
      // It is refused below.
    }
    if (value === undefined || /\p{Surrogate}/u.test(value)) {
      refuse(this.place, {
        expected: `${what} with valid escapes`,
        got: quoted(this.text.slice(start, this.position)),
        remedy: DAMAGED,
      });
    }
    return value;
  }

  private take(character: string, expected: string): void {
    this.skipSpace();
    if (this.text[this.position] !== character) this.fail(expected);
    this.position += 1;
  }

  private takeIf(character: string): boolean {
    this.skipSpace();
    if (this.text[this.position] !== character) return false;
    this.position += 1;
    return true;
  }

  private skipSpace(): void {
    for (; this.position < this.text.length; this.position += 1) {
      const unit = this.text.charCodeAt(this.position);
      if (unit !== 0x20 && unit !== 0x09 && unit !== 0x0a && unit !== 0x0d) return;
    }
  }

  private here(): string {
    if (this.position >= this.text.length) return 'the end of the header';
    return `${quoted(this.text.slice(this.position, this.position + 12))} at character ${this.position + 1} of the header`;
  }

  private fail(expected: string): never {
    refuse(this.place, {
      expected,
      got: this.here(),
      remedy: 'write the file again: its header is not valid JSON of this format',
    });
  }
}
