import type { TokenFile, TokenFileWriter } from './token-file';
import { memoryTokens, type TokenSource } from './token-source';

/** Collects ids in memory, and in a file once there are more than `limit`. */
export class TokenSpool {
  private readonly blocks: Int32Array[] = [];
  private length = 0;
  private writer: TokenFileWriter | undefined;

  constructor(
    private readonly limit: number,
    private readonly createWriter: () => Promise<TokenFileWriter>,
  ) {}

  /** @param bound exclusive upper bound of the ids */
  async write(ids: Int32Array, bound: number): Promise<void> {
    this.length += ids.length;
    if (this.writer === undefined && this.length <= this.limit) {
      this.blocks.push(ids.slice());
      return;
    }
    this.writer ??= await this.createWriter();
    for (const block of this.blocks.splice(0)) await this.writer.write(block, bound);
    await this.writer.write(ids, bound);
  }

  /** The ids. A file of them has no name any more, and is freed when it is closed. */
  async finish(): Promise<{ tokens: TokenSource; file: TokenFile | undefined }> {
    const file = await this.writer?.lend();
    return { tokens: file ?? memoryTokens(this.join()), file };
  }

  private join(): Int32Array {
    const ids = new Int32Array(this.length);
    let start = 0;
    for (const block of this.blocks.splice(0)) {
      ids.set(block, start);
      start += block.length;
    }
    return ids;
  }

  async discard(): Promise<void> {
    await this.writer?.discard();
  }
}
