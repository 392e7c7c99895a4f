import { createHash } from 'node:crypto';
import type { TokenSource } from '@unrolled/data';
import type { Dataset } from './dataset';

/** Enough of a text to tell it from another one. */
export interface Fingerprint {
  /** Tokens of the training and the validation part. */
  readonly train: number;
  readonly validation: number;
  /** Of their ids: SHA-256 in hexadecimal. */
  readonly hash: string;
}

const BLOCK = 2 ** 16;
/** Of a longer part so many blocks are hashed, evenly spread, so that a start never takes more than a moment. */
const MOST_BLOCKS = 256;

/** Of the ids of both parts: all of them in texts of up to 16 million tokens, evenly spread blocks of longer ones. */
export function fingerprintOf({ train, validation }: Pick<Dataset, 'train' | 'validation'>): Fingerprint {
  const hash = createHash('sha256');
  for (const part of [train, validation.tokens]) hashTokens(part, (bytes) => hash.update(bytes));
  return { train: train.length, validation: validation.tokens.length, hash: hash.digest('hex') };
}

function hashTokens(tokens: TokenSource, update: (bytes: Uint8Array) => void): void {
  const blocks = Math.ceil(tokens.length / BLOCK);
  const count = Math.min(blocks, MOST_BLOCKS);
  for (let index = 0; index < count; index++) {
    const block = count === 1 ? 0 : Math.round((index * (blocks - 1)) / (count - 1));
    const ids = tokens.read(block * BLOCK, Math.min(tokens.length, (block + 1) * BLOCK));
    update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  }
}
