import type { StackPart } from '@unrolled/kernels';
import type { AnyPart, ParamsOf, StateOf } from './contract';
import type { PartDescription } from './description';

/**
 * Gives a part its description, and what it is to the fused kernel of a stack. Neither is enumerable: a part made by
 * spreading another one, `{ ...lstm(…), step }`, computes something else and must not pass for it.
 */
export function describedAs<T extends AnyPart>(
  part: T,
  description: PartDescription<unknown>,
  stackPart?: (params: ParamsOf<T>, state: StateOf<T>) => StackPart | undefined,
): T {
  Object.defineProperty(part, 'description', { value: description });
  return stackPart ? Object.defineProperty(part, 'stackPart', { value: stackPart }) : part;
}
