/** The choices of a search: named dimensions, each a choice, an integer or a number, as plain JSON. */
import { inWords, quoted } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from './refuse';

/** A value of one dimension. */
export type ParameterValue = string | number | boolean | null;

/** The parameters of a trial: the value of each dimension that applies to it. */
export type Parameters = Readonly<Record<string, ParameterValue>>;

/**
 * The values of earlier dimensions with which a dimension applies: `{ cell: ['lstm', 'gru'] }`. All must
 * hold.
 */
export type Condition = Readonly<Record<string, ParameterValue | readonly ParameterValue[]>>;

/** One of some values, in no order. */
export interface ChoiceDimension<V extends ParameterValue = ParameterValue> {
  readonly kind: 'choice';
  readonly values: readonly V[];
  readonly when?: Condition;
}

/** A number of a range; both ends belong to it. */
export interface NumberDimension {
  readonly kind: 'integer' | 'float';
  readonly low: number;
  readonly high: number;
  /** Step between neighbouring values; for integers 1 by default. */
  readonly step?: number;
  /** Whether ratios matter rather than differences: 0.001 to 0.01 is then as far as 0.01 to 0.1. */
  readonly log?: boolean;
  readonly when?: Condition;
}

/** One dimension of a search space. */
export type Dimension = ChoiceDimension | NumberDimension;

/** Dimensions by their names, in the order in which conditions may name them. */
export type SearchSpace = Readonly<Record<string, Dimension>>;

/** Options of a numeric dimension besides its range. */
export type NumberOptions = Pick<NumberDimension, 'step' | 'log' | 'when'>;

type Conditional = { readonly when: Condition };
type ValueOf<D> = D extends { readonly values: readonly (infer V)[] }
  ? V
  : D extends Dimension
    ? number
    : never;

/** The parameters of a trial over a space: those that have a condition may be missing. */
export type ParametersOf<S extends SearchSpace> = {
  readonly [K in keyof S as S[K] extends Conditional ? never : K]: ValueOf<S[K]>;
} & { readonly [K in keyof S as S[K] extends Conditional ? K : never]?: ValueOf<S[K]> };

/** A dimension as its options make it: with a condition, or without. */
type Made<D, O> = O extends Conditional ? D & Conditional : D;

/**
 * One of `values`: texts, numbers, booleans or null. @param options `when`: with which values of earlier
 * dimensions it applies
 */
export function choice<const V extends ParameterValue, O extends Pick<ChoiceDimension, 'when'> = object>(
  values: readonly V[],
  options?: O,
): Made<ChoiceDimension<V>, O> {
  const given: Pick<ChoiceDimension, 'when'> = options === undefined ? {} : options;
  checkOptions('choice', given, { when: 'object?' });
  const dimension: ChoiceDimension<V> = { kind: 'choice', values, ...given };
  checkChoice('choice', 'values', dimension);
  return dimension as Made<ChoiceDimension<V>, O>;
}

/**
 * A whole number from `low` to `high`, both included.
 *
 * @param options `step`: the distance of the values from `low` on, default 1. `log`: drawn by ratio; `low` is
 * then at least 1, and there is no step. `when`: with which values of earlier dimensions it applies.
 */
export function integer<O extends NumberOptions = object>(
  low: number,
  high: number,
  options?: O,
): Made<NumberDimension, O> {
  return numeric('integer', low, high, options) as Made<NumberDimension, O>;
}

/**
 * A number from `low` to `high`, both included.
 *
 * @param options `step`: only `low`, `low + step`, …. `log`: drawn by ratio; `low` is then above 0, and there
 * is no step. `when`: with which values of earlier dimensions it applies.
 */
export function float<O extends NumberOptions = object>(
  low: number,
  high: number,
  options?: O,
): Made<NumberDimension, O> {
  return numeric('float', low, high, options) as Made<NumberDimension, O>;
}

function numeric(kind: 'integer' | 'float', low: number, high: number, options: NumberOptions = {}) {
  checkOptions(kind, options, { step: 'number?', log: 'boolean?', when: 'object?' });
  const dimension: NumberDimension = { kind, low, high, ...options };
  checkNumeric(kind, 'the range', dimension);
  return dimension;
}

/** Refuses a space that is empty, malformed, or contradicts itself: a dimension that could never apply. */
export function checkSpace(scope: string, space: SearchSpace): void {
  checkKind(scope, 'space', space, 'object');
  const names = Object.keys(space);
  if (names.length === 0) {
    const remedy = 'name at least one: { learningRate: float(1e-4, 1e-1, { log: true }) }';
    refuse(scope, { expected: 'a space with a dimension', got: '{}', remedy });
  }
  for (const name of names) {
    const dimension = space[name]!;
    const kind = (dimension as { kind?: unknown } | null)?.kind;
    if (kind !== 'choice' && kind !== 'integer' && kind !== 'float') {
      const isObject = typeof dimension === 'object' && dimension !== null;
      refuse(scope, {
        expected: `a dimension as ${quoted(name)}, of the kind 'choice', 'integer' or 'float'`,
        got: isObject ? `the kind ${inWords(kind)}` : inWords(dimension),
        remedy: "make it by choice(), integer() or float(), or as { kind: 'float', low: 0, high: 1 }",
      });
    }
    if (dimension.kind === 'choice') checkChoice(scope, quoted(name), dimension);
    else checkNumeric(scope, quoted(name), dimension);
    checkCondition(scope, name, space);
  }
}

