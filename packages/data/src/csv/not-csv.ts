import { quoted } from '@unrolled/errors';
import { refuse } from '../refuse';

/** Signatures of binary files, as Latin-1, and how to convert each to CSV. */
const BINARY: readonly [readonly string[], string, string][] = [
  [
    ['PK\x03\x04'],
    'a zip archive or a spreadsheet (.zip, .xlsx, .ods)',
    'unpack it, or save the sheet as CSV',
  ],
  [['\x1f\x8b'], 'a gzip file (.gz)', 'unpack it: gunzip'],
  [['\xd0\xcf\x11\xe0'], 'an old Excel workbook (.xls)', 'save the sheet as CSV'],
  [['BZh'], 'a bzip2 file (.bz2)', 'unpack it: bunzip2'],
  [['\xfd7zXZ'], 'an xz file (.xz)', 'unpack it: unxz'],
  [['7z\xbc\xaf', 'Rar!'], 'an archive (.7z, .rar)', 'unpack it'],
  [['\x28\xb5\x2f\xfd'], 'a zstd file (.zst)', 'unpack it: unzstd'],
  [['PAR1'], 'a Parquet file', 'convert it to CSV: pandas.read_parquet(…).to_csv(…)'],
  [['ARROW1', 'FEA1'], 'a Feather file', 'convert it to CSV: pandas.read_feather(…).to_csv(…)'],
  [['\x89HDF\r\n'], 'an HDF5 file', 'export its table as CSV'],
  [
    ['SQLite format 3'],
    'an SQLite database',
    "export its table as CSV: sqlite3 -csv -header FILE 'select * from …'",
  ],
  [
    ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'],
    'a Python pickle',
    'convert it to CSV: pandas.read_pickle(…).to_csv(…)',
  ],
  [['%PDF'], 'a PDF', 'request a CSV file from the source'],
  [['\x89PNG', '\xff\xd8\xff', 'GIF8'], 'a picture', 'pass the file with the numbers'],
  [['RDX2\n', 'RDX3\n'], 'an R data file (.rda)', 'export it as CSV: write.csv'],
];

/** Beginnings of texts that are not CSV. */
const TEXTS: readonly [RegExp, string, string][] = [
  [
    /^<(!doctype html|html|head|body|table|div|script)\b|^<!--/i,
    'an HTML page',
    'the download returned a web page: download the file again, or export the data as CSV',
  ],
  [/^<\?xml/, 'XML', 'convert it to CSV'],
  [/^[{[]\s*(["{[\]}]|$)/, 'JSON', 'convert it to CSV: pandas.read_json(…).to_csv(…)'],
  [/^[{[]\s*-?\d[^\n]*[\]}]/, 'JSON', 'convert it to CSV: pandas.read_json(…).to_csv(…)'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself', 'fetch it: git lfs pull'],
  [/^\{\\rtf/, 'an RTF document', 'save it as plain text'],
];

/** Refuses bytes that are not text, and names their format. */
export function refuseBinary(scope: string, path: string, bytes: Uint8Array): void {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  const known = BINARY.find(([beginnings]) => beginnings.some((one) => head.startsWith(one)));
  if (known === undefined) return;
  const [, got, remedy] = known;
  refuse(scope, { expected: `a CSV file at ${path}`, got, remedy, code: 'format' });
}

/** Refuses a text that is not a table, and names its format. */
export function refuseOtherText(scope: string, text: string): void {
  const head = text.slice(0, 4096).trimStart();
  const known = TEXTS.find(([beginning]) => beginning.test(head));
  if (known === undefined) return;
  const [, kind, remedy] = known;
  const title = /<title[^>]*>([^<]*)/i.exec(head)?.[1]?.trim();
  const begins = title ? `with the title ${quoted(title)}` : `that begins ${quoted(head.slice(0, 50))}`;
  refuse(scope, { expected: 'a table of cells (CSV)', got: `${kind} ${begins}`, remedy, code: 'format' });
}
