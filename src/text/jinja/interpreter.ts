// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * Renders a parsed template.
 *
 *     tree + variables ─ statements write text, expressions give values ─ text
 */
import { failed, syntax, unsupported } from "./fault.ts";
import { runFilter } from "./filters.ts";
import { setAttribute, templateGlobals } from "./globals.ts";
import { checkLength, MAX_DEPTH, spend } from "./limits.ts";
import { Loop, unpack } from "./loop.ts";
import type { Arguments, Body, Expression, Signature, Statement, Target } from "./syntax/nodes.ts";
import {
  arithmetic,
  attribute,
  comparison,
  isSequence,
  signed,
  slice,
  subscript,
} from "./operators.ts";
import { isConstant } from "./checks.ts";
import { Scope } from "./scope.ts";
import { str } from "./text.ts";
import { runTest } from "./tests.ts";
import {
  Callable,
  dictOf,
  Float,
  Instance,
  isTrue,
  iterate,
  Namespace,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from "./values.ts";

/** How a body ended: at its end, or by a loop's control. */
type Ending = "end" | "break" | "continue";

/**
 * Returns the text of a template.
 * @throws TemplateFault if Python would raise an error
 */
export function render(body: Body, variables: ReadonlyMap<string, Value>): string {
  const scope = new Scope();
  for (const [name, value] of templateGlobals()) scope.set(name, value);
  for (const [name, value] of variables) scope.set(name, value);
  return new Rendering().text(body, new Scope(scope));
}

class Rendering {
  #depth = 0;

  /** Returns what a body writes. */
  text(body: Body, scope: Scope): string {
    const out = new Output();
    this.#run(body, scope, out);
    return out.text;
  }

  #run(body: Body, scope: Scope, out: Output): Ending {
    for (const statement of body) {
      const ending = this.#statement(statement, scope, out);
      if (ending !== "end") return ending;
    }
    return "end";
  }

  #statement(node: Statement, scope: Scope, out: Output): Ending {
    spend(1);
    switch (node.kind) {
      case "data":
        out.write(node.text);
        return "end";
      case "print":
        out.write(str(this.#printed(node.value, scope)));
        return "end";
      case "branch": {
        const taken = node.tests.find(([test]) => isTrue(this.#value(test, scope)));
        return this.#run(taken ? taken[1] : node.otherwise, scope, out);
      }
      case "for":
        return this.#for(node, scope, out);
      case "set":
        this.#assign(node.target, this.#value(node.value, scope), scope);
        return "end";
      case "setBlock": {
        const text = this.text(node.body, new Scope(scope));
        this.#assign(node.target, this.#filtered(node.filter, text, scope), scope);
        return "end";
      }
      case "with": {
        const inner = new Scope(scope);
        node.targets.forEach((target, i) => {
          const value = node.values[i];
          if (value) this.#assign(target, this.#value(value, scope), inner);
        });
        return this.#run(node.body, inner, out);
      }
      case "macro":
        scope.set(node.name, this.#macro(node.name, node.signature, node.body, scope));
        return "end";
      case "callBlock": {
        const caller = this.#macro("caller", node.signature, node.body, scope);
        if (node.call.kind !== "call") throw syntax("expected call");
        out.write(str(this.#call(node.call, scope, caller)));
        return "end";
      }
      case "filterBlock": {
        const text = this.text(node.body, new Scope(scope));
        out.write(str(this.#filtered(node.filter, text, scope)));
        return "end";
      }
      case "scope":
        out.write(this.text(node.body, new Scope(scope)));
        return "end";
      case "break":
      case "continue":
        return node.kind;
    }
  }

  #for(node: Statement & { kind: "for" }, scope: Scope, out: Output, depth = 0): Ending {
    return this.#loop(node, this.#value(node.list, scope), scope, out, depth);
  }

  #loop(
    node: Statement & { kind: "for" },
    list: Value,
    scope: Scope,
    out: Output,
    depth: number,
  ): Ending {
    const recurse = (inner: Value): Value => {
      const text = new Output();
      this.#deeper(() => this.#loop(node, inner, scope, text, depth + 1));
      return text.text;
    };
    const values = node.test ? this.#chosen(node, list, scope) : iterate(list);
    const of = node.test ? undefined : list;
    const loop = new Loop(values, of, depth, node.recursive ? recurse : undefined);
    // Jinja2 runs the else part also if no round came to its end: by a break or continue.
    let isEmpty = true;
    for (let value = loop.next(); value !== undefined; value = loop.next()) {
      spend(1);
      const round = new Scope(scope);
      round.set("loop", loop.instance);
      this.#assign(node.target, value, round);
      const ending = this.#run(node.body, round, out);
      if (ending === "end") isEmpty = false;
      if (ending === "break") break;
    }
    return isEmpty ? this.#run(node.otherwise, new Scope(scope), out) : "end";
  }

  /** Yields the values that pass the loop's own `if`, tested one by one. */
  *#chosen(node: Statement & { kind: "for" }, list: Value, scope: Scope): Generator<Value> {
    for (const value of iterate(list)) {
      spend(1);
      const inner = new Scope(scope);
      this.#assign(node.target, value, inner);
      if (node.test && isTrue(this.#value(node.test, inner))) yield value;
    }
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === "name") scope.set(target.name, value);
    else if (target.kind === "namespace") {
      const namespace = scope.get(target.name);
      if (!(namespace instanceof Namespace)) {
        throw failed("cannot assign attribute on non-namespace object");
      }
      setAttribute(namespace, target.attribute, value);
    } else {
      const values = unpack(iterate(value), target.items.length);
      target.items.forEach((item, i) => this.#assign(item, values[i] ?? null, scope));
    }
  }

  /** Returns a macro, or the caller of a call block. */
  #macro(name: string, signature: Signature, body: Body, scope: Scope): Callable {
    const { names, defaults } = signature;
    const uses = (special: string): boolean => !names.includes(special) && loads(body, special);
    const [takesRest, takesNamed, takesCaller] = ["varargs", "kwargs", "caller"].map(uses);
    const call: Callable["call"] = (args, given) => {
      const named = new Map(given);
      const inner = new Scope(scope);
      names.forEach((parameter, i) => {
        const value = i < args.length ? args[i] : named.get(parameter);
        if (i >= args.length) named.delete(parameter);
        const fallback = defaults[i - (names.length - defaults.length)];
        const otherwise = (): Value =>
          fallback
            ? this.#value(fallback, inner)
            : new Undefined(`parameter '${parameter}' was not provided`);
        inner.set(parameter, value ?? (value === null ? null : otherwise()));
      });
      if (takesCaller === true) {
        inner.set("caller", named.get("caller") ?? new Undefined("No caller defined"));
        named.delete("caller");
      }
      if (takesNamed === true) inner.set("kwargs", dictOf(named));
      else if (named.size > 0) {
        throw failed(`macro '${name}' takes no keyword argument '${[...named.keys()].join()}'`);
      }
      if (takesRest === true) inner.set("varargs", new Tuple(args.slice(names.length)));
      else if (args.length > names.length) {
        throw failed(`macro '${name}' takes not more than ${names.length} argument(s)`);
      }
      return this.#deeper(() => this.text(body, inner));
    };
    return new Callable(name, call, new Map([["name", name]]));
  }

  #deeper<T>(run: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw failed("maximum recursion depth exceeded");
    this.#depth += 1;
    try {
      return run();
    } finally {
      this.#depth -= 1;
    }
  }

  /** Returns the value of a print. `safe` means nothing there: chats are not escaped. */
  #printed(node: Expression, scope: Scope): Value {
    const isSafe = node.kind === "filter" && node.name === "safe" && node.value;
    return isSafe ? str(this.#value(isSafe, scope)) : this.#value(node, scope);
  }

  #value(node: Expression, scope: Scope): Value {
    spend(1);
    switch (node.kind) {
      case "const":
        return node.value;
      case "float":
        return new Float(node.value);
      case "name":
        return this.#name(node.name, scope);
      case "tuple":
        return new Tuple(node.items.map((item) => this.#value(item, scope)));
      case "list":
        return node.items.map((item) => this.#value(item, scope));
      case "dict":
        return dictOf(
          node.pairs.map(
            ([key, value]) => [this.#value(key, scope), this.#value(value, scope)] as const,
          ),
        );
      case "concat": {
        const parts = node.items.map((item) => str(this.#value(item, scope)));
        checkLength(parts.reduce((sum, part) => sum + part.length, 0));
        return parts.join("");
      }
      case "if":
        if (isTrue(this.#value(node.test, scope))) return this.#value(node.value, scope);
        if (node.otherwise) return this.#value(node.otherwise, scope);
        return new Undefined("the inline if-expression evaluated to false and has no else");
      case "and": {
        const left = this.#value(node.left, scope);
        return isTrue(left) ? this.#value(node.right, scope) : left;
      }
      case "or": {
        const left = this.#value(node.left, scope);
        return isTrue(left) ? left : this.#value(node.right, scope);
      }
      case "not":
        return !isTrue(this.#value(node.value, scope));
      case "negative":
        return signed(this.#value(node.value, scope), -1);
      case "positive":
        return signed(this.#value(node.value, scope), 1);
      case "binary":
        return arithmetic(
          node.operator,
          this.#value(node.left, scope),
          this.#value(node.right, scope),
        );
      case "compare":
        return this.#compare(node, scope);
      case "attribute":
        return attribute(this.#value(node.value, scope), node.name);
      case "item":
        return subscript(this.#value(node.value, scope), this.#value(node.key, scope));
      case "slice": {
        const bounds = node.bounds.map((bound) => bound && this.#value(bound, scope));
        const value = this.#value(node.value, scope);
        // Jinja2 computes constants by other rules, if it can.
        if (!isSequence(value) && isConstant(node.value))
          throw unsupported("a slice of a constant");
        return slice(value, bounds);
      }
      case "call":
        return this.#call(node, scope);
      case "filter":
        if (!node.value) throw syntax("a filter without a value");
        if (node.name === "safe") throw unsupported("the filter safe inside an expression");
        return this.#filter(node, this.#value(node.value, scope), scope);
      case "test": {
        if (!node.value) throw syntax("a test without a value");
        const value = this.#value(node.value, scope);
        const [args, named] = this.#arguments(node.args, scope);
        return runTest(node.name, value, args, named);
      }
    }
  }

  #name(name: string, scope: Scope): Value {
    const value = scope.get(name);
    const isSpecial = value instanceof Undefined && (name === "self" || name === "super");
    if (isSpecial) throw unsupported(`the name ${name}`);
    return value;
  }

  #compare(node: Expression & { kind: "compare" }, scope: Scope): Value {
    let left = this.#value(node.first, scope);
    for (const [operator, operand] of node.rest) {
      const right = this.#value(operand, scope);
      if (!comparison(operator, left, right)) return false;
      left = right;
    }
    return true;
  }

  /** Returns the value of a chain of filters that ends in a block's text. */
  #filtered(node: Expression | undefined, text: string, scope: Scope): Value {
    if (!node) return text;
    if (node.kind !== "filter") throw syntax("expected a filter");
    if (node.name === "safe") throw unsupported("the filter safe of a block");
    return this.#filter(node, this.#filtered(node.value, text, scope), scope);
  }

  #filter(node: Expression & { kind: "filter" | "test" }, value: Value, scope: Scope): Value {
    const [args, named] = this.#arguments(node.args, scope);
    return runFilter(node.name, value, args, named);
  }

  #call(node: Expression & { kind: "call" }, scope: Scope, caller?: Callable): Value {
    const callee = this.#value(node.callee, scope);
    const [args, named] = this.#arguments(node.args, scope);
    if (caller) named.set("caller", caller);
    if (callee instanceof Undefined) throw failed(`${callee.what}, and is called`);
    if (callee instanceof Callable) return callee.call(args, named);
    if (callee instanceof Instance && callee.call) return callee.call(args, named);
    throw failed(`'${typeName(callee)}' object is not callable`);
  }

  #arguments(
    { positional, named, spread, spreadNamed }: Arguments,
    scope: Scope,
  ): [Value[], Map<string, Value>] {
    const args = positional.map((each) => this.#value(each, scope));
    const names = new Map(named.map(([name, each]) => [name, this.#value(each, scope)] as const));
    if (spread) args.push(...iterate(this.#value(spread, scope)));
    if (spreadNamed) {
      const more = this.#value(spreadNamed, scope);
      if (!(more instanceof Map)) throw failed("argument after ** must be a mapping");
      for (const [key, value] of more.values()) {
        if (typeof key !== "string") throw failed("keywords must be strings");
        if (names.has(key)) throw failed(`got multiple values for keyword argument '${key}'`);
        names.set(key, value);
      }
    }
    return [args, names];
  }
}

/** Text as it is written, bounded. */
class Output {
  readonly #parts: string[] = [];
  #length = 0;

  get text(): string {
    return this.#parts.join("");
  }

  write(text: string): void {
    this.#length += text.length;
    checkLength(this.#length);
    this.#parts.push(text);
  }
}

/** Returns whether a tree reads a variable of that name. */
function loads(node: unknown, name: string): boolean {
  if (Array.isArray(node)) return node.some((child) => loads(child, name));
  if (typeof node !== "object" || node === null) return false;
  if ("kind" in node && node.kind === "name" && "name" in node) return node.name === name;
  return Object.values(node).some((child) => loads(child, name));
}
