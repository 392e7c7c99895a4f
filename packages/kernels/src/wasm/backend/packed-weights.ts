/**
 * Weights in the order in which matrix products read them, cached together with the weights that they were
 * packed from.
 */
import type { Engine } from '../engine/engine';

/** Identifies a packed form of weights. */
export interface PackedShape {
  /** The packing job, and the layer options that matter to it. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * The packed forms of one tensor. They are freed with the tensor's data, and before the data is overwritten.
 */
export class PackedWeights {
  private static count = 0;
  /** A number that is unique to each tensor's data. */
  readonly number = ++PackedWeights.count;
  private readonly blocks = new Map<string, number>();
  private runtime = 0;

  constructor(private readonly engine: Engine) {}

  /** The address of a packed form; undefined if it is missing, or was packed by another executor. */
  at({ name }: PackedShape): number | undefined {
    if (this.runtime !== this.engine.runtimeNumber) this.release();
    return this.blocks.get(name);
  }

  /** Stores a packed form. */
  keep({ name }: PackedShape, address: number): void {
    this.runtime = this.engine.runtimeNumber;
    this.blocks.set(name, address);
  }

  release(): void {
    for (const address of this.blocks.values()) this.engine.release(address);
    this.blocks.clear();
  }
}

/**
 * The packed forms of some weights. If one is missing, one call of `pack` creates all of them.
 *
 * @returns the addresses in order
 */
export function packedAt(
  engine: Engine,
  wanted: readonly (PackedShape & { readonly of: PackedWeights })[],
  pack: (addresses: readonly number[]) => void,
): readonly number[] {
  const found = wanted.map((shape) => shape.of.at(shape));
  if (!found.includes(undefined)) return found as number[];
  const made: number[] = [];
  try {
    const addresses = wanted.map((shape, n) => {
      if (found[n] !== undefined) return found[n];
      made.push(engine.allocate(shape.bytes, 'packed weights'));
      return made.at(-1)!;
    });
    pack(addresses);
    wanted.forEach((shape, n) => {
      if (found[n] === undefined) shape.of.keep(shape, addresses[n]!);
    });
    return addresses;
  } catch (error) {
    for (const address of made) engine.release(address);
    throw error;
  }
}
