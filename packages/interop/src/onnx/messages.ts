/**
 * The messages of `onnx.proto` that our graphs need, as plain objects, and their encoding. The numbers are
 * those of the fields (onnx 1.23, IR version 7). `@bufbuild/protobuf` implements the wire format.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

const IR_VERSION = 7;
/** The first operator set with the current recurrent operators; older runtimes also read it. */
const OPERATOR_SET = 14;

/** `TensorProto.DataType` */
const dataTypes = { float32: 1, int32: 6, int64: 7 } as const;
type DataType = keyof typeof dataTypes;

/** A constant: row-major values, little-endian. */
export interface TensorMessage {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}

/**
 * A number is an INT, an array of numbers INTS, a Float32Array FLOATS, a string STRING, an array of strings
 * STRINGS.
 */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Float32Array;

export interface NodeMessage {
  readonly operator: string;
  readonly name: string;
  /** Names of values; '' omits an optional value. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** An input or output of the graph. A string names an axis whose size is known at run time. */
export interface ValueMessage {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly (number | string)[];
  readonly description: string;
}

export interface ModelMessage {
  readonly name: string;
  readonly nodes: readonly NodeMessage[];
  readonly constants: readonly TensorMessage[];
  readonly inputs: readonly ValueMessage[];
  readonly outputs: readonly ValueMessage[];
  readonly metadata: Readonly<Record<string, string>>;
}

type Write = (writer: BinaryWriter) => void;

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);

const integer = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, WireType.Varint).int64(value);

/** `ModelProto` as bytes. */
export function encodeModel(model: ModelMessage): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, 'unrolled');
  message(writer, 7, (graph) => encodeGraph(graph, model));
  message(writer, 8, (set) => {
    text(set, 1, '');
    integer(set, 2, OPERATOR_SET);
  });
  for (const [key, value] of Object.entries(model.metadata)) {
    message(writer, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  }
  return writer.finish();
}

function encodeGraph(writer: BinaryWriter, { name, nodes, constants, inputs, outputs }: ModelMessage): void {
  for (const node of nodes) message(writer, 1, (own) => encodeNode(own, node));
  text(writer, 2, name);
  for (const tensor of constants) message(writer, 5, (own) => encodeTensor(own, tensor));
  for (const value of inputs) message(writer, 11, (own) => encodeValue(own, value));
  for (const value of outputs) message(writer, 12, (own) => encodeValue(own, value));
}

function encodeNode(
  writer: BinaryWriter,
  { operator, name, inputs, outputs, attributes }: NodeMessage,
): void {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, name);
  text(writer, 4, operator);
  for (const [key, value] of Object.entries(attributes)) {
    message(writer, 5, (own) => {
      text(own, 1, key);
      encodeAttribute(own, value);
    });
  }
}

/** Field 20 is the attribute's type. */
function encodeAttribute(writer: BinaryWriter, value: AttributeValue): void {
  if (typeof value === 'number') {
    integer(writer, 3, value);
    integer(writer, 20, 2);
  } else if (typeof value === 'string') {
    text(writer, 4, value);
    integer(writer, 20, 3);
  } else if (value instanceof Float32Array) {
    for (const number of value) writer.tag(7, WireType.Bit32).float(number);
    integer(writer, 20, 6);
  } else {
    for (const item of value) typeof item === 'string' ? text(writer, 9, item) : integer(writer, 8, item);
    integer(writer, 20, typeof value[0] === 'string' ? 8 : 7);
  }
}

function encodeTensor(writer: BinaryWriter, { name, type, shape, data }: TensorMessage): void {
  for (const extent of shape) integer(writer, 1, extent);
  integer(writer, 2, dataTypes[type]);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited);
  writer.bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function encodeValue(writer: BinaryWriter, { name, type, shape, description }: ValueMessage): void {
  text(writer, 1, name);
  message(writer, 2, (typeMessage) =>
    message(typeMessage, 1, (tensor) => {
      integer(tensor, 1, dataTypes[type]);
      message(tensor, 2, (shapeMessage) => {
        for (const extent of shape) {
          message(shapeMessage, 1, (own) =>
            typeof extent === 'string' ? text(own, 2, extent) : integer(own, 1, extent),
          );
        }
      });
    }),
  );
  text(writer, 3, description);
}
