import type { UnrolledError } from '@unrolled/errors';

/** The message of the UnrolledError that `run` throws, without its package; anything else fails the test. */
export function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return unrolledMessage(error);
  }
  throw new Error('expected an UnrolledError, nothing was thrown');
}

/** The code of the UnrolledError that `run` throws. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    unrolledMessage(error);
    return (error as UnrolledError).code;
  }
  throw new Error('expected an UnrolledError, nothing was thrown');
}

/** As `messageOf`, for a promise. */
export async function rejectionOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => {
    throw new Error('expected an UnrolledError, the promise was fulfilled');
  }, unrolledMessage);
}

function unrolledMessage(error: unknown): string {
  if (error instanceof Error && error.name === 'UnrolledError')
    return error.message.replace(/^\[unrolled\/safetensors\] /, '');
  throw error;
}

/** A file of a header's text or bytes and `size` bytes of data. */
export function fileOf(header: string | Uint8Array, dataBytes = 0, headerLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** The header's text in a file that was written. */
export function headerOf(file: Uint8Array): string {
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return new TextDecoder().decode(file.subarray(8, 8 + length));
}
