import type { TokenSource } from '@unrolled/data';
import type { Dataset } from './dataset';

/** Enough of a text to tell it from another one. */
export interface Fingerprint {
  /** Tokens of the training and the validation part. */
  readonly train: number;
  readonly validation: number;
  /** Of their ids: SHA-256 of their blocks' SHA-256, in hexadecimal. */
  readonly hash: string;
}

const BLOCK = 2 ** 16;
/** A longer part has this many blocks hashed, evenly spread, so that a start never takes more than a moment. */
const MOST_BLOCKS = 256;

/** Of both parts' ids: all of them in texts of up to 16 million tokens, evenly spread blocks of longer ones. */
export async function fingerprintOf({
  train,
  validation,
}: Pick<Dataset, 'train' | 'validation'>): Promise<Fingerprint> {
  const digests: Uint8Array[] = [];
  for (const part of [train, validation.tokens]) {
    for (const ids of blocksOf(part)) digests.push(await sha256(ids));
  }
  const all = new Uint8Array(digests.length * 32);
  digests.forEach((digest, index) => void all.set(digest, index * 32));
  const hash = Array.from(await sha256(all), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { train: train.length, validation: validation.tokens.length, hash };
}

function* blocksOf(tokens: TokenSource): Generator<Int32Array> {
  const blocks = Math.ceil(tokens.length / BLOCK);
  const count = Math.min(blocks, MOST_BLOCKS);
  for (let index = 0; index < count; index++) {
    const block = count === 1 ? 0 : Math.round((index * (blocks - 1)) / (count - 1));
    yield tokens.read(block * BLOCK, Math.min(tokens.length, (block + 1) * BLOCK));
  }
}

/** Copies first: the tokens may lie in memory that threads share, which the digest refuses. */
async function sha256(values: Int32Array | Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', values.slice()));
}
