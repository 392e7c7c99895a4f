/** The structure that describes a part, which no two parts share. */
import { expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  dense,
  dropout,
  dropoutWrapper,
  embedding,
  gru,
  lastOutput,
  lstm,
  residual,
  simpleRnn,
  stack,
  structureOf,
  tiedEmbedding,
} from '../src/index';

/** The types of a part and its inner parts, as nested text: `stack(lstm, linear)`. */
function types(part: AnyPart): string {
  const structure = structureOf(part);
  if (!structure) return '?';
  const { type } = structure;
  if (type === 'stack') return `${type}(${structure.parts.map(types).join(', ')})`;
  if (type === 'bidirectional') return `${type}(${types(structure.forward)}, ${types(structure.backward)})`;
  if (type === 'tiedEmbedding') return `${type}(${types(structure.body)})`;
  return 'part' in structure ? `${type}(${types(structure.part)})` : type;
}

it('names every built-in part and those inside it', () => {
  const model = stack([
    embedding({ vocabularySize: 5, dimension: 4 }),
    residual(dropoutWrapper(lstm({ inputSize: 4, units: 4 }), { output: 0.1 })),
    residual(stack([bidirectional(gru({ inputSize: 4, units: 2 }), simpleRnn({ inputSize: 4, units: 2 }))])),
    dropout({ size: 4, rate: 0.1 }),
    dense({ inputSize: 4, units: 3 }),
  ]);
  expect(types(lastOutput(model))).toBe(
    'lastOutput(stack(embedding, residual(dropoutWrapper(lstm)), ' +
      'residual(stack(bidirectional(gru, simpleRnn))), dropout, linear))',
  );
  const body = lstm({ inputSize: 4, units: 4 });
  expect(types(tiedEmbedding(body, { vocabularySize: 5 }))).toBe('tiedEmbedding(lstm)');
});

it('states the options that decide what is computed', () => {
  const options = { peepholes: true, cellClip: 3, projection: 2, projectionClip: 1 };
  expect(structureOf(lstm({ inputSize: 3, units: 4, ...options }))).toEqual({
    type: 'lstm',
    inputSize: 3,
    units: 4,
    inputKind: 'vectors',
    activation: 'tanh',
    recurrentActivation: 'sigmoid',
    ...options,
  });
  const cell = gru({ inputSize: 3, units: 4, variant: 'reset-before', activation: 'relu', inputKind: 'ids' });
  expect(structureOf(cell)).toEqual({
    type: 'gru',
    inputSize: 3,
    units: 4,
    inputKind: 'ids',
    activation: 'relu',
    recurrentActivation: 'sigmoid',
    variant: 'reset-before',
  });
});

it('does not pass on to a part made by spreading another', () => {
  const cell = lstm({ inputSize: 3, units: 4 });
  expect(types({ ...cell, step: cell.step })).toBe('?');
  expect(types(stack([{ ...cell }, dense({ inputSize: 4, units: 3 })]))).toBe('stack(?, linear)');
});
