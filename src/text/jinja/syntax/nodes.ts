/** The syntax tree of a template: Jinja2's nodes, as data. */

/** A value that the source spells. */
export type Constant = string | number | boolean | null;

export type Expression =
  | { readonly kind: "const"; readonly value: Constant }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "tuple" | "list" | "concat"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly pairs: readonly (readonly [Expression, Expression])[] }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly value: Expression;
      readonly otherwise: Expression | undefined;
    }
  | {
      readonly kind: "and" | "or" | "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "not" | "negative" | "positive"; readonly value: Expression }
  | {
      readonly kind: "compare";
      readonly first: Expression;
      readonly rest: readonly (readonly [string, Expression])[];
    }
  | { readonly kind: "attribute"; readonly value: Expression; readonly name: string }
  | { readonly kind: "item"; readonly value: Expression; readonly key: Expression }
  | {
      readonly kind: "slice";
      readonly value: Expression;
      readonly bounds: readonly (Expression | undefined)[];
    }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: Arguments }
  | {
      readonly kind: "filter" | "test";
      /** Undefined in a filter block: there it is the block's text. */
      readonly value: Expression | undefined;
      readonly name: string;
      readonly args: Arguments;
    };

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly (readonly [string, Expression])[];
  /** `*list` and `**dict`. */
  readonly spread: Expression | undefined;
  readonly spreadNamed: Expression | undefined;
}

/** What a value is assigned to. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "namespace"; readonly name: string; readonly attribute: string }
  | { readonly kind: "tuple"; readonly items: readonly Target[] };

export interface Signature {
  readonly names: readonly string[];
  /** The defaults of the last names. */
  readonly defaults: readonly Expression[];
}

export type Body = readonly Statement[];

export type Statement =
  | { readonly kind: "data"; readonly text: string }
  | { readonly kind: "print"; readonly value: Expression }
  | {
      readonly kind: "for";
      readonly target: Target;
      readonly list: Expression;
      readonly test: Expression | undefined;
      readonly recursive: boolean;
      readonly body: Body;
      readonly otherwise: Body;
    }
  | {
      readonly kind: "branch";
      readonly tests: readonly (readonly [Expression, Body])[];
      readonly otherwise: Body;
    }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: "setBlock";
      readonly target: Target;
      readonly filter: Expression | undefined;
      readonly body: Body;
    }
  | {
      readonly kind: "with";
      readonly targets: readonly Target[];
      readonly values: readonly Expression[];
      readonly body: Body;
    }
  | {
      readonly kind: "macro";
      readonly name: string;
      readonly signature: Signature;
      readonly body: Body;
    }
  | {
      readonly kind: "callBlock";
      readonly call: Expression;
      readonly signature: Signature;
      readonly body: Body;
    }
  | { readonly kind: "filterBlock"; readonly filter: Expression; readonly body: Body }
  | { readonly kind: "scope"; readonly body: Body }
  | { readonly kind: "break" | "continue" };
