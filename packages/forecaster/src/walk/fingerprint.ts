import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import type { FittedModel } from '../model/fit-model';

/** SHA-256 of a model's scalers and weights. Equal fingerprints mean that two fits have the same bits. */
export function fingerprintOf({ scaling, members }: Pick<FittedModel, 'scaling' | 'members'>): string {
  const encoder = new TextEncoder();
  const hash = sha256.create().update(encoder.encode(JSON.stringify(scaling)));
  for (const params of members)
    for (const [path, { data }] of Object.entries(params))
      hash.update(encoder.encode(path)).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return bytesToHex(hash.digest());
}
