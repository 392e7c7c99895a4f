/**
 * Builds a model from its description. Every field is checked, because the description may come from an
 * untrusted file.
 */
import { inWords, listed, UnrolledError } from '@unrolled/errors';
import { ACTIVATION_NAMES } from './activations';
import { attentionWrapper } from './attention/attention-wrapper';
import { BRIDGES } from './attention/bridge';
import { encoderDecoder } from './attention/encoder-decoder';
import { ATTENTION_SCORES } from './attention/score';
import { attentionPool1d } from './attention-pool';
import { bidirectional } from './bidirectional';
import { type AnyCell, type AnyPart, isCell, nameOf } from './contract';
import { conv1d } from './conv1d';
import { conv2d } from './conv2d';
import { dense } from './dense';
import { DESCRIPTION_VERSION } from './description';
import { dropout, dropoutWrapper } from './dropout';
import { embedding } from './embedding';
import { gru } from './gru';
import { INITIALIZER_NAMES } from './initializers';
import { lastOutput } from './last-output';
import { layerNorm } from './layer-norm';
import { layerNormLstm } from './layer-norm-lstm';
import { lstm } from './lstm';
import { minGru } from './min-gru';
import { minLstm } from './min-lstm';
import { flatten, pixelSteps } from './picture-vectors';
import {
  averagePool1d,
  averagePool2d,
  globalAveragePool1d,
  globalAveragePool2d,
  globalMaxPool1d,
  globalMaxPool2d,
  maxPool1d,
  maxPool2d,
} from './pooling';
import { refuse } from './refuse';
import { residual } from './residual';
import { simpleRnn } from './simple-rnn';
import { stack } from './stack';
import { tiedEmbedding } from './tied-embedding';

/** Maximum size. With it a product of two sizes and 4 gates is a safe integer. */
const LARGEST_SIZE = 2 ** 24;
/** Maximum depth of nested parts, and number of parts in a list. */
const DEEPEST = 64;
const MOST_PARTS = 4096;

/** A checked value of a description. `path` is its name in messages: `model.parts[1].units`. */
type Read<T> = (value: unknown, path: string) => T;

function damaged(expected: string, got: string, cause?: unknown): never {
  const remedy =
    'use a file of the same release of @unrolled/cells: this description is damaged, or another release wrote it';
  return refuse('modelFrom', { expected, got, remedy, code: 'format' }, cause);
}

const valueWhich =
  <T>(fits: (value: unknown) => boolean, words: string): Read<T> =>
  (value, path) =>
    fits(value) ? (value as T) : damaged(`${path} to be ${words}`, inWords(value));

const isBetween = (value: unknown, least: number, most: number) =>
  typeof value === 'number' && value >= least && value <= most;

const oneOf = <const T extends string>(choices: readonly T[]): Read<T> =>
  valueWhich<T>((value) => choices.includes(value as T), `one of ${choices.join(', ')}`);

const optional =
  <T>(read: Read<T>): Read<T | undefined> =>
  (value, path) =>
    value === undefined ? undefined : read(value, path);

const size = valueWhich<number>(
  (value) => Number.isInteger(value) && isBetween(value, 1, LARGEST_SIZE),
  `an integer in 1 … ${LARGEST_SIZE}`,
);
const rate = valueWhich<number>((value) => isBetween(value, 0, 1) && value !== 1, 'a number in [0, 1)');
const number = valueWhich<number>(Number.isFinite, 'a finite number');
const limit = valueWhich<number>((value) => Number.isFinite(value) && Number(value) > 0, 'a positive number');
const flag = valueWhich<boolean>((value) => typeof value === 'boolean', 'true or false');
const isRecord = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const record = valueWhich<Readonly<Record<string, unknown>>>(isRecord, 'an object');
const list = valueWhich<readonly unknown[]>(
  (value) => Array.isArray(value) && isBetween(value.length, 1, MOST_PARTS),
  `a list of 1 … ${MOST_PARTS} parts`,
);

