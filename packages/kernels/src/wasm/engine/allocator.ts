/** Block sizes and addresses are multiples of this number of bytes: a cache line. */
const LINE = 64;
/**
 * Default limit of small blocks, in bytes. Freed small blocks are kept in lists by size; larger ones are
 * merged with their free neighbours.
 */
const SMALL = 1 << 15;
/** Size of the slabs that small blocks are cut from. */
const SLAB = 1 << 18;

/**
 * A first-fit allocator for a WebAssembly memory that grows on demand. A training loop frees in each step
 * what it allocates, so the memory reaches a steady size after the first step.
 */
export class Allocator {
  private readonly smallFree: number[][] = [];
  private readonly sizes = new Map<number, number>();
  /** Free large ranges, sorted by address: [address, bytes]. */
  private readonly free: [number, number][] = [];
  private end: number;
  private slab = 0;
  private slabEnd = 0;
  /** Bytes in use, rounded up to lines. */
  used = 0;

  /**
   * @param start the first address to allocate
   * @param grow grows the memory to at least this number of bytes; returns false if it cannot
   * @param small size in bytes of the largest block that is kept in a list by size
   */
  constructor(
    start: number,
    private readonly grow: (bytes: number) => boolean,
    private readonly small = SMALL,
  ) {
    this.end = start;
  }

  /**
   * The address of `bytes` free bytes, or undefined if the memory is exhausted. The contents are undefined.
   */
  allocate(bytes: number): number | undefined {
    const size = Math.max(LINE, Math.ceil(bytes / LINE) * LINE);
    const address = size <= this.small ? this.allocateSmall(size) : this.allocateLarge(size);
    if (address === undefined) return undefined;
    this.sizes.set(address, size);
    this.used += size;
    return address;
  }

  /** Frees a block. */
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
    // If the last free range ends at the end of the used memory, it is extended.
    const last = this.free[this.free.length - 1];
    const start = last && last[0] + last[1] === this.end ? last[0] : this.end;
    // Kernels may read, but not write, up to one line past a block's end.
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
