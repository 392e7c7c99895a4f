/** Checks of a part's parameters, and of the results of user-defined parts. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Shape } from '@unrolled/kernels';
import { checkParameter, isTensorOf, keptFor, stateFormOf, tensorInWords, valueAt } from './checks';
import { type AnyPart, nameOf } from './contract';
import { identityOf } from './identity';
import { parameterTree } from './parameters';
import { refuse } from './refuse';
import { flattenParams } from './tree';

type Parameter = { readonly keys: readonly string[]; readonly path: string; readonly shape: Shape };

/** The parameters of a model's built-in parts. Those of user-defined parts are not known here. */
const parameterFormOf = /* @__PURE__ */ keptFor((part): readonly Parameter[] => {
  const form: Parameter[] = [];
  const add = (path: string, shape: Shape) => form.push({ path, keys: path.split('.'), shape });
  parameterTree(part, add, () => undefined);
  return form;
});

/** Throws if a tensor of a built-in part is missing from the parameters, or has another shape or dtype. */
export function checkParams(part: AnyPart, params: unknown): void {
  for (const { path, keys, shape } of parameterFormOf(part))
    checkParameter(nameOf(part), path, shape, valueAt(params, keys));
}

/**
 * Throws if the result of a user-defined part has a wrong form. Built-in parts are not checked.
 *
 * @param shapes the allowed shapes of the output
 */
export function checkResult(
  part: AnyPart,
  method: 'step' | 'unroll',
  result: { output: Tensor; state: unknown },
  shapes: readonly Shape[],
  batchSize: number,
): void {
  if (identityOf(part)) return;
  const { output, state } = Object(result) as typeof result;
  const remedy = `${method} returns { output, state }; @unrolled/cells/testing checks the contract`;
  if (!shapes.some((shape) => isTensorOf(output, 'float32', shape))) {
    const expected = shapes.map((shape) => `[${shape.join(', ')}]`).join(' or ');
    refuse(nameOf(part), {
      expected: `${method} to return a float32 output ${expected}`,
      got: tensorInWords(output),
      remedy,
      code: 'shape',
    });
  }
  const form = stateFormOf(part);
  const flat: Record<string, unknown> = isTree(state) ? flattenParams(state) : {};
  for (const { path, dtype, shape } of form) {
    const rows = [batchSize, ...shape];
    if (isTensorOf(flat[path], dtype, rows)) continue;
    refuse(nameOf(part), {
      expected: `${method} to return a state in the form of zeroState, with '${path}' ${dtype} [${rows.join(', ')}]`,
      got: tensorInWords(flat[path]),
      remedy,
      code: 'shape',
    });
  }
  const extra = Object.keys(flat).find((path) => !form.some((leaf) => leaf.path === path));
  if (extra === undefined) return;
  refuse(nameOf(part), {
    expected: `${method} to return a state in the form of zeroState`,
    got: `also '${extra}'`,
    remedy,
    code: 'shape',
  });
}

const isTree = (state: unknown) => typeof state === 'object' && state !== null;
