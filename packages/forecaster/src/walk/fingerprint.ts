import type { FittedModel } from '../model/fit-model';
import { concatenate } from '../series/concatenate';
import { sha256 } from './sha256';

/** SHA-256 of a model's scalers and weights: two that are equal mean equal fits, bit for bit. */
export function fingerprintOf({ scaling, members }: Pick<FittedModel, 'scaling' | 'members'>): string {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(JSON.stringify(scaling))];
  for (const params of members)
    for (const [path, { data }] of Object.entries(params))
      parts.push(encoder.encode(path), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return sha256(concatenate<Uint8Array>(Uint8Array, parts));
}
