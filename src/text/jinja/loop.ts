// Tested by: test/text/jinja/odd-templates.test.ts
/** The variable `loop`: Jinja2's LoopContext, which looks one value ahead at most. */
import { failed, missing } from "./fault.ts";
import {
  Callable,
  equals,
  Instance,
  Lazy,
  lengthOf,
  Tuple,
  Undefined,
  type Value,
} from "./values.ts";

const ABSENT = Symbol("absent");

export class Loop {
  #values: Iterator<Value>;
  readonly #depth: number;
  #length: number | undefined;
  #index = -1;
  #before: Value | typeof ABSENT = ABSENT;
  #now: Value | typeof ABSENT = ABSENT;
  #after: Value | typeof ABSENT = ABSENT;
  #changed: Value | typeof ABSENT = ABSENT;
  /** The object that templates see. */
  readonly instance: Instance;

  /**
   * @param of the list, if it is as long as the loop
   * @param recurse renders the loop's body for another list; undefined if it is not recursive
   */
  constructor(
    values: Iterator<Value>,
    of: Value | undefined,
    depth: number,
    recurse?: (list: Value) => Value,
  ) {
    this.#values = values;
    this.#depth = depth;
    if (of !== undefined && !(of instanceof Lazy)) this.#length = lengthOf(of);
    this.instance = new Instance(
      "LoopContext",
      (name) => this.#read(name),
      (args) => {
        const [list = null] = args;
        if (!recurse || args.length !== 1) {
          throw failed("The loop must have the 'recursive' marker to be called recursively.");
        }
        return recurse(list);
      },
    );
  }

  /** Returns the next value; undefined at the end. */
  next(): Value | undefined {
    const value = this.#after === ABSENT ? this.#pull() : this.#after;
    this.#after = ABSENT;
    if (value === ABSENT) return undefined;
    this.#index += 1;
    this.#before = this.#now;
    this.#now = value;
    return value;
  }

  #pull(): Value | typeof ABSENT {
    const { done, value } = this.#values.next();
    return done === true ? ABSENT : value;
  }

  #peek(): Value | typeof ABSENT {
    if (this.#after === ABSENT) this.#after = this.#pull();
    return this.#after;
  }

  #count(): number {
    if (this.#length !== undefined) return this.#length;
    const rest: Value[] = [];
    for (let value = this.#pull(); value !== ABSENT; value = this.#pull()) rest.push(value);
    this.#values = rest.values();
    this.#length = rest.length + this.#index + 1 + (this.#after === ABSENT ? 0 : 1);
    return this.#length;
  }

  #read(name: string): Value | undefined {
    switch (name) {
      case "index":
        return this.#index + 1;
      case "index0":
        return this.#index;
      case "revindex":
        return this.#count() - this.#index;
      case "revindex0":
        return this.#count() - this.#index - 1;
      case "first":
        return this.#index === 0;
      case "last":
        return this.#peek() === ABSENT;
      case "length":
        return this.#count();
      case "depth":
        return this.#depth + 1;
      case "depth0":
        return this.#depth;
      case "previtem":
        return given(this.#before, "there is no previous item");
      case "nextitem":
        return given(this.#peek(), "there is no next item");
      case "cycle":
        return new Callable(name, (args) => {
          if (args.length === 0) throw failed("no items for cycling given");
          return args[this.#index % args.length] ?? null;
        });
      case "changed":
        return new Callable(name, (args) => {
          const value = new Tuple(args);
          if (this.#changed !== ABSENT && equals(this.#changed, value)) return false;
          this.#changed = value;
          return true;
        });
      default:
        return undefined;
    }
  }
}

function given(value: Value | typeof ABSENT, otherwise: string): Value {
  return value === ABSENT ? new Undefined(otherwise) : value;
}

/** Returns the values of an iterable, in the number that a target has. */
export function unpack(values: Iterable<Value>, count: number): Value[] {
  const items = [...values];
  if (items.length === count) return items;
  throw items.length < count
    ? missing(`not enough values to unpack (expected ${count}, got ${items.length})`)
    : missing(`too many values to unpack (expected ${count})`);
}
