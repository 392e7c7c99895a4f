/** Weights in the order in which products read them, kept with the numbers that they were packed of. */
import type { Engine } from '../engine/engine';

/** The user of packed weights. */
export interface PackedShape {
  /** The packing job, and the relevant options of the layer. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * The packed forms of one tensor. They go with its data, and when its numbers are about to be written over.
 */
export class PackedWeights {
  private static count = 0;
  /** Another one for each tensor's data. */
  readonly number = ++PackedWeights.count;
  private readonly blocks = new Map<string, number>();
  private runtime = 0;

  constructor(private readonly engine: Engine) {}

  /** The address of such a form; undefined if there is none, or another executor packed it. */
  at({ name }: PackedShape): number | undefined {
    if (this.runtime !== this.engine.runtimeNumber) this.release();
    return this.blocks.get(name);
  }

  /** Keeps a form that was packed. */
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
 * Packed forms of some weights, which one run of `pack` makes where one of them is missing.
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
