import { decodeText } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { likelyEncodings, strictDecoder } from '../src/encoding';
import { encode } from './encode';
import { messageOf } from './support';

const rows = Array.from({ length: 30 }, (_, at) => `2026-01-${at + 1};${at}.5\n`).join('');
const texts: [string, string][] = [
  ['euc-kr', '일자;종가;대비;등락률;시가;고가;저가;거래량\n'],
  ['shift_jis', '日付;始値;高値;安値;終値;出来高はこの列にある\n'],
  ['gbk', '日期;开盘;收盘;最高;最低;成交量\n'],
  ['big5', '日期;成交股數;開盤價;最高價;最低價;收盤價\n'],
  ['windows-1252', 'Datum;Eröffnung;Hoch;Tief;Schluß für heute\n'],
  ['windows-1251', 'Он шёл по дороге и вдруг остановился; сегодня хорошая погода\n'],
];

describe('decodeText', () => {
  test.each(texts)('reads %s when told so', (encoding, heading) => {
    const bytes = encode(heading + rows, encoding);
    expect(decodeText(bytes, encoding)).toEqual({ text: heading + rows, encoding });
  });

  test.each(texts)('refuses %s when not told, and names it', (encoding, heading) => {
    const message = messageOf(() => decodeText(encode(heading + rows, encoding)));
    expect(message).toMatch(
      /^decodeText: expected valid UTF-8 in the bytes, got byte 0x\w\w at byte offset \d+: name its/,
    );
    const [, likely] = /likely `encoding: '([\w-]+)'`/.exec(message)!;
    expect(decodeText(encode(heading + rows, encoding), likely).text).toBe(heading + rows);
  });

  test.each([
    ['little-endian', [0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]],
    ['big-endian', [0, 0, 0xfe, 0xff, 0, 0, 0, 0x41]],
  ])('refuses UTF-32, %s, by its mark', (_, bytes) => {
    expect(() => decodeText(Uint8Array.from(bytes))).toThrow(
      'expected a text in UTF-8, UTF-16 or another encoding of the Encoding Standard, got UTF-32, according to its byte order mark: save',
    );
  });

  test.each(['utf-16le', 'utf-16be'])('reads %s by its mark or its zeros, whatever is said', (encoding) => {
    const text = '일자,종가\n2026-11-27,84165\n';
    for (const mark of ['', '\ufeff']) {
      expect(decodeText(encode(mark + text, encoding))).toEqual({ text, encoding });
    }
    expect(decodeText(encode(`\ufeff${text}`, encoding), 'cp949')).toEqual({ text, encoding });
    expect(decodeText(encode(text, encoding), encoding)).toEqual({ text, encoding });
  });

  test('reads UTF-8, also a text with zeros in it and an empty one', () => {
    for (const text of ['', '가나\n', 'a\0b\0\0c', '\0', 'x']) {
      expect(decodeText(new TextEncoder().encode(text))).toEqual({ text, encoding: 'utf-8' });
    }
  });

  test.each([
    ['cp949', 'euc-kr'],
    ['CP949', 'euc-kr'],
    ['EUC-KR', 'euc-kr'],
    ['shift-jis', 'shift_jis'],
    ['SJIS', 'shift_jis'],
    ['cp932', 'shift_jis'],
    ['GBK', 'gbk'],
    ['gb2312', 'gbk'],
    ['latin-1', 'windows-1252'],
    ['latin1', 'windows-1252'],
    ['ISO-8859-1', 'windows-1252'],
    ['cp1252', 'windows-1252'],
    ['utf8', 'utf-8'],
    ['utf-16', 'utf-16le'],
  ])('knows the name %s', (name, encoding) => {
    expect(decodeText(new TextEncoder().encode('ab'), name).encoding).toBe(encoding);
  });

  test('refuses a name that it does not know, or that is none', () => {
    expect(messageOf(() => decodeText(new Uint8Array(2), 'klingon'))).toContain(
      'decodeText: expected `encoding` to be the name of an encoding, got "klingon": name one such as utf-8, utf-16, euc-kr (cp949), shift_jis, gbk, big5, windows-1252 (latin1) or windows-1251',
    );
    expect(messageOf(() => decodeText(new Uint8Array(2), 8 as never))).toContain('got 8');
  });

  test('has the characters that windows-1252 has and Latin-1 has not', () => {
    expect(decodeText(Uint8Array.of(0x80, 0x93, 0x94, 0x9f, 0xe4), 'latin-1').text).toBe('€“”Ÿä');
  });

  test('names the first bytes that the encoding given does not have', () => {
    const bytes = Uint8Array.from([...encode('일자\n', 'euc-kr'), 0xff, 0x41]);
    expect(messageOf(() => decodeText(bytes, 'euc-kr'))).toContain(
      'expected valid euc-kr in the bytes, got byte 0xff at byte offset 5',
    );
    expect(messageOf(() => decodeText(Uint8Array.of(0xff, 0xfe, 0x41)))).toContain('expected valid utf-16le');
  });

  test('guesses nothing for a text of UTF-8 with one damaged byte', () => {
    const bytes = new TextEncoder().encode(
      '그는 길을 걷다가 문득 멈추어 서서 하늘을 바라보았다.\n'.repeat(5),
    );
    bytes[60] = 0xff;
    expect(messageOf(() => decodeText(bytes))).toMatch(
      /offset \d+: correct that byte, since the rest is UTF-8, or save/,
    );
  });

  test('reads or refuses any bytes, and offers only what reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        try {
          decodeText(bytes);
        } catch (error) {
          expect(messageOf(() => decodeText(bytes))).toContain('expected valid');
          expect((error as Error).name).toBe('UnrolledError');
          for (const { encoding } of likelyEncodings(bytes))
            strictDecoder(encoding).decode(bytes, { stream: true });
        }
      }),
      { numRuns: 500 },
    );
  });
});
