/**
 * Ownership of tensors given to a run: the run owns those that are created when it asks for them; earlier
 * ones, and kept ones (`tf.keep`), stay.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refuse } from '../refuse';

/** The run's tensors of one pass over batches. */
export class BatchTensors {
  /** Tensors from this number on are made during the pass of a function of the epoch, by whomever. */
  private first = Infinity;
  /** Tensors of the batch in use. */
  private current: ReadonlySet<Tensor> = new Set();
  /** Tensors of no batch so far: an iterator may use them, so they live as long as the pass. */
  private readonly waiting = new Set<Tensor>();
  /**
   * Made by the call of a function of the epoch: each may be in any batch, so they live as long as the pass
   * too.
   */
  private shared: ReadonlySet<Tensor> = new Set();

  constructor(private readonly scope: string) {}

  /** Calls a function of the epoch. */
  open<T>(call: () => T): T {
    this.first = nextId();
    const { result, made } = asked(call);
    this.shared = new Set(made);
    return result;
  }

  /** Asks an iterator for its next result. */
  next<T>(call: () => T): T {
    const { result, made } = asked(call);
    for (const tensor of made) this.waiting.add(tensor);
    return result;
  }

  /**
   * Takes an iterator's batch into use.
   *
   * @param isAsync whether it came by a promise: its tensors may have been made at any time of the pass
   */
  use(batch: unknown, isAsync: boolean): void {
    const given = tensorsWithin(batch);
    const own = [...given].filter((tensor) => this.waiting.has(tensor) || (isAsync && this.isNew(tensor)));
    for (const tensor of own) this.waiting.delete(tensor);
    this.replace(given, own);
  }

  /** Asks for a batch by its number, and takes it into use; what the call makes besides is freed with it. */
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

  /** Frees what the batch before had, but for what this one has too. */
  private replace(given: ReadonlySet<Tensor>, own: readonly Tensor[]): void {
    const before = [...this.current];
    this.current = new Set([...own, ...before.filter((tensor) => given.has(tensor))]);
    free(before.filter((tensor) => !given.has(tensor)));
    for (const tensor of given) {
      checkAlive(
        this.scope,
        'a batch',
        tensor,
        'the run frees what is made while it asks for a batch: create tensors that are reused before the run, or tf.keep them',
      );
    }
  }
}

/** The result of a function, and the tensors that it created, in a separate scope; the caller frees those. */
export function asked<T>(call: () => T): { readonly result: T; readonly made: readonly Tensor[] } {
  let result!: T;
  const made = tf.tidy(() => {
    result = call();
    return tf.engine().state.activeScope.track.filter((tensor) => !tensor.kept && !tensor.isDisposed);
  });
  return { result, made };
}

/** Disposes tensors that nobody keeps. */
export function free(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) if (!tensor.kept) tensor.dispose();
}

/** Refuses a tensor that was disposed. */
export function checkAlive(scope: string, where: string, tensor: Tensor, remedy: string): void {
  if (!tensor.isDisposed) return;
  const got = `a disposed one, ${tensor.dtype} [${tensor.shape.join(', ')}]`;
  refuse(scope, { expected: `live tensors in ${where}`, got, remedy, code: 'state' });
}

/** The tensors in anything: in objects, arrays, maps and sets, however deep. */
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

/** The number of the next tensor. */
function nextId(): number {
  const probe = tf.scalar(0);
  probe.dispose();
  return probe.id + 1;
}
