/** Blocks are multiples of this many bytes, and start at such addresses: a cache line. */
const LINE = 64;
/**
 * By default blocks up to this size are kept in lists by size; larger ones are merged with their neighbours
 * when freed.
 */
const SMALL = 1 << 15;
/** Small blocks are cut from slabs of this size. */
const SLAB = 1 << 18;

/**
 * A first-fit allocator over a WebAssembly memory that grows on demand. A training loop frees what it takes
 * in every step, so its memory reaches a steady size after the first one.
 */
export class Allocator {
  private readonly smallFree: number[][] = [];
  private readonly sizes = new Map<number, number>();
  /** Free large ranges by address: [address, bytes]. */
  private readonly free: [number, number][] = [];
  private end: number;
  private slab = 0;
  private slabEnd = 0;
  /** Bytes in use, rounded up to lines. */
  used = 0;

  /**
   * @param start the first address that may be given out
   * @param grow makes the memory at least this many bytes long; false when it cannot
   * @param small bytes of the largest block that is kept in a list by its size
   */
  constructor(
    start: number,
    private readonly grow: (bytes: number) => boolean,
    private readonly small = SMALL,
  ) {
    this.end = start;
  }

  /**
   * The address of `bytes` free bytes, or undefined when memory is exhausted. Contents are whatever was
   * there.
   */
  allocate(bytes: number): number | undefined {
    const size = Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
    const address = size <= this.small ? this.allocateSmall(size) : this.allocateLarge(size);
    if (address === undefined) return undefined;
    this.sizes.set(address, size);
    this.used += size;
    return address;
  }

  /** Gives a block back. */
  release(address: number): void {
    const size = this.sizes.get(address);
    if (size === undefined) throw new Error(`no block at ${address}`);
    this.sizes.delete(address);
    this.used -= size;
    if (size > this.small) this.releaseLarge(address, size);
    else if (this.smallFree[size / LINE]) this.smallFree[size / LINE]!.push(address);
    else this.smallFree[size / LINE] = [address];
  }

  private allocateSmall(size: number): number | undefined {
    const list = this.smallFree[size / LINE];
    if (list && list.length > 0) return list.pop();
    if (this.slab + size > this.slabEnd) {
      const slab = this.allocateLarge(SLAB);
      if (slab === undefined) return undefined;
      this.slab = slab;
      this.slabEnd = slab + SLAB;
    }
    const address = this.slab;
    this.slab += size;
    return address;
  }

  private allocateLarge(size: number): number | undefined {
    for (let i = 0; i < this.free.length; i++) {
      const range = this.free[i]!;
      if (range[1] < size) continue;
      const address = range[0];
      if (range[1] === size) this.free.splice(i, 1);
      else {
        range[0] += size;
        range[1] -= size;
      }
      return address;
    }
    // The last free range, when it ends where the used memory ends, is extended instead of left behind.
    const last = this.free[this.free.length - 1];
    const start = last && last[0] + last[1] === this.end ? last[0] : this.end;
    // Kernels may read, not write, up to a line past a block's end.
    if (!this.grow(start + size + LINE)) return undefined;
    if (start !== this.end) this.free.pop();
    this.end = start + size;
    return start;
  }

  private releaseLarge(address: number, size: number): void {
    let low = 0;
    let high = this.free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.free[middle]![0] < address) low = middle + 1;
      else high = middle;
    }
    const next = this.free[low];
    const previous = this.free[low - 1];
    const joinsPrevious = previous && previous[0] + previous[1] === address;
    const joinsNext = next && address + size === next[0];
    if (joinsPrevious) {
      previous[1] += size + (joinsNext ? next[1] : 0);
      if (joinsNext) this.free.splice(low, 1);
    } else if (joinsNext) {
      next[0] = address;
      next[1] += size;
    } else this.free.splice(low, 0, [address, size]);
  }
}