const activation = oneOf(ACTIVATION_NAMES);
const initializer = optional(oneOf(INITIALIZER_NAMES));
const initializers = { kernelInitializer: initializer, biasInitializer: initializer };
const recurrent = {
  inputSize: size,
  units: size,
  inputKind: optional(oneOf(['vectors', 'ids'])),
  activation,
  ...initializers,
  recurrentInitializer: initializer,
};
const minimal = {
  inputSize: size,
  units: size,
  inputKind: optional(oneOf(['vectors', 'ids'])),
  activation: oneOf(['positive', 'linear']),
  useBias: flag,
  ...initializers,
};
const zeros = valueWhich<number>(
  (value) => Number.isInteger(value) && isBetween(value, 0, LARGEST_SIZE),
  `an integer in 0 … ${LARGEST_SIZE}`,
);
const pairOf =
  <T>(read: Read<T>): Read<readonly [T, T]> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length !== 2)
      return damaged(`${path} to be a list of two`, inWords(value));
    return [read(value[0], `${path}[0]`), read(value[1], `${path}[1]`)];
  };
/** A reader that accepts one of several names, or a value of another reader. */
const nameOr =
  <const N extends string, T>(names: readonly N[], read: Read<T>): Read<N | T> =>
  (value, path) =>
    typeof value === 'string' ? oneOf(names)(value, path) : read(value, path);
const kind = oneOf(['max', 'average']);
const convolved = { channels: size, filters: size, activation, useBias: flag, ...initializers };

const cell: Read<AnyCell> = (value, path) => {
  const inner = readPart(value, path);
  return isCell(inner) ? inner : damaged(`${path} to be a cell`, nameOf(inner));
};

/** Reads the fields of a record, each with its reader. Other fields are refused. */
type Fields = <F extends Readonly<Record<string, Read<unknown>>>>(
  readers: F,
) => { [Name in keyof F]: ReturnType<F[Name]> };

const fieldsOf =
  (value: Readonly<Record<string, unknown>>, path: string): Fields =>
  (readers) => {
    const unknown = Object.keys(value).filter((name) => name !== 'type' && !Object.hasOwn(readers, name));
    if (unknown.length > 0) {
      const known = Object.keys(readers).join(', ');
      damaged(`only the fields type, ${known} in ${path}`, `also ${listed(unknown)}`);
    }
    const own = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
    const fields = Object.entries(readers).map(([name, read]) => [name, read(own(name), `${path}.${name}`)]);
    return Object.fromEntries(fields);
  };

