/** Stacks that continue after lastOutput: which parts may follow it, and which may not. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  type AnyPart,
  bidirectional,
  describe as describeModel,
  dropout,
  dropoutWrapper,
  flattenParams,
  isManyToOne,
  lastOutput,
  modelFrom,
  parameterShapes,
  residual,
  type StackStructure,
  stack,
  stepper,
  type UnrollOptions,
  unflattenParams,
  unroll,
} from '../src/index';
import { contractChecks } from '../src/testing';
import {
  B,
  both,
  clean,
  first,
  head,
  ids,
  LENGTHS,
  meanOverSteps,
  refusal,
  second,
  table,
  vectors,
  wide,
} from './support';

/** Stacks that go on after lastOutput, and the same model with lastOutput around the whole. */ const pairs: [
  string,
  AnyPart,
  AnyPart,
][] = [
  ['lstm, dense', stack([lastOutput(first), head]), lastOutput(stack([first, head]))],
  ['two recurrent parts', stack([first, lastOutput(second), head]), lastOutput(stack([first, second, head]))],
  ['two dense parts', stack([lastOutput(first), wide, head]), lastOutput(stack([first, wide, head]))],
  ['ids', stack([table, lastOutput(first), head]), lastOutput(stack([table, first, head]))],
  ['both directions', stack([lastOutput(both), head]), lastOutput(stack([both, head]))],
  [
    'dropout and a residual',
    stack([lastOutput(first), dropout({ rate: 0.5 }), residual(wide), head]),
    lastOutput(stack([first, dropout({ size: 4, rate: 0.5 }), residual(wide), head])),
  ],
  [
    'a stack after it',
    stack([lastOutput(first), stack([wide, head])]),
    lastOutput(stack([first, stack([wide, head])])),
  ],
  [
    'within a stack',
    stack([stack([lastOutput(first), wide]), head]),
    lastOutput(stack([stack([first, wide]), head])),
  ],
  [
    'a stack inside',
    stack([lastOutput(stack([first, second])), head]),
    lastOutput(stack([stack([first, second]), head])),
  ],
  ['nothing after it', stack([first, lastOutput(second)]), lastOutput(stack([first, second]))],
];

const optionsOf: [string, UnrollOptions][] = [
  ['whole rows', {}],
  ['lengths', { lengths: LENGTHS }],
  ['reverse', { lengths: LENGTHS, reverse: true }],
  ['step by step', { lengths: LENGTHS, fused: false }],
];

describe.each(pairs)('%s after lastOutput', (_name, model, whole) => {
  const run = (part: AnyPart, params: unknown, options: UnrollOptions) => {
    const inputs = part.inputKind === 'ids' ? ids() : vectors();
    return unroll(part, params, inputs as never, options);
  };
  const numbers = (tensor: Tensor) => Array.from(tensor.dataSync());

  it.each(optionsOf)('is the last output of the whole: %s', (_asked, options) => {
    clean(() => {
      const params = model.init(3);
      const same = unflattenParams(whole.init(0), flattenParams(params) as never);
      const [own, other] = [run(model, params, options), run(whole, same, options)];
      expect(own.output.shape).toEqual([B, model.outputSize]);
      numbers(own.output).forEach((value, i) => {
        expect(value).toBeCloseTo(numbers(other.output)[i]!, 6);
      });
      const [states, others] = [flattenParams(own.state), flattenParams(other.state)];
      expect(Object.keys(states)).toEqual(Object.keys(others));
      for (const path of Object.keys(states)) expect(numbers(states[path]!)).toEqual(numbers(others[path]!));
    })();
  });

  it('has the gradients of the whole', () => {
    clean(() => {
      const params = flattenParams(model.init(3));
      const gradientsOf = (part: AnyPart) => {
        const template = part.init(0);
        const lossOf = (...tensors: Tensor[]) => {
          const tree = unflattenParams(
            template,
            Object.fromEntries(Object.keys(params).map((path, i) => [path, tensors[i]!])),
          );
          const options = { lengths: LENGTHS, context: { training: false } } as const;
          return tf.sum(tf.square(run(part, tree, options).output)) as Scalar;
        };
        return tf.grads(lossOf)(Object.values(params)).map(numbers);
      };
      const [own, other] = [gradientsOf(model).flat(), gradientsOf(whole).flat()];
      own.forEach((value, i) => {
        expect(value).toBeCloseTo(other[i]!, 5);
      });
    })();
  });

  it('is known as such, also from its description', () => {
    expect([isManyToOne(model), isManyToOne(whole)]).toEqual([true, true]);
    const again = modelFrom(JSON.parse(JSON.stringify(describeModel(model))));
    expect(again.name).toBe(model.name);
    expect(isManyToOne(again)).toBe(true);
    expect(parameterShapes(again)).toEqual(parameterShapes(whole));
    tf.tidy(() => {
      const params = model.init(2);
      expect(numbers(run(again, params, {}).output)).toEqual(numbers(run(model, params, {}).output));
    });
  });
});

