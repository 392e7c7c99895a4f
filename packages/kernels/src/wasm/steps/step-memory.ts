/**
 * The memory of steps: places by name, each a row of floats for every row there is room for, and records,
 * from a few blocks.
 */
import type { Engine } from '../engine/engine';
import type { RecordType } from '../engine/record';

const WHAT = 'the steps of a model';

/** Bytes of a block, at least; places begin at a line. */
const BLOCK = 64 * 1024;
const LINE = 64;

/** Room for the `bytes` of one share: processors load pairs of lines. */
const apart = (bytes: number) => (Math.ceil(bytes / (2 * LINE)) + 1) * 2 * LINE;

export class StepMemory {
  /** Threads at the start, for which places are made; some may end. */
  readonly threads: number;
  private readonly places = new Map<string, number>();
  private readonly blocks: number[] = [];
  private next = 0;
  private end = 0;

  constructor(
    readonly engine: Engine,
    /** Rows that there is room for. */
    readonly room: number,
  ) {
    this.threads = engine.threads;
  }

  /** The place of that name, made when it is first asked for; its contents are undefined then. */
  block(name: string, bytes: number): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    const size = Math.ceil(bytes / LINE) * LINE + LINE;
    if (this.next + size > this.end) {
      this.next = this.engine.allocate(Math.max(size, BLOCK), WHAT);
      this.end = this.next + Math.max(size, BLOCK);
      this.blocks.push(this.next);
    }
    const address = this.next;
    this.next += size;
    this.places.set(name, address);
    return address;
  }

  /** `width` floats of each row. */
  rows(name: string, width: number): number {
    return this.block(name, 4 * this.room * width);
  }

  /** `width` floats of each row for each of several shares: the first one's address, and the distance. */
  ownRows(name: string, width: number, shares: number): { readonly at: number; readonly stride: number } {
    const stride = shares > 1 ? apart(4 * this.room * width) : 4 * this.room * width;
    return { at: this.block(name, shares * stride), stride };
  }

  /**
   * Writes a record at a separate place, and where `strides` has any for each of several shares: its
   * addresses are `strides` bytes further in each. The distance between them is 0 where one is for all.
   */
  records<V>(
    name: string,
    type: RecordType<V>,
    values: NoInfer<V>,
    strides: { readonly [F in keyof V]?: number },
    shares: number,
  ): { readonly at: number; readonly stride: number } {
    const moved: [place: number, bytes: number][] = [];
    for (const field in strides) {
      const bytes = strides[field]!;
      if (shares > 1 && bytes > 0) moved.push([type.offsets[field] / 4, bytes]);
    }
    const stride = moved.length > 0 ? apart(type.bytes) : 0;
    const at = this.block(`${name} record`, type.bytes + (shares - 1) * stride);
    this.engine.write(type, values, at);
    if (stride === 0) return { at, stride };
    const { int32 } = this.engine;
    const first = at / 4;
    for (let share = 1; share < shares; share++) {
      const own = first + (share * stride) / 4;
      int32.copyWithin(own, first, first + type.bytes / 4);
      for (const [place, bytes] of moved) int32[own + place]! += share * bytes;
    }
    return { at, stride };
  }

  release(): void {
    for (const address of this.blocks) this.engine.release(address);
    this.blocks.length = 0;
    this.places.clear();
    this.next = 0;
    this.end = 0;
  }
}
