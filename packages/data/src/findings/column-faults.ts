import { factorWords } from './factors';
import type { PriceFinding } from './finding';
import { excursionFactor, findJumps, type LevelChange, levelChanges, pairJumps } from './jumps';
import { findNoPrices } from './no-prices';
import { columnWords, type Places, type Rows, runsOf } from './places';
import { type Steps, stepsOf } from './steps';

/** The faults of one price column. */
export interface ColumnFault extends Rows {
  readonly kind: 'no-price' | 'price-factor' | 'price-level';
  readonly column: string;
  /** Above 1 for prices that are too high. */
  readonly factor?: number;
  /** The sentence before the column names. Equal sentences in several columns are one fault. */
  readonly what: string;
  /** The possible cause, printed after the column names. */
  readonly guess?: string;
  /** The numbers of the fault, if only one column has it. */
  readonly detail?: string;
}

/** The other columns of the bar, which show whether a change of level can be real. */
export type Contradicts = (row: number, before: number, step: number) => boolean;

/** Checks one price column. @param contradicts whether a change below a factor of 10 was real */
export function columnFaults(
  name: string,
  column: ArrayLike<number>,
  places: Places,
  contradicts: Contradicts,
): ColumnFault[] {
  const missing = findNoPrices(column);
  const noPrices = missing.map(({ first, last, value, turned }): ColumnFault => {
    const what = `${turned ? 'a price below 0' : `price ${value}`} ${places.on(first, last)}`;
    const guess = turned ? 'a wrong sign?' : 'halted days?';
    return { kind: 'no-price', column: name, first, last, what, guess };
  });
  const taken = new Set(missing.flatMap(rowsIn));
  const steps = stepsOf(column, (row) => !taken.has(row));
  const jumps = findJumps(steps);
  if (jumps.length === 0) return noPrices;
  const { excursions, single } = pairJumps(steps, jumps);
  const levels = levelChanges(steps, single, excursions).flatMap((change): ColumnFault[] => {
    const [row, before] = [steps.rows[change.at]!, steps.rows[change.at - 1]!];
    if (change.factor.value < 10 && contradicts(row, before, change.step)) return [];
    return [levelFault(name, column, steps, change, places)];
  });
  const away = excursions.map((one) => ({ ...one, factor: excursionFactor(one) }));
  return [...noPrices, ...excursionFaults(name, steps, away, places), ...levels];
}

function levelFault(
  name: string,
  column: ArrayLike<number>,
  { rows }: Steps,
  { at, step, factor: { value, ratio } }: LevelChange,
  places: Places,
): ColumnFault {
  const row = rows[at]!;
  const unit = value >= 100 && Number.isInteger(Math.log10(value)) ? ', or a change of unit' : '';
  const split =
    step < 0 ? `after a split${unit} (${ratio})` : `after a reverse split${unit} (${reversed(ratio)})`;
  return {
    kind: 'price-level',
    column: name,
    first: row,
    last: column.length - 1,
    factor: step > 0 ? value : 1 / value,
    what: `${factorWords(value, step)} from ${places.name(row, row)} on, as ${split}`,
    detail: `${column[rows[at - 1]!]} before, ${column[row]} there${places.dated(row)}`,
  };
}

function reversed(ratio: string): string {
  return ratio.split(':').reverse().join(':');
}

type Away = ReturnType<typeof pairJumps>['excursions'][number] & { readonly factor: number | undefined };

/** An excursion by a factor, or to a filler: the same value in several rows, by any factor. */
function excursionFaults(name: string, steps: Steps, all: readonly Away[], places: Places): ColumnFault[] {
  const { rows, values } = steps;
  const constant = ({ first, last }: Rows) =>
    values.slice(first, last + 1).every((value) => value === values[first]!) ? values[first]! : undefined;
  return all.flatMap((one): ColumnFault[] => {
    const value = constant(one);
    const alike = all.filter((other) => value !== undefined && constant(other) === value);
    const isFiller = alike.length > 1 || (value !== undefined && one.last - one.first >= 1);
    if (!isFiller && one.factor === undefined) return [];
    const inTable = rows.slice(one.first, one.last + 1);
    return runsOf(inTable).map(({ first, last }): ColumnFault => {
      if (isFiller)
        return {
          ...{ kind: 'no-price', column: name, first, last },
          what: `price ${value} ${places.on(first, last)}`,
          guess: 'a filler?',
        };
      const factor = one.factor!;
      const around = `between ${values[one.first - 1]} and ${values[one.last + 1]}${places.dated(first)}`;
      return {
        ...{ kind: 'price-factor', column: name, first, last },
        factor: one.step > 0 ? factor : 1 / factor,
        what: `${factorWords(factor, one.step)} ${places.on(first, last)} alone`,
        detail: `${values[one.first]} ${around}`,
      };
    });
  });
}

function rowsIn({ first, last }: Rows): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Merges the findings of a fault that several columns have in the same rows. */
export function joinColumns(faults: readonly ColumnFault[], places: Places): PriceFinding[] {
  const groups = new Map<string, ColumnFault[]>();
  for (const fault of faults) {
    const key = `${fault.kind} ${fault.what}`;
    groups.set(key, [...(groups.get(key) ?? []), fault]);
  }
  return [...groups.values()].map((group) => {
    const [{ kind, first, last, factor, what, guess, detail, column }] = group as [ColumnFault];
    const columns = group.map((fault) => fault.column);
    const behind = guess ?? (group.length === 1 ? detail : undefined);
    return {
      kind,
      line: places.number(first),
      lastLine: places.number(last),
      column,
      columns,
      ...(factor === undefined ? {} : { factor }),
      message: `${what}, in ${columnWords(columns)}${behind ? `: ${behind}` : places.dated(first)}`,
    };
  });
}
