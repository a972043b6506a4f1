// Tested by: test/text/jinja/odd-templates.test.ts
/** Methods of lists, tuples and dicts, without those that change them: the sandbox is immutable. */
import { positionalOnly } from "./arguments.ts";
import { failed } from "./fault.ts";
import {
  Callable,
  equals,
  keyOf,
  setItem,
  Tuple,
  Undefined,
  View,
  type Dict,
  type Value,
} from "./values.ts";

const CHANGES_DICT = ["clear", "pop", "popitem", "setdefault", "update"];
const CHANGES_LIST = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

/** Returns a dict's method; undefined if it has none of that name. */
export function dictMethod(dict: Dict, name: string): Value | undefined {
  if (CHANGES_DICT.includes(name)) return unsafe("dict", name);
  switch (name) {
    case "items":
    case "keys":
    case "values":
      return new Callable(name, (args, named) => {
        positionalOnly(name, args, named, 0);
        return new View(name, dict);
      });
    case "get":
      return new Callable(name, (args, named) => {
        const [key = null, otherwise = null] = positionalOnly(name, args, named, 1, 2);
        return dict.get(keyOf(key))?.[1] ?? otherwise;
      });
    case "copy":
      return new Callable(name, () => new Map(dict));
    case "fromkeys":
      return new Callable(name, (args, named) => {
        const [keys = null, value = null] = positionalOnly(name, args, named, 1, 2);
        const made: Dict = new Map();
        for (const key of Array.isArray(keys) ? keys : []) setItem(made, key, value);
        return made;
      });
    default:
      return undefined;
  }
}

/** Returns a list's or tuple's method; undefined if it has none of that name. */
export function listMethod(list: Value[] | Tuple, name: string): Value | undefined {
  const items = Array.isArray(list) ? list : list.items;
  if (Array.isArray(list) && CHANGES_LIST.includes(name)) return unsafe("list", name);
  if (name === "count") {
    return new Callable(name, (args, named) => {
      const [value = null] = positionalOnly(name, args, named, 1);
      return items.filter((item) => equals(item, value)).length;
    });
  }
  if (name === "index") {
    return new Callable(name, (args, named) => {
      const [value = null] = positionalOnly(name, args, named, 1);
      const at = items.findIndex((item) => equals(item, value));
      if (at < 0) throw failed("the value is not in the list");
      return at;
    });
  }
  if (name === "copy" && Array.isArray(list)) return new Callable(name, () => [...list]);
  return undefined;
}

function unsafe(type: string, name: string): Undefined {
  return new Undefined(`access to attribute '${name}' of '${type}' object is unsafe.`);
}
