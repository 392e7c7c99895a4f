/**
 * TensorBoard's event files. They consist of TFRecords (tensorflow/core/lib/io/record_writer.cc), each an
 * `Event` protocol buffer (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto). The
 * first is a version event. Others can be appended at any time.
 */

/** The values of one step by tag. TensorBoard groups tags by the part before the first `/`. */
export interface ScalarEvent {
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Values in float32; undefined entries are omitted. */
  readonly scalars: Readonly<Record<string, number | undefined>>;
}

/** The first record of an event file. */
export function encodeVersion(wallTime: number): Uint8Array {
  return record(message([1, double(wallTime)], [3, text('brain.Event:2')]));
}

/** The record with the values of one step. */
export function encodeScalars({ step, wallTime, scalars }: ScalarEvent): Uint8Array {
  const values = Object.entries(scalars).flatMap(([tag, value]) =>
    value === undefined ? [] : [[1, bytes(message([1, text(tag)], [2, float(value)]))] as Field],
  );
  const stepField: Field[] = step === 0 ? [] : [[2, varint(step)]]; // proto3 omits zeros.
  return record(message([1, double(wallTime)], ...stepField, [5, bytes(message(...values))]));
}

/**
 * The first record of a resumed run: TensorBoard then drops the records of an earlier process for this step
 * and later ones.
 */
export function encodeSessionStart(step: number, wallTime: number): Uint8Array {
  const start = message([1, varint(1)]); // SessionLog { status: START }
  return record(message([1, double(wallTime)], [2, varint(step)], [7, bytes(start)]));
}

/** The value of one option (hyperparameter) of a trial. */
export type Hyperparameter = string | number | boolean | null;

/**
 * The record that describes a trial to TensorBoard's HParams (tensorboard/plugins/hparams/plugin_data.proto).
 */
export function encodeTrialStart(
  values: Readonly<Record<string, Hyperparameter>>,
  wallTime: number,
): Uint8Array {
  const entries = Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, value]): Field => [1, bytes(message([1, text(name)], [2, bytes(message(anyValue(value)))]))],
    );
  return trialRecord(
    '_hparams_/session_start_info',
    [3, bytes(message(...entries, [5, double(wallTime)]))],
    wallTime,
  );
}

/** The record of a trial's end and its status. */
export function encodeTrialEnd(isComplete: boolean, wallTime: number): Uint8Array {
  const info = message([1, varint(isComplete ? 1 : 2)], [2, double(wallTime)]);
  return trialRecord('_hparams_/session_end_info', [4, bytes(info)], wallTime);
}

/** An event with data for the plugin `hparams`. */
function trialRecord(tag: string, content: Field, wallTime: number): Uint8Array {
  const plugin = message([1, text('hparams')], [2, bytes(message(content))]);
  const value = message([1, text(tag)], [9, bytes(message([1, bytes(plugin)]))]);
  return record(message([1, double(wallTime)], [5, bytes(message([1, bytes(value)]))]));
}

/** google.protobuf.Value */
function anyValue(value: Hyperparameter): Field {
  if (value === null) return [1, varint(0)];
  if (typeof value === 'number') return [2, double(value)];
  if (typeof value === 'string') return [3, text(value)];
  return [4, varint(value ? 1 : 0)];
}

/**
 * Number of bytes of an event file that are complete records. A killed process may have truncated the last
 * record.
 */
export function wholeRecords(file: Buffer): number {
  let end = 0;
  while (file.length - end >= 16) {
    const length = file.readBigUInt64LE(end);
    const next = end + 16 + Number(length);
    if (length > BigInt(file.length) || next > file.length) break;
    const data = file.subarray(end + 12, next - 4);
    if (!maskedCrc(data).equals(file.subarray(next - 4, next))) break;
    end = next;
  }
  return end;
}

type WireType = 0 | 1 | 2 | 5;
interface Value {
  readonly type: WireType;
  readonly data: Uint8Array;
}
type Field = readonly [number: number, value: Value];

/** A protocol buffer message: each field is a field number with wire type, then the value. */
function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap(([number, { type, data }]) => [varint((number << 3) | type).data, data]),
  );
}

function varint(value: number): Value {
  const data: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) data.push((rest % 128) + 128);
  return { type: 0, data: Uint8Array.of(...data, rest) };
}

function bytes(data: Uint8Array): Value {
  return { type: 2, data: Buffer.concat([varint(data.length).data, data]) };
}

const text = (value: string) => bytes(Buffer.from(value));

function double(value: number): Value {
  const data = Buffer.alloc(8);
  data.writeDoubleLE(value);
  return { type: 1, data };
}

function float(value: number): Value {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return { type: 5, data };
}

/** length (uint64), its masked CRC, the data, their masked CRC. */
function record(data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** CRC-32C (Castagnoli), rotated and offset as TensorFlow stores it (tensorflow/core/lib/hash/crc32c.h). */
function maskedCrc(data: Uint8Array): Buffer {
  const crc = crc32c(data);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

/** The remainder of each byte value under the reversed polynomial 0x82f63b78. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0x82f63b78 : 0);
  return remainder;
});

function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = REMAINDERS[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
