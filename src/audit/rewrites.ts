// Tested by: test/audit/rewrites.test.ts
/**
 * Rewrites of responses from a file, for effects of attributes that no rule can edit (RATE, Reber
 * et al. 2025): a rewrite changes more than the attribute. So it is compared with its own rewrite
 * back.
 *
 *   {"id", "attribute", "response": 0 | 1 | "chosen" | "rejected", "has": true | false,
 *    "rewrite": TEXT, "back": TEXT}
 */
import { isObject, kindOf } from "../base/json.ts";
import { InputError } from "../errors.ts";

export interface Rewrite {
  /** The row's id. */
  readonly id: string;
  readonly attribute: string;
  /** Which response of the row, the right one first. */
  readonly response: number;
  /** Whether the response as it is has the attribute. */
  readonly has: boolean;
  /** The response with the attribute the other way. */
  readonly rewrite: string;
  /** The rewrite, rewritten to have the attribute as the response has it. */
  readonly back: string;
}

/**
 * Reads one row of a file of rewrites.
 * @throws InputError that names the field
 */
export function readRewrite(value: unknown, where: string): Rewrite {
  if (!isObject(value)) {
    throw new InputError({ where, expected: "a JSON object", got: kindOf(value) });
  }
  const text = (name: string): string => {
    const found = value[name];
    if (typeof found === "string") return found;
    throw new InputError({ where: `${where}, ${name}`, expected: "a text", got: kindOf(found) });
  };
  const { id, has, response } = value;
  if (typeof id !== "string" && typeof id !== "number") {
    throw new InputError({ where: `${where}, id`, expected: "a row's id", got: kindOf(id) });
  }
  if (has !== true && has !== false && has !== 0 && has !== 1) {
    throw new InputError({ where: `${where}, has`, expected: "true or false", got: kindOf(has) });
  }
  return {
    id: String(id),
    attribute: text("attribute"),
    response: responseOf(response, where),
    has: Boolean(has),
    rewrite: text("rewrite"),
    back: text("back"),
  };
}

function responseOf(value: unknown, where: string): number {
  if (value === "chosen" || value === undefined || value === null) return 0;
  if (value === "rejected") return 1;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  const expected = '"chosen", "rejected" or the number of a response';
  const got = typeof value === "number" ? value : kindOf(value);
  throw new InputError({ where: `${where}, response`, expected, got });
}