const contracted: Record<string, AnyPart> = {
  'lstm, gru, lastOutput, dropout, dense': stack([first, lastOutput(second), dropout({ rate: 0.4 }), head]),
  'a layer of a user’s own that gives one output a row': stack([first, meanOverSteps, head]),
  'lastOutput alone': stack([lastOutput(first)]),
};
describe.each(Object.entries(contracted))('%s', (_name, part) => {
  it.each(contractChecks(part).map(({ name, check }) => [name, check] as const))('%s', (_check, check) => {
    const before = tf.memory().numTensors;
    check();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a stack that cannot go on after lastOutput', () => {
  const last = lastOutput(first);
  const remedy = 'put lastOutput around the last part that reads a sequence';
  const cases: [string, () => unknown, string][] = [
    [
      'a recurrent part after it',
      () => stack([last, second] as AnyPart[]),
      `only cells without a state, such as dense and dropout, after part 0 (lastOutput(lstm)), which returns one output a row, [B, O], got gru: ${remedy}`,
    ],
    ['a second one', () => stack([last, lastOutput(second)] as AnyPart[]), `got lastOutput(gru): ${remedy}`],
    ['a bidirectional part', () => stack([last, bidirectional(second, second)] as AnyPart[]), remedy],
    ['a stack with a recurrent part', () => stack([last, stack([wide, second])] as AnyPart[]), remedy],
    [
      'a recurrent part after a stack that ends',
      () => stack([stack([last, wide]), second] as AnyPart[]),
      remedy,
    ],
    ['a wrapped recurrent part', () => stack([last, residual(second)] as AnyPart[]), remedy],
    [
      'a recurrent part after a layer of a user’s own, which is known when it runs',
      () => {
        const part = stack([first, meanOverSteps, second] as AnyPart[]);
        unroll(part, part.init(1), vectors());
      },
      `after a part with one output a row, [B, O], got gru: ${remedy}`,
    ],
    ...([lastOutput, (part) => bidirectional(part, part), residual] as ((part: never) => AnyPart)[]).map(
      (wrap): [string, () => unknown, string] => [
        `${wrap.name || 'both directions'} of a layer of a user’s own that gives one output a row`,
        () => {
          const part = wrap(meanOverSteps as never);
          unroll(part, part.init(1), tf.ones<tf.Rank.R3>([2, 3, 4]));
        },
        'got meanOverSteps, which returns one output a row, [B, O]: put lastOutput around the whole model',
      ],
    ),
    [
      'lastOutput twice',
      () => lastOutput(last as never),
      'lastOutput: expected a part with an output at every step',
    ],
    [
      'a residual of it',
      () => residual(lastOutput(second) as never),
      'which returns one output a row, [B, O]: put lastOutput around the whole',
    ],
    [
      'both directions of it',
      () => bidirectional(last as never, last as never),
      'put lastOutput around the whole',
    ],
    [
      'a stepper of it',
      () => stepper(last as never, {} as never),
      'stepper(lastOutput(lstm)): expected a cell, which takes single steps',
    ],
    [
      'dropoutWrapper around it',
      () => dropoutWrapper(last as never, { input: 0.1 }),
      'dropoutWrapper: expected a cell',
    ],
  ];
  it.each(cases)('%s', (_name, body, message) => expect(refusal(body)).toContain(message));

  it('is refused in a description too', () => {
    const { version, model } = describeModel(stack([last, wide]));
    const parts = [...(model as StackStructure<unknown>).parts, describeModel(second).model];
    expect(refusal(() => modelFrom({ version, model: { ...model, parts } }))).toContain(
      'model: only cells without a state',
    );
  });

  it('is no type', () => {
    // @ts-expect-error a recurrent part needs the time axis
    expect(() => stack([last, second])).toThrow();
    // @ts-expect-error so does one inside a stack
    expect(() => stack([last, wide, stack([wide, second])])).toThrow();
    // @ts-expect-error so does a second lastOutput
    expect(() => stack([last, lastOutput(second)])).toThrow();
    // @ts-expect-error both directions need the time axis
    expect(() => bidirectional(last, last)).toThrow();
    // @ts-expect-error a stack has a part
    expect(() => stack([])).toThrow();
  });
});