function checkChoice(scope: string, what: string, { values }: ChoiceDimension): void {
  checkKind(scope, what, values, 'array');
  const isValue = (value: unknown) =>
    value === null ||
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value));
  const bad = values.findIndex((value, index) => !isValue(value) || values.indexOf(value) !== index);
  if (values.length > 0 && bad < 0) return;
  const got = bad < 0 ? '[]' : `${inWords(values[bad])} at index ${bad}`;
  const expected = `${what} to be different texts, numbers, booleans or null, at least one`;
  refuse(scope, { expected, got, remedy: 'name what differs by a text, and look it up in the objective' });
}

function checkNumeric(scope: string, what: string, { kind, low, high, step, log }: NumberDimension): void {
  const isWhole = kind === 'integer';
  for (const [name, value] of Object.entries({ low, high })) {
    const fits = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
    check.number(scope, `${name} of ${what}`, value, fits, isWhole ? 'to be an integer' : 'to be finite');
  }
  const range = `at least ${low}, the lowest`;
  check.number(scope, `high of ${what}`, high, high >= low, range, 'pass the lower end first');
  if (log) {
    const least = isWhole ? low >= 1 : low > 0;
    check.number(
      scope,
      `low of ${what}`,
      low,
      least,
      isWhole ? 'of at least 1, with log' : 'above 0, with log',
    );
    if (step !== undefined)
      refuse(scope, { expected: `${what} with log or step`, got: 'both', remedy: 'leave one of them out' });
  }
  if (step === undefined) return;
  const fits = step > 0 && (isWhole ? Number.isSafeInteger(step) : Number.isFinite(step));
  check.number(scope, `step of ${what}`, step, fits, isWhole ? 'to be a positive integer' : 'to be above 0');
}

function checkCondition(scope: string, name: string, space: SearchSpace): void {
  const { when } = space[name]!;
  if (when === undefined) return;
  checkKind(scope, `when of ${quoted(name)}`, when, 'object');
  const names = Object.keys(space);
  const earlier = names.slice(0, names.indexOf(name));
  for (const [parent, wanted] of Object.entries(when)) {
    if (!earlier.includes(parent)) {
      const expected = `when of ${quoted(name)} to name a dimension before it`;
      refuse(scope, {
        expected,
        got: quoted(parent),
        remedy: `of ${earlier.join(', ') || 'none: put it later'}`,
      });
    }
    const could = allowed(wanted).filter((value) => isPossible(space[parent]!, value));
    if (could.length > 0) continue;
    const expected = `${quoted(name)} to apply with some value of ${quoted(parent)}`;
    refuse(scope, { expected, got: inWords(wanted), remedy: 'pass values that it can have' });
  }
}

const allowed = (wanted: Condition[string]): readonly ParameterValue[] =>
  Array.isArray(wanted) ? wanted : [wanted as ParameterValue];

function isPossible(dimension: Dimension, value: ParameterValue): boolean {
  if (dimension.kind === 'choice') return dimension.values.includes(value);
  const { low, high } = dimension;
  return typeof value === 'number' && value >= low && value <= high;
}

/** Whether a dimension applies for the values chosen before it. */
export function applies({ when }: Dimension, chosen: Parameters): boolean {
  return Object.entries(when ?? {}).every(
    ([parent, wanted]) => Object.hasOwn(chosen, parent) && allowed(wanted).includes(chosen[parent]!),
  );
}

/** The parameters of one trial: `pick` is asked for every dimension that applies, in order. */
export function choose(
  space: SearchSpace,
  pick: (dimension: Dimension, name: string, index: number) => ParameterValue,
): Parameters {
  const chosen: Record<string, ParameterValue> = {};
  for (const [index, [name, dimension]] of Object.entries(space).entries()) {
    if (applies(dimension, chosen)) chosen[name] = pick(dimension, name, index);
  }
  return chosen;
}

/**
 * Whether parameters are of the space: each dimension that applies has a value that it can have, and there
 * are no others.
 */
export function isOfSpace(space: SearchSpace, parameters: Parameters): boolean {
  const chosen = choose(space, (_, name) => parameters[name] as ParameterValue);
  const names = Object.keys(chosen);
  return (
    names.length === Object.keys(parameters).length &&
    names.every((name) => Object.hasOwn(parameters, name) && isPossible(space[name]!, chosen[name]!))
  );
}

/**
 * The step of a numeric dimension, undefined where any number will do: integers by ratio have none to count
 * by.
 */
export function stepOf({ kind, step }: NumberDimension): number | undefined {
  return step ?? (kind === 'integer' ? 1 : undefined);
}

/**
 * The value at `position` of [0, 1) in the dimension: equal shares for choices and steps, logarithmic with
 * `log`.
 */
export function valueAt(dimension: Dimension, position: number): ParameterValue {
  if (dimension.kind === 'choice') return dimension.values[Math.floor(position * dimension.values.length)]!;
  const { low, high, log } = dimension;
  const step = stepOf(dimension);
  if (log) {
    const half = (step ?? 0) / 2;
    const value = (low - half) * ((high + half) / (low - half)) ** position;
    return clamped(step ? Math.round(value) : value, dimension);
  }
  if (step === undefined) return clamped(low + position * (high - low), dimension);
  return stepped(dimension, Math.floor(position * countOf(dimension)!));
}

/** How many values a dimension has, undefined for a number without steps. */
export function countOf(dimension: Dimension): number | undefined {
  if (dimension.kind === 'choice') return dimension.values.length;
  const step = stepOf(dimension);
  // 0.3 / 0.1 is a little below 3: what is as good as a step counts.
  return step === undefined ? undefined : Math.floor((dimension.high - dimension.low) / step + 1e-9) + 1;
}

/** The value `index` steps above the lowest. */
export function stepped(dimension: NumberDimension, index: number): number {
  return clamped(dimension.low + index * stepOf(dimension)!, dimension);
}

/** A number brought into its range. */
export function clamped(value: number, { low, high }: NumberDimension): number {
  return Math.min(high, Math.max(low, value));
}
