/**
 * The messages between the process that owns a PGlite and those that it serves: frames of Node's own
 * serialisation over a local socket.
 */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import type { Row } from './sql';

/** The requests of a served process. `transaction` names one that it started. */
export type Question =
  | {
      readonly id: number;
      readonly ask: 'run';
      readonly text: string;
      readonly values?: unknown[] | undefined;
      readonly transaction?: number | undefined;
    }
  | { readonly id: number; readonly ask: 'begin' }
  | { readonly id: number; readonly ask: 'end'; readonly transaction: number; readonly commit: boolean };

export type Answer =
  | { readonly id: number; readonly rows: Row[] }
  | { readonly id: number; readonly error: { readonly message: string; readonly code?: string | undefined } };

/** A frame is its length in four bytes, big-endian, followed by that number of bytes. */
export function send(socket: Socket, message: Question | Answer): void {
  const bytes = serialize(message);
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(bytes.length);
  socket.write(length);
  socket.write(bytes);
}

/** Calls `onMessage` with each complete message. */
export function receive<M>(socket: Socket, onMessage: (message: M) => void): void {
  let parts: Buffer[] = [];
  let size = 0;
  socket.on('data', (data: Buffer) => {
    parts.push(data);
    size += data.length;
    while (size >= 4) {
      if (parts[0]!.length < 4) parts = [Buffer.concat(parts)];
      const end = 4 + parts[0]!.readUInt32BE();
      if (size < end) return;
      const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      parts = whole.length > end ? [whole.subarray(end)] : [];
      size -= end;
      let message: M;
      try {
        message = deserialize(whole.subarray(4, end)) as M;
      } catch {
        // The sender is not one of our processes.
        socket.destroy();
        return;
      }
      onMessage(message);
    }
  });
}