/** Reads each type of part from its fields. */
const TYPES: Readonly<Record<string, (fields: Fields) => AnyPart>> = {
  simpleRnn: (fields) => simpleRnn(fields(recurrent)),
  lstm: (fields) =>
    lstm(
      fields({
        ...recurrent,
        recurrentActivation: activation,
        forgetBias: optional(number),
        peepholes: optional(flag),
        cellClip: optional(limit),
        projection: optional(size),
        projectionClip: optional(limit),
      }),
    ),
  gru: (fields) =>
    gru(
      fields({
        ...recurrent,
        recurrentActivation: activation,
        variant: oneOf(['reset-after', 'reset-before']),
      }),
    ),
  minGru: (fields) => minGru(fields(minimal)),
  minLstm: (fields) => minLstm(fields(minimal)),
  linear: (fields) =>
    dense(fields({ inputSize: size, units: size, activation, useBias: flag, ...initializers })),
  embedding(fields) {
    const { inputSize, units, ...rest } = fields({ inputSize: size, units: size, initializer });
    return embedding({ vocabularySize: inputSize, dimension: units, ...rest });
  },
  conv1d(fields) {
    const padding = nameOr(['valid', 'same', 'causal'], pairOf(zeros));
    const own = { kernelSize: size, stride: size, dilation: size, padding };
    const { channels, ...rest } = fields({ ...convolved, ...own });
    return conv1d({ inputSize: channels, ...rest });
  },
  conv2d(fields) {
    const pair = pairOf(size);
    const padding = nameOr(['valid', 'same'], pairOf(pairOf(zeros)));
    const own = { kernelSize: pair, stride: pair, dilation: pair, padding };
    const { channels, ...rest } = fields({ ...convolved, ...own });
    return conv2d({ inputSize: channels, ...rest });
  },
  pool1d(fields) {
    const own = fields({ kind, channels: size, size, stride: size });
    const make = own.kind === 'max' ? maxPool1d : averagePool1d;
    return make({ inputSize: own.channels, size: own.size, stride: own.stride });
  },
  pool2d(fields) {
    const pair = pairOf(size);
    const own = fields({ kind, channels: size, size: pair, stride: pair, padding: oneOf(['valid', 'same']) });
    const { channels, kind: of, ...rest } = own;
    return (of === 'max' ? maxPool2d : averagePool2d)({ inputSize: channels, ...rest });
  },
  globalPool(fields) {
    const own = fields({ kind, channels: size, of: oneOf(['vectors', 'pictures']) });
    const options = { inputSize: own.channels };
    if (own.of === 'vectors') return (own.kind === 'max' ? globalMaxPool1d : globalAveragePool1d)(options);
    return (own.kind === 'max' ? globalMaxPool2d : globalAveragePool2d)(options);
  },
  attentionPool(fields) {
    const { channels, units } = fields({ channels: size, units: size });
    return attentionPool1d({ inputSize: channels, units });
  },
  flatten(fields) {
    const { channels, ...rest } = fields({ height: size, width: size, channels: size });
    return flatten({ inputSize: channels, ...rest });
  },
  pixelSteps: (fields) => pixelSteps({ inputSize: fields({ channels: size }).channels }),
  layerNorm(fields) {
    const { channels, epsilon } = fields({ channels: size, epsilon: limit });
    return layerNorm({ inputSize: channels, epsilon });
  },
  layerNormLstm(fields) {
    const { channels, ...rest } = fields({
      ...{ channels: size, units: size, inputKind: oneOf(['vectors', 'ids']), activation },
      ...{ recurrentDropout: rate, epsilon: limit, forgetBias: optional(number) },
      ...{ kernelInitializer: initializer, recurrentInitializer: initializer },
    });
    return layerNormLstm({ inputSize: channels, ...rest });
  },
  dropout: (fields) => dropout(fields({ size, rate, variational: flag })),
  stack: (fields) => {
    const { parts } = fields({
      parts: (value, path) =>
        Array.from(list(value, path), (inner, index) => readPart(inner, `${path}[${index}]`)),
    });
    return stack(parts);
  },
  bidirectional(fields) {
    const { forward, backward } = fields({ forward: readPart, backward: readPart });
    return bidirectional(forward, backward);
  },
  residual: (fields) => residual(fields({ part: readPart }).part as AnyCell),
  lastOutput: (fields) => lastOutput(fields({ part: readPart }).part),
  dropoutWrapper(fields) {
    const { part, ...rates } = fields({
      part: cell,
      input: rate,
      state: rate,
      output: rate,
      variational: flag,
    });
    return dropoutWrapper(part, rates);
  },
  attentionWrapper(fields) {
    const { cell: inner, ...options } = fields({
      cell,
      memorySize: size,
      score: oneOf(ATTENTION_SCORES),
      units: optional(size),
      normalized: optional(flag),
      attentionUnits: optional(size),
      activation: optional(activation),
      inputFeeding: flag,
    });
    return attentionWrapper(inner, options);
  },
  encoderDecoder(fields) {
    const { encoder, decoder, bridge } = fields({ encoder: readPart, decoder: cell, bridge: oneOf(BRIDGES) });
    return encoderDecoder(encoder, decoder, { bridge });
  },
  tiedEmbedding(fields) {
    const { body, ...options } = fields({ body: cell, vocabularySize: size, initializer });
    return tiedEmbedding(body, options);
  },
};

function readPart(value: unknown, path: string): AnyPart {
  if (path.split('.').length > DEEPEST)
    damaged(`at most ${DEEPEST} parts inside one another`, `more at ${path}`);
  const given = record(value, path);
  const type = oneOf(Object.keys(TYPES))(given.type, `${path}.type`);
  try {
    return TYPES[type]!(fieldsOf(given, path));
  } catch (error) {
    if (!(error instanceof UnrolledError) || error.code === 'format') throw error;
    return damaged(`${path}: ${error.expected}`, error.got, error);
  }
}

/**
 * Builds the model of a description. With the same parameters it computes the same as the described model.
 *
 * @param description the result of `describe`, also as JSON of any origin
 * @throws UnrolledError with code 'format' that names the field, if the value is not a description, is
 *   damaged, or has another version
 */
export function modelFrom(description: unknown): AnyPart {
  const { version, model } = record(description, 'the description');
  if (version !== DESCRIPTION_VERSION) {
    damaged(`a description of version ${DESCRIPTION_VERSION}`, inWords(version));
  }
  return readPart(model, 'model');
}
