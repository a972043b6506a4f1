// Tested by: test/text/jinja/odd-templates.test.ts
/** Variables of a template: a scope for the template, each round of a loop, macro and block. */
import { Undefined, type Value } from "./values.ts";

export class Scope {
  readonly #values: Map<string, Value> = new Map();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  /** Sets a variable here; those of the same name outside stay as they are. */
  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  get(name: string): Value {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    return this.#parent ? this.#parent.get(name) : new Undefined(`'${name}' is undefined`);
  }
}
