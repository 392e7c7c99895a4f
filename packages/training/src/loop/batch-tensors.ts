/**
 * Ownership of the tensors in a run's inputs. The run owns tensors that are created while it requests a
 * batch. Tensors created earlier and kept tensors (`tf.keep`) belong to the caller.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** The tensors that the run owns during one pass over batches. */
export class BatchTensors {
  /** Tensors from this id on were created during the pass, by any code. */
  private first = Infinity;
  /** Tensors of the current batch. */
  private current: ReadonlySet<Tensor> = new Set();
  /** Tensors that were in no batch so far. The iterator may use them, so they live until the pass ends. */
  private readonly waiting = new Set<Tensor>();
  /**
   * Tensors created by the call of the epoch's function. Each may be in any batch, so they also live until
   * the pass ends.
   */
  private shared: ReadonlySet<Tensor> = new Set();

  constructor(private readonly scope: string) {}

  /** Calls the epoch's function. */
  open<T>(call: () => T): T {
    this.first = nextId();
    const { result, made } = asked(call);
    this.shared = new Set(made);
    return result;
  }

  /** Requests an iterator's next result. */
  next<T>(call: () => T): T {
    const { result, made } = asked(call);
    for (const tensor of made) this.waiting.add(tensor);
    return result;
  }

  /**
   * Makes an iterator's batch the current one.
   *
   * @param isAsync whether it came through a promise, in which case its tensors may have been created at any
   *   time during the pass
   */
  use(batch: unknown, isAsync: boolean): void {
    const given = tensorsWithin(batch);
    const own = [...given].filter((tensor) => this.waiting.has(tensor) || (isAsync && this.isNew(tensor)));
    for (const tensor of own) this.waiting.delete(tensor);
    this.replace(given, own);
  }

  /**
   * Requests a batch by number, and makes it the current one. Other tensors that the call creates are freed
   * with it.
   */
  at<T>(call: () => T): T {
    const { result, made } = asked(call);
    this.replace(tensorsWithin(result), made);
    return result;
  }

  /** Frees all remaining tensors. */
  end(): void {
    for (const tensors of [this.current, this.waiting, this.shared]) free(tensors);
  }

  private isNew(tensor: Tensor): boolean {
    return tensor.id >= this.first && !(tensor instanceof tf.Variable) && !this.shared.has(tensor);
  }

  /** Frees the tensors of the previous batch that are not in the current one. */
  private replace(given: ReadonlySet<Tensor>, own: readonly Tensor[]): void {
    const before = [...this.current];
    this.current = new Set([...own, ...before.filter((tensor) => given.has(tensor))]);
    free(before.filter((tensor) => !given.has(tensor)));
    for (const tensor of given) {
      checkAlive(
        this.scope,
        'a batch',
        tensor,
        'create reused tensors before the run, or tf.keep them: the run frees tensors that are created while it requests a batch',
      );
    }
  }
}

/**
 * The result of a function, and the tensors that it created, in a separate scope. The caller frees those
 * tensors.
 */
export function asked<T>(call: () => T): { readonly result: T; readonly made: readonly Tensor[] } {
  let result!: T;
  const made = tf.tidy(() => {
    result = call();
    return tf.engine().state.activeScope.track.filter((tensor) => !tensor.kept && !tensor.isDisposed);
  });
  return { result, made };
}

/** Disposes of tensors that are not kept. */
export function free(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (!tensor.kept) tensor.dispose();
}

/** Throws if a tensor was disposed. */
export function checkAlive(scope: string, where: string, tensor: Tensor, remedy: string): void {
  if (!tensor.isDisposed) return;
  const got = `a disposed tensor, ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  refuse(scope, { expected: `live tensors in ${where}`, got, remedy, code: 'state' });
}

/** All tensors in a value: in objects, arrays, maps and sets, at any depth. */
function tensorsWithin(value: unknown): Set<Tensor> {
  const found = new Set<Tensor>();
  const seen = new Set<object>();
  const search = (one: unknown): void => {
    if (typeof one !== 'object' || one === null || ArrayBuffer.isView(one)) return;
    if (one instanceof tf.Tensor) {
      found.add(one);
    } else if (!seen.has(one)) {
      seen.add(one);
      for (const part of partsOf(one)) if (typeof part === 'object') search(part);
    }
  };
  search(value);
  return found;
}

function partsOf(holder: object): Iterable<unknown> {
  const isIterable = Array.isArray(holder) || holder instanceof Set || holder instanceof Map;
  return isIterable ? holder : Object.values(holder);
}

/** The id of the next tensor. */
function nextId(): number {
  const probe = tf.scalar(0);
  probe.dispose();
  return probe.id + 1;
}
