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

export class StepMemory {
  private readonly places = new Map<string, number>();
  private readonly blocks: number[] = [];
  private next = 0;
  private end = 0;

  constructor(
    readonly engine: Engine,
    /** Rows that there is room for. */
    readonly room: number,
  ) {}

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

  /** Writes a record at a separate place. */
  record<V>(name: string, type: RecordType<V>, values: NoInfer<V>): number {
    const address = this.block(`${name} record`, type.bytes);
    this.engine.write(type, values, address);
    return address;
  }

  release(): void {
    for (const address of this.blocks) this.engine.release(address);
    this.blocks.length = 0;
    this.places.clear();
    this.next = 0;
    this.end = 0;
  }
}
