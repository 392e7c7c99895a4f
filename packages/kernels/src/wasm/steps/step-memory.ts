/** The memory of steps: blocks by name, each a row of floats for every row there is room for, and records. */
import type { Engine } from '../engine/engine';
import type { RecordType } from '../engine/record';

const WHAT = 'the steps of a model';

export class StepMemory {
  private readonly blocks = new Map<string, number>();

  constructor(
    readonly engine: Engine,
    /** Rows that there is room for. */
    readonly room: number,
  ) {}

  /** The block of that name, made when it is first asked for; its contents are undefined then. */
  block(name: string, bytes: number): number {
    let address = this.blocks.get(name);
    if (address === undefined) {
      address = this.engine.allocate(Math.max(bytes, 4), WHAT);
      this.blocks.set(name, address);
    }
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
    for (const address of this.blocks.values()) this.engine.release(address);
    this.blocks.clear();
  }
}
