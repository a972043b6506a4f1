/**
 * Writes ONNX models: the few messages of onnx.proto that a graph with fixed shapes needs, encoded
 * by hand.
 *
 * A graph is built in the order of its computation; every tensor is named by what made it.
 */

/** TensorProto.DataType of onnx.proto. */
const FLOAT = 1;
const UINT8 = 2;
const INT32 = 6;
const INT64 = 7;

type TensorValues = Float32Array | Uint8Array | Int32Array | BigInt64Array;
type Attribute = number | string | readonly number[] | { readonly float: number };

export interface NodeOptions {
  /** `com.microsoft` for ONNX Runtime's own operators. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
}

export interface OnnxGraph {
  /** A constant of the graph; its name. */
  constant(values: TensorValues, dims: readonly number[]): string;
  /** An input of floats; its name. */
  input(name: string, dims: readonly number[]): string;
  /** Adds one step; returns the name of its first output. An empty name is an absent input. */
  node(op: string, inputs: readonly string[], options?: NodeOptions): string;
  /** Like `node`, for steps with more than one output; returns the names of all outputs. */
  nodes(op: string, inputs: readonly string[], options: NodeOptions): string[];
  /** Declares a tensor of floats to be the output `name`. */
  output(tensor: string, name: string, dims: readonly number[]): void;
  bytes(): Uint8Array<ArrayBuffer>;
}

const OPSET = 20;
const MICROSOFT_OPSET = 1;
const IR_VERSION = 9;

export function onnxGraph(): OnnxGraph {
  const nodes: Bytes[] = [];
  const constants: Bytes[] = [];
  const inputs: Bytes[] = [];
  const outputs: Bytes[] = [];
  let count = 0;
  const graph: OnnxGraph = {
    constant(values, dims) {
      const name = `constant_${count++}`;
      constants.push(tensor(name, values, dims));
      return name;
    },
    input(name, dims) {
      inputs.push(valueInfo(name, dims));
      return name;
    },
    node(op, from, options = {}) {
      return graph.nodes(op, from, options)[0] ?? "";
    },
    nodes(op, from, { domain = "", attributes = {}, outputs: made = 1 }) {
      const name = `${op}_${count++}`;
      const to = Array.from({ length: made }, (_, i) => `${name}_${i}`);
      nodes.push([
        ...from.map((input) => text(1, input)),
        ...to.map((output) => text(2, output)),
        text(3, name),
        text(4, op),
        ...Object.entries(attributes).map(([key, value]) => message(5, attribute(key, value))),
        text(7, domain),
      ]);
      return to;
    },
    output(from, name, dims) {
      nodes.push([text(1, from), text(2, name), text(3, `${name}_out`), text(4, "Identity")]);
      outputs.push(valueInfo(name, dims));
    },
    bytes() {
      const body: Bytes = [
        ...nodes.map((node) => message(1, node)),
        text(2, "bench"),
        ...constants.map((constant) => message(5, constant)),
        ...inputs.map((input) => message(11, input)),
        ...outputs.map((output) => message(12, output)),
      ];
      const opset = (domain: string, version: number): Bytes => [
        text(1, domain),
        integer(2, version),
      ];
      return joined([
        integer(1, IR_VERSION),
        message(8, opset("", OPSET)),
        message(8, opset("com.microsoft", MICROSOFT_OPSET)),
        message(7, body),
      ]);
    },
  };
  return graph;
}

/** A message is a list of encoded fields; large ones are copied only once, at the end. */
type Bytes = (Uint8Array | Bytes)[];

function tensor(name: string, values: TensorValues, dims: readonly number[]): Bytes {
  const type =
    values instanceof Float32Array
      ? FLOAT
      : values instanceof Uint8Array
        ? UINT8
        : values instanceof Int32Array
          ? INT32
          : INT64;
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return [
    ...dims.map((dim) => integer(1, dim)),
    integer(2, type),
    text(8, name),
    message(9, [raw]),
  ];
}

function valueInfo(name: string, dims: readonly number[]): Bytes {
  const shape = dims.map((dim) => message(1, [integer(1, dim)]));
  const tensorType = [integer(1, FLOAT), message(2, shape)];
  return [text(1, name), message(2, [message(1, tensorType)])];
}

/** AttributeProto: an integer, a float, a string or integers. */
function attribute(name: string, value: Attribute): Bytes {
  const type = (number: number): Uint8Array => integer(20, number);
  if (typeof value === "number") return [text(1, name), integer(3, value), type(2)];
  if (typeof value === "string") return [text(1, name), text(4, value), type(3)];
  if ("float" in value) {
    const bits = new Uint8Array(Float32Array.of(value.float).buffer);
    return [text(1, name), varint((2 << 3) | 5), bits, type(1)];
  }
  return [text(1, name), ...value.map((one) => integer(8, one)), type(7)];
}

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

function text(field: number, value: string): Bytes {
  return message(field, [new TextEncoder().encode(value)]);
}

function message(field: number, content: Bytes): Bytes {
  return [varint((field << 3) | 2), varint(byteLength(content)), content];
}

/** Seven bits to a byte, the lowest first; a negative number is encoded in 64 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const more = rest > 127n ? 128 : 0;
    bytes.push(Number(rest & 127n) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function byteLength(bytes: Bytes): number {
  return bytes.reduce(
    (sum, part) => sum + (part instanceof Uint8Array ? part.byteLength : byteLength(part)),
    0,
  );
}

function joined(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(byteLength(bytes));
  let at = 0;
  const place = (parts: Bytes): void => {
    for (const part of parts) {
      if (part instanceof Uint8Array) {
        result.set(part, at);
        at += part.byteLength;
      } else {
        place(part);
      }
    }
  };
  place(bytes);
  return result;
}
