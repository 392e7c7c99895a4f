import { type CsvOptions, readCsv } from '@unrolled/data';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messageOf } from './support';

const rowsOf = (text: string, options?: CsvOptions) => [...readCsv(text, options).matrix()];

describe('forms', () => {
  test("the lab's: a commented header below another comment, newest first", () => {
    const text =
      '# http://example.org/history?ltr=1\n# Open,High,Low,Volume,Close\n3,4,2,100,3.5\n1,2,0.5,200,1.5\n';
    const file = readCsv(text, { order: 'newest-first' });
    expect(file.columns).toEqual(['Open', 'High', 'Low', 'Volume', 'Close']);
    expect([...file.column('close')]).toEqual([1.5, 3.5]);
    expect(file).toMatchObject({
      rowCount: 2,
      order: 'newest-first',
      orderSource: 'option',
      assumption: undefined,
    });
  });

  test.each([
    ['CRLF', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['CR', 'a,b\r1,2\r3,4'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4'],
    ['semicolons', 'a;b\n1;2\n3;4'],
    ['tabs', 'a\tb\n1\t2\n3\t4'],
    ['bars', 'a|b\n1|2\n3|4'],
    ['blank lines and lines of commas', '\n a , b \n\n1,2\n,\n  \n3, 4\n\n'],
    ['comments within', 'a,b\n# one\n1,2\n  # two, "three\n3,4\n# four'],
    ['quotes', '"a","b"\n"1","2"\n"3","4"'],
    ['a commented header and semicolons', '# a;b\n1;2\n3;4'],
    ['signs and exponents', 'a,b\n+1,.2e1\n30e-1,4.'],
  ])('%s', (_, text) => {
    const file = readCsv(text);
    expect(file.columns).toEqual(['a', 'b']);
    expect([...file.matrix()]).toEqual([1, 2, 3, 4]);
  });

  test('one column alone', () => {
    expect(rowsOf('Close\n1\n2\n')).toEqual([1, 2]);
  });

  test('thousands separators in quoted cells', () => {
    expect(rowsOf('Volume,Close\n"1,247,700","1,234.5"\n"-12,000",1\n')).toEqual([
      1247700, 1234.5, -12000, 1,
    ]);
  });

  test('decimal commas, where no comma separates the cells', () => {
    expect(rowsOf('a;b\n1,5;1.247,25\n2,125;3')).toEqual([1.5, 1247.25, 2.125, 3]);
    expect(rowsOf('a;b\n1,247;3', { decimalSeparator: ',' })).toEqual([1.247, 3]);
    expect(rowsOf('a;b\n1,247;3', { decimalSeparator: '.' })).toEqual([1247, 3]);
    expect(rowsOf('a,b\n"1,5",2', { decimalSeparator: ',' })).toEqual([1.5, 2]);
  });

  test('never guesses whether 1,247 is a thousand', () => {
    expect(messageOf(() => readCsv('a;b\n1,247;3'))).toBe(
      'readCsv: expected a number in column "a" on line 2, got "1,247": set `decimalSeparator: \',\'` if the comma is decimal, or `decimalSeparator: \'.\'` if it separates thousands',
    );
  });

  test('columns without a number are left out, those without a name are numbered', () => {
    const file = readCsv(',Symbol,Close,Note\n0,GOOG,1,\n1,GOOG,2,split\n');
    expect(file.columns).toEqual(['column 1', 'Close']);
    expect(file.ignoredColumns).toEqual(['Symbol', 'Note']);
    expect([...file.matrix(['CLOSE', 'Column 1'])]).toEqual([1, 0, 2, 1]);
  });

  test('what was written is read', () => {
    const cell = fc.double({ noNaN: true, noDefaultInfinity: true });
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n'),
        (values, mark, end) => {
          const text = [['x', 'y', 'z'], ...values].map((row) => row.join(mark)).join(end);
          expect(rowsOf(text)).toEqual(values.flat().map((value) => value + 0));
        },
      ),
    );
  });

  test.each(['--;-', '--,-', '---\t---\n'])(
    'a file of nothing but dashes and separators is refused: %j',
    (text) => {
      expect(() => readCsv(text)).toThrow('readCsv: expected a header line');
    },
  );

  test('whatever the text is, it is read or refused', () => {
    const piece = fc.constantFrom(
      'a',
      '1',
      ',',
      ';',
      '\n',
      '"',
      '#',
      '.',
      '-',
      ' ',
      '2020-01-02',
      'Date',
      'NaN',
      '\r',
      '\ufeff',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          const file = readCsv(pieces.join(''));
          expect(file.matrix().every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect((error as Error).name).toBe('UnrolledError');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('order', () => {
  test('is read from the dates, whatever the order given', () => {
    const newest = readCsv('Date,Close\n2020-01-03,3\n2020-01-02,2\n');
    expect([...newest.column('Close')]).toEqual([2, 3]);
    expect(newest).toMatchObject({
      dates: ['2020-01-02', '2020-01-03'],
      order: 'newest-first',
      orderSource: 'dates',
    });
    const oldest = readCsv('Close,date\n2,2020-01-02\n3,2020-01-03\n', { order: 'newest-first' });
    expect([...oldest.column('Close')]).toEqual([2, 3]);
    expect(oldest.assumption).toBe(
      "the dates show that the file's rows are oldest-first: the order newest-first was not used",
    );
  });

  test('unsorted rows are sorted by date, unless a date comes twice', () => {
    const file = readCsv('Date,Close\n2020-01-03,3\n2020-01-01,1\n2020-01-02,2\n');
    expect([...file.column('Close')]).toEqual([1, 2, 3]);
    expect(file.order).toBe('mixed');
    expect(messageOf(() => readCsv('Date,Close\n2020-01-03,3\n2020-01-01,1\n2020-01-03,2\n'))).toContain(
      'got 2020-01-03 on lines 2 and 4',
    );
  });

  test('is assumed oldest first without dates, and says so', () => {
    const file = readCsv('a\n1\n2\n');
    expect([...file.column('a')]).toEqual([1, 2]);
    expect(file.dates).toBeUndefined();
    expect(file.orderSource).toBe('assumption');
    expect(file.assumption).toContain('oldest first');
  });

  test.each([
    ['2020/4/3', '2020-04-03'],
    ['20200403', '2020-04-03'],
    ['3-Apr-2020', '2020-04-03'],
    ['3-Apr-20', '2020-04-03'],
    ['"Apr 3, 2020"', '2020-04-03'],
    ['"April 3, 2020"', '2020-04-03'],
    ['12/31/2020', '2020-12-31'],
    ['31.12.2020', '2020-12-31'],
    ['2020-04-03 16:00', '2020-04-03T16:00:00Z'],
    ['2020-04-03T16:00:00Z', '2020-04-03T16:00:00Z'],
    ['2020-04-03 09:30:00-04:00', '2020-04-03T13:30:00Z'],
    ['2020-04-03 00:00:00-04:00', '2020-04-03'],
    ['1585929600', '2020-04-03T16:00:00Z'],
    ['1585929600000', '2020-04-03T16:00:00Z'],
  ])('reads %s as a date', (cell, iso) => {
    expect(readCsv(`Date,Close\n${cell},1\n`).dates).toEqual([iso]);
  });

  test('which number is the month follows from the file', () => {
    expect(readCsv('Date,x\n01/02/2020,1\n13/02/2020,2').dates).toEqual(['2020-02-01', '2020-02-13']);
    expect(readCsv('Date,x\n01/12/2020,1\n01/13/2020,2').dates).toEqual(['2020-01-12', '2020-01-13']);
    // Both readings are dates, but only month first is in order.
    expect(readCsv('Date,x\n01/11/2020,1\n01/12/2020,2\n02/01/2020,3').dates?.[2]).toBe('2020-02-01');
    expect(messageOf(() => readCsv('Date,x\n01/02/2020,1\n01/03/2020,2'))).toContain(
      'expected unambiguous dates',
    );
  });

  test('a column of another name is one of dates when it is said to be, or can be nothing else', () => {
    expect(readCsv('when,x\n20200102,1', { dateColumn: 'When' }).dates).toEqual(['2020-01-02']);
    expect(readCsv('when,x\n20200102,1').columns).toEqual(['when', 'x']);
    expect(readCsv('x,when\n1,2020-01-02').dates).toEqual(['2020-01-02']);
    expect(readCsv('x,when\n1,2020-01-02\n1,later').ignoredColumns).toEqual(['when']);
  });

  test('midnights are days where no row has another time', () => {
    const file = (second: string) => readCsv(`Date,x\n2020-01-02 00:00,1\n2020-01-03 ${second},2`).dates;
    expect(file('00:00')).toEqual(['2020-01-02', '2020-01-03']);
    expect(file('00:30')).toEqual(['2020-01-02T00:00:00Z', '2020-01-03T00:30:00Z']);
  });

  test('a column called Time that has numbers is a column of numbers', () => {
    expect(readCsv('Time,x\n0,1\n1,2').columns).toEqual(['Time', 'x']);
  });
});

describe('mistakes name line and column', () => {
  test.each<[string, string, CsvOptions, string]>([
    ['an empty file', '', {}, 'expected a header line and rows, got a file without a header or rows'],
    [
      'comments alone',
      '# a,b\n#\n',
      {},
      'expected a header line and rows, got a file without a header or rows',
    ],
    [
      'no header',
      '1,2\n3,4\n',
      {},
      'expected a header line that names the columns, got the numbers "1 2" on line 1',
    ],
    ['a commented header of another width', '# a,b,c\n1,2\n', {}, 'expected a header line'],
    ['a header alone', 'a,b\n', {}, 'expected at least 1 row of data, got 0'],
    ['too few rows', 'a,b\n1,2\n', { minimumRows: 8 }, 'expected at least 8 rows of data, got 1'],
    [
      'no target column',
      'Date,Open,High\n2020-01-02,1,2\n',
      { requiredColumns: ['open', 'Close'] },
      'expected a column "Close", got the columns Date, Open, High',
    ],
    ['a non-number', 'a,b\n\n# c\n1,2\n1,x1\n', {}, 'expected a number in column "b" on line 5, got "x1"'],
    [
      'a required column of text',
      'a,b\n1,x\n',
      { requiredColumns: ['B'] },
      'expected a number in column "b" on line 2, got "x"',
    ],
    ['an empty cell', 'a,b\n1,2\n,3\n', {}, 'expected a number in column "a" on line 3, got an empty cell'],
    ['NaN', 'a,b\n1,NaN\n', {}, 'expected a finite number in column "b" on line 2, got "NaN"'],
    ['null', 'a,b\n1,2\n1,null\n', {}, 'expected a finite number in column "b" on line 3, got "null"'],
    [
      'infinity',
      'a,b\n1,-Infinity\n',
      {},
      'expected a finite number in column "b" on line 2, got "-Infinity"',
    ],
    ['an overflow', 'a,b\n1,1e999\n', {}, 'expected a finite number in column "b" on line 2, got "1e999"'],
    ['a short row', 'a,b\n1,2\n3\n', {}, 'expected 2 cells (a, b) on line 3, got 1'],
    ['a long row', 'a,b\n1,2,3\n', {}, 'expected 2 cells (a, b) on line 2, got 3'],
    ['a row after a cell of two lines', 'a,b,c\n1,"x\ny",2\n1,z\n', {}, 'on line 4, got 2'],
    [
      'names that come twice',
      'Close,Open,close\n1,2,3\n',
      {},
      'expected unique column names on line 1, got "close" for two columns',
    ],
    ['an open quote', 'a,b\n1,2\n"3,4\n', {}, 'got no closing quote in the record that begins on line 3'],
    [
      'no date',
      'Date,x\n2020-01-02,1\nsoon,2\n',
      {},
      'expected a date in column "Date" on line 3, got "soon"',
    ],
    ['a day that no month has', 'Date,x\n2020-01-02,1\n2020-02-30,2\n', {}, 'on line 3, got "2020-02-30"'],
    [
      'no numbers at all',
      'a,b\nx,y\n',
      {},
      'expected at least one numeric column, got no number in the columns a, b',
    ],
    [
      'an unknown order',
      'a\n1',
      { order: 'random' as never },
      "expected order 'oldest-first' or 'newest-first'",
    ],
  ])('%s', (_, text, options, message) => {
    expect(messageOf(() => readCsv(text, options))).toContain(message);
  });

  test('a column that is asked for in vain lists those there are', () => {
    expect(messageOf(() => readCsv('a,b\n1,2').column('Close'))).toBe(
      'column: expected a column "Close", got the columns a, b',
    );
  });
});
