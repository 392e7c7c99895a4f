import { counted, inOptions } from '@unrolled/app-shared';
import type { CsvFile } from '@unrolled/data';

type Kind = CsvFile['findings'][number]['kind'];

/** Maximum number of notes of one kind from one file. */
const SHOWN = 3;

/**
 * Kinds that are no news here: the note on missing steps counts missing cells, days and gaps, and an
 * unreadable cell is refused in every column that is used. The others say how the file was read.
 */
const COUNTED: readonly Kind[] = ['missing-cell', 'unreadable-cell', 'missing-days', 'gap', 'zero-volume'];

/**
 * How the reader understood a file: skipped lines, dropped rows, its encoding, an order that it assumed.
 *
 * @param tables the series of the file
 */
export function fileNotes(
  file: string,
  tables: readonly Pick<CsvFile, 'findings' | 'assumption'>[],
): readonly string[] {
  const found = tables.flatMap(({ findings }) => findings).filter(({ kind }) => !COUNTED.includes(kind));
  const ofKinds = [...new Set(found.map(({ kind }) => kind))].flatMap((kind) => {
    const all = found.filter((finding) => finding.kind === kind).map(({ message }) => message);
    const rest = all.length - SHOWN;
    return rest > 0 ? [...all.slice(0, SHOWN), `${counted(rest, 'more finding')} of the kind ${kind}`] : all;
  });
  const assumptions = new Set(tables.flatMap(({ assumption }) => assumption ?? []));
  return [...assumptions, ...ofKinds].map((note) => `${file}: ${inOptions(note)}`);
}
