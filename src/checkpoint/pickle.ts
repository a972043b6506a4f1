/**
 * Reads TRL's `value_head.bin`: tensors that `torch.save` wrote. A pickle is a program. This reader
 * executes nothing: it knows the few opcodes that a dictionary of tensors is made of, and the names
 * of four classes, and refuses every other.
 *
 *     zip, stored ─ data.pkl (names, shapes, places) and data/0, data/1 … (the bytes)
 *
 * Python: torch.serialization, pickletools.
 */
import { at } from "../base/at.ts";
import { WeightsError } from "../errors.ts";
import type { SourceFile } from "../files/source.ts";
import { conversion } from "./missing-files.ts";
import type { TensorEntry } from "./safetensors.ts";

/** Value heads have a few kilobytes. */
const MAX_BYTES = 64 * 2 ** 20;

/** Storages of torch, and their dtypes in safetensors. */
const STORAGES: Readonly<Record<string, readonly [dtype: string, bytes: number]>> = {
  "torch FloatStorage": ["F32", 4],
  "torch HalfStorage": ["F16", 2],
  "torch BFloat16Storage": ["BF16", 2],
};
const TENSOR = "torch._utils _rebuild_tensor_v2";
const PARAMETER = "torch._utils _rebuild_parameter";
const DICTIONARY = "collections OrderedDict";
const CLASSES = [...Object.keys(STORAGES), TENSOR, PARAMETER, DICTIONARY];

/**
 * Returns the tensors of a file.
 * @throws WeightsError if it is not one of tensors alone
 */
export async function readPickle(file: SourceFile, signal?: AbortSignal): Promise<TensorEntry[]> {
  if (file.byteLength > MAX_BYTES) {
    throw fault(file.path, "is too large for a value head", `${file.byteLength} bytes`);
  }
  const bytes = new Uint8Array(file.byteLength);
  await file.read(0, bytes, signal);
  try {
    const entries = readZip(bytes, file.path);
    const program = [...entries].find(([name]) => /(^|\/)data\.pkl$/.test(name));
    if (!program) throw fault(file.path, "holds no data.pkl");
    const [name, { begin, end }] = program;
    const folder = name.slice(0, -"data.pkl".length);
    const order = entries.get(`${folder}byteorder`);
    if (order && textOf(bytes, order.begin, order.end) !== "little") {
      throw fault(file.path, "is of another byte order");
    }
    const value = new Unpickler(bytes.subarray(begin, end), file.path).run();
    if (!(value instanceof Map)) throw fault(file.path, "is not a dictionary of tensors");
    return [...value].map(([key, tensor]) => entryOf(file, entries, folder, key, tensor));
  } catch (cause) {
    // A text that is not UTF-8 is a TypeError.
    if (!(cause instanceof RangeError || cause instanceof TypeError)) throw cause;
    throw fault(file.path, "is cut off or damaged", undefined, cause);
  }
}

function fault(where: string, what: string, got?: string, cause?: unknown): WeightsError {
  return new WeightsError({
    where,
    what: `the pickle ${what}`,
    got,
    expected: "tensors that torch.save wrote, and nothing else",
    todo:
      "If you trust it, convert it in the folder: " +
      conversion("value_head.bin", "value_head.safetensors"),
    cause,
  });
}

interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Returns where the bytes of each file of a zip are. */
function readZip(bytes: Uint8Array, where: string): Map<string, Range> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 22 || view.getUint32(0, true) !== 0x0403_4b50) {
    throw fault(where, "is not a zip: torch before 1.6 wrote another form");
  }
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x0605_4b50) end -= 1;
  if (end < 0) throw new RangeError("no end of the zip");
  const count = view.getUint16(end + 10, true);
  let place = view.getUint32(end + 16, true);
  const files = new Map<string, Range>();
  for (let i = 0; i < count; i++) {
    if (view.getUint32(place, true) !== 0x0201_4b50) throw new RangeError("no entry");
    const method = view.getUint16(place + 10, true);
    const size = view.getUint32(place + 24, true);
    const nameLength = view.getUint16(place + 28, true);
    const name = textOf(bytes, place + 46, place + 46 + nameLength);
    const local = view.getUint32(place + 42, true);
    if (method !== 0) throw fault(where, "is compressed", name.slice(0, 80));
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (begin + size > bytes.length) throw new RangeError("an entry ends late");
    if (files.has(name)) throw fault(where, "has a file twice", name.slice(0, 80));
    files.set(name, { begin, end: begin + size });
    place += 46 + nameLength + view.getUint16(place + 30, true) + view.getUint16(place + 32, true);
  }
  return files;
}

