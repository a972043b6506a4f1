// Tested by: test/text/jinja/odd-templates.test.ts
/** What every chat template may call: Jinja2's globals, with those that transformers adds. */
import { bind, positionalOnly } from "./arguments.ts";
import { failed, missing, TemplateFault, unsupported } from "./fault.ts";
import { checkRange } from "./limits.ts";
import { strftime } from "./strftime.ts";
import { str } from "./text.ts";
import {
  Callable,
  dictOf,
  Instance,
  iterate,
  Namespace,
  Range,
  setItem,
  Undefined,
  type Dict,
  type Value,
} from "./values.ts";

function range(args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const bounds = positionalOnly("range", args, named, 1, 3).map((bound) => {
    if (typeof bound === "number" || typeof bound === "boolean") return Number(bound);
    if (bound instanceof Undefined) return bound.fail();
    throw failed("range() takes integers");
  });
  const [first = 0, second, step = 1] = bounds;
  if (step === 0) throw failed("range() arg 3 must not be zero");
  const made = second === undefined ? new Range(0, first, 1) : new Range(first, second, step);
  checkRange(made.length);
  return made;
}

/** Returns the dict of a mapping or of pairs, and of names. */
function dict(args: readonly Value[], named: ReadonlyMap<string, Value>): Dict {
  const [from] = positionalOnly("dict", args, new Map(), 0, 1);
  const made: Dict = new Map();
  if (from instanceof Map) for (const [key, value] of from.values()) setItem(made, key, value);
  else if (from !== undefined) {
    for (const pair of iterate(from)) {
      const [key, value, more] = iterate(pair);
      if (key === undefined || value === undefined || more !== undefined) {
        throw failed("dict() takes pairs");
      }
      setItem(made, key, value);
    }
  }
  for (const [name, value] of named) setItem(made, name, value);
  return made;
}

/** Sets an attribute. @throws TemplateFault for a name that begins with an underscore */
export function setAttribute(of: Namespace, name: string, value: Value): void {
  if (name.startsWith("_")) {
    throw failed(`cannot store the attribute '${name}' on a namespace: it begins with _`);
  }
  of.attributes.set(name, value);
}

function namespace(args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const made = new Namespace();
  for (const [key, value] of dict(args, named).values()) setAttribute(made, str(key), value);
  return made;
}

function cycler(args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const items = positionalOnly("cycler", args, named, 0, Number.POSITIVE_INFINITY);
  if (items.length === 0) throw missing("at least one item has to be provided");
  let at = 0;
  const current = (): Value => items[at] ?? null;
  const next = (): Value => {
    const value = current();
    at = (at + 1) % items.length;
    return value;
  };
  return new Instance("Cycler", (name) => {
    if (name === "current") return current();
    if (name === "next") return new Callable(name, next);
    if (name !== "reset") return undefined;
    return new Callable(name, () => {
      at = 0;
      return null;
    });
  });
}

function joiner(args: readonly Value[], named: ReadonlyMap<string, Value>): Value {
  const [separator = ", "] = bind("joiner", [["sep", ", "]], args, named);
  let isUsed = false;
  return new Instance(
    "Joiner",
    () => undefined,
    () => {
      const given = isUsed ? separator : "";
      isUsed = true;
      return given;
    },
  );
}

/** Returns the globals of one rendering. */
export function templateGlobals(): Map<string, Value> {
  const functions: readonly (readonly [string, Callable["call"]])[] = [
    ["range", range],
    ["namespace", namespace],
    ["cycler", cycler],
    ["joiner", joiner],
    [
      "lipsum",
      () => {
        throw unsupported("the function lipsum");
      },
    ],
    [
      "raise_exception",
      (args, named) => {
        const [message = null] = bind("raise_exception", ["message"], args, named);
        throw new TemplateFault("raised", str(message));
      },
    ],
    [
      "strftime_now",
      (args, named) => {
        const [format = null] = bind("strftime_now", ["format"], args, named);
        if (typeof format !== "string") throw failed("strftime_now() takes a text");
        return strftime(format, new Date());
      },
    ],
  ];
  const globals = new Map<string, Value>(
    functions.map(([name, call]) => [name, new Callable(name, call)]),
  );
  const fromKeys = new Callable("fromkeys", (args, named) => {
    const [keys = null, value = null] = bind("fromkeys", ["keys", ["value", null]], args, named);
    return dictOf(Array.from(iterate(keys), (key) => [key, value] as const));
  });
  const read = (name: string): Value | undefined => (name === "fromkeys" ? fromKeys : undefined);
  globals.set("dict", new Instance("TemplateDict", read, dict));
  return globals;
}
