import type { TokenSource } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { checkSource } from '../records';
import { checkOptions } from '../refuse';
import type { Dataset } from './dataset';

/** Identifies a training text. */
export interface Fingerprint {
  /** Tokens of the training and the validation set. */
  readonly train: number;
  readonly validation: number;
  /** Hash of the ids: SHA-256 of the SHA-256 of each block, in hexadecimal. */
  readonly hash: string;
}

const BLOCK = 2 ** 16;
/** Number of evenly spread blocks of a longer part that are hashed, which limits the time. */
const MOST_BLOCKS = 256;

const KINDS: OptionKinds<Pick<Dataset, 'train' | 'validation'>> = {
  validation: 'object',
  train: 'object',
};

/**
 * Hashes the ids of both parts: all of them for texts of up to 16 million tokens, evenly spread blocks of
 * longer ones.
 */
export async function fingerprintOf(options: Pick<Dataset, 'train' | 'validation'>): Promise<Fingerprint> {
  checkOptions('fingerprintOf', options, KINDS, true);
  const { train, validation } = options;
  checkSource('fingerprintOf', train);
  checkSource('fingerprintOf', validation.tokens);
  // Imported on demand, so a program that only samples does not load it.
  const [{ sha256 }, { bytesToHex }] = await Promise.all([
    import('@noble/hashes/sha2'),
    import('@noble/hashes/utils'),
  ]);
  const all = sha256.create();
  for (const part of [train, validation.tokens]) {
    for (const { buffer, byteOffset, byteLength } of blocksOf(part))
      all.update(sha256(new Uint8Array(buffer, byteOffset, byteLength)));
  }
  return { train: train.length, validation: validation.tokens.length, hash: bytesToHex(all.digest()) };
}

function* blocksOf(tokens: TokenSource): Generator<Int32Array> {
  const blocks = Math.ceil(tokens.length / BLOCK);
  const count = Math.min(blocks, MOST_BLOCKS);
  for (let index = 0; index < count; index++) {
    const block = count === 1 ? 0 : Math.round((index * (blocks - 1)) / (count - 1));
    yield tokens.read(block * BLOCK, Math.min(tokens.length, (block + 1) * BLOCK));
  }
}