function textOf(bytes: Uint8Array, begin: number, end: number): string {
  if (end > bytes.length) throw new RangeError("a text ends late");
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(begin, end));
}

/** A class that the program names. It is only a name here. */
class Named {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Storage {
  readonly kind: string;
  readonly key: string;
  readonly count: number;
  constructor(kind: string, key: string, count: number) {
    this.kind = kind;
    this.key = key;
    this.count = count;
  }
}

class Tensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
  }
}

/** What the stack holds: lists are Python's tuples, maps its dictionaries. */
type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | Map<Value, Value>
  | Named
  | Storage
  | Tensor
  | typeof MARK;
const MARK = Symbol("mark");

/** A value head has tens of opcodes. */
const MAX_STEPS = 100_000;

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  readonly #stack: Value[] = [];
  readonly #memo = new Map<number, Value>();
  #at = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  run(): Value {
    for (let step = 0; step < MAX_STEPS; step++) {
      const opcode = this.#byte();
      if (opcode === 0x2e) return this.#pop(); // STOP
      this.#step(opcode);
    }
    throw fault(this.#where, "does not end");
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.#byte();
        return;
      case 0x95: // FRAME
        this.#skip(8);
        return;
      case 0x28: // MARK
        return this.#push(MARK);
      case 0x7d: // EMPTY_DICT
        return this.#push(new Map());
      case 0x29: // EMPTY_TUPLE
        return this.#push([]);
      case 0x74: // TUPLE
        return this.#push(this.#popToMark());
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(this.#popMany(opcode - 0x84));
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x4b: // BININT1
        return this.#push(this.#byte());
      case 0x4d: // BININT2
        return this.#push(this.#byte() + 256 * this.#byte());
      case 0x4a: // BININT
        return this.#push(this.#view.getInt32(this.#skip(4), true));
      case 0x8a: // LONG1
        return this.#push(this.#long(this.#byte()));
      case 0x58: // BINUNICODE
        return this.#push(this.#text(this.#view.getUint32(this.#skip(4), true)));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(this.#text(this.#byte()));
      case 0x63: // GLOBAL
        return this.#push(this.#named(this.#line(), this.#line()));
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        return this.#push(this.#named(nameOf(module), nameOf(name)));
      }
      case 0x71: // BINPUT
        this.#memo.set(this.#byte(), this.#top());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#view.getUint32(this.#skip(4), true), this.#top());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top());
        return;
      case 0x68: // BINGET
        return this.#push(this.#recall(this.#byte()));
      case 0x6a: // LONG_BINGET
        return this.#push(this.#recall(this.#view.getUint32(this.#skip(4), true)));
      case 0x51: // BINPERSID
        return this.#push(this.#storage(this.#pop()));
      case 0x52: {
        // REDUCE
        const [named, given] = this.#popMany(2);
        return this.#push(this.#made(named, given));
      }
      case 0x73: // SETITEM
        return this.#setItems(this.#popMany(2));
      case 0x75: // SETITEMS
        return this.#setItems(this.#popToMark());
      case 0x62: {
        // BUILD: the metadata of a state dictionary, which says nothing of its numbers
        const state = this.#pop();
        if (this.#top() instanceof Map && state instanceof Map) return;
        throw fault(this.#where, "changes an object that is not a dictionary");
      }
      default:
        throw fault(
          this.#where,
          "is a program with an opcode that is not read",
          `0x${opcode.toString(16).padStart(2, "0")} at byte ${this.#at - 1} of data.pkl`,
        );
    }
  }

  /** Returns what a class makes of its arguments: only what the reader knows. */
  #made(named: Value | undefined, given: Value | undefined): Value {
    const { name } = named instanceof Named ? named : { name: "" };
    const values = Array.isArray(given) ? given : [];
    if (name === DICTIONARY && values.length === 0) return new Map();
    const [first, offset, shape, strides] = values;
    if (name === PARAMETER && first instanceof Tensor) return first;
    const isTensor = name === TENSOR && first instanceof Storage;
    if (isTensor && isCount(offset) && isCounts(shape) && isCounts(strides)) {
      if (isContiguous(shape, strides)) return new Tensor(first, offset, shape);
      throw fault(this.#where, "holds a tensor whose rows are not one after the other");
    }
    throw fault(this.#where, "calls what is not read", name.slice(0, 80) || "a value");
  }

  #named(module: string, name: string): Named {
    const whole = `${module} ${name}`;
    if (CLASSES.includes(whole)) return new Named(whole);
    throw fault(this.#where, "names a class that is not read", whole.slice(0, 120));
  }

  #storage(id: Value): Storage {
    const [kind, named, key, , count] = Array.isArray(id) ? id : [];
    const isStorage = kind === "storage" && named instanceof Named && named.name in STORAGES;
    if (isStorage && typeof key === "string" && isCount(count)) {
      return new Storage(named.name, key, count);
    }
    throw fault(this.#where, "holds numbers of a type that is not read");
  }

  #setItems(items: readonly Value[]): void {
    const target = this.#top();
    if (!(target instanceof Map) || items.length % 2 !== 0) {
      throw fault(this.#where, "sets items of what is not a dictionary");
    }
    for (let i = 0; i < items.length; i += 2) target.set(at(items, i), at(items, i + 1));
  }

  #push(value: Value): void {
    this.#stack.push(value);
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw new RangeError("nothing to take");
    return value;
  }

  #popMany(count: number): Value[] {
    if (this.#stack.length < count) throw new RangeError("nothing to take");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): Value[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) throw new RangeError("no mark");
    return this.#stack.splice(mark).slice(1);
  }

  #top(): Value {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new RangeError("nothing there");
    return value;
  }

  #recall(index: number): Value {
    const value = this.#memo.get(index);
    if (value === undefined) throw new RangeError("nothing remembered");
    return value;
  }

  #byte(): number {
    return this.#view.getUint8(this.#at++);
  }

  /** Returns the place of the next bytes, and goes past them. */
  #skip(count: number): number {
    const begin = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) throw new RangeError("the program ends early");
    return begin;
  }

  #text(length: number): string {
    const begin = this.#skip(length);
    return textOf(this.#bytes, begin, begin + length);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RangeError("a line does not end");
    const line = textOf(this.#bytes, this.#at, end);
    this.#at = end + 1;
    return line;
  }

  /** Little-endian, two's complement. */
  #long(length: number): number {
    let value = 0n;
    const begin = this.#skip(length);
    for (let i = length - 1; i >= 0; i--) {
      value = value * 256n + BigInt(at(this.#bytes, begin + i));
    }
    return Number(BigInt.asIntN(8 * Math.max(1, length), value));
  }
}

function isCount(value: Value | undefined): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCounts(value: Value | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => isCount(one));
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    // The stride of an axis of one says nothing.
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= at(shape, i);
  }
  return strides.length === shape.length;
}

/** Returns a tensor as the file has it: its bytes are read from the zip in place. */
function entryOf(
  file: SourceFile,
  entries: ReadonlyMap<string, Range>,
  folder: string,
  name: Value,
  tensor: Value,
): TensorEntry {
  if (typeof name !== "string" || !(tensor instanceof Tensor)) {
    throw fault(file.path, "holds something else than tensors by name", nameOf(name).slice(0, 80));
  }
  const { storage, offset, shape } = tensor;
  const [dtype = "", bytes = 0] = STORAGES[storage.kind] ?? [];
  const stored = entries.get(`${folder}data/${storage.key}`);
  const count = shape.reduce((product, length) => product * length, 1);
  const begin = (stored?.begin ?? 0) + offset * bytes;
  const end = begin + count * bytes;
  if (!stored || end > stored.end || storage.count * bytes !== stored.end - stored.begin) {
    throw fault(file.path, "lacks bytes of a tensor", name.slice(0, 80));
  }
  return { name, dtype, shape, file, begin, end };
}

/** Returns a text, or the kind of what is not one: no name is made of it. */
function nameOf(value: Value | undefined): string {
  return typeof value === "string" ? value : `(${typeof value})`;
}
