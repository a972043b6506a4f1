// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * Chat templates: Jinja2 as transformers runs it (immutable sandbox, trim_blocks, lstrip_blocks,
 * loop controls, the tag `generation`), with Python's values.
 *
 * Written by hand, because the packages for JavaScript take their own language's idea of white
 * space, truth, numbers, text and scopes, and differ in silence. What is not here is refused.
 */
import { checkNames } from "./checks.ts";
import { parseTemplate } from "./syntax/parser.ts";
import { render } from "./interpreter.ts";
import { beginWork } from "./limits.ts";
import type { Body } from "./syntax/nodes.ts";
import { dictOf, Float, type Value } from "./values.ts";

/** A parsed template. */
export interface Template {
  render(variables: Readonly<Record<string, unknown>>): string;
  /** All literal texts of the template, for a search: what it could write by itself. */
  readonly literals: string;
}

/** Returns a template. @throws TemplateFault if it cannot be parsed */
export function compileTemplate(source: string): Template {
  const body = parseTemplate(source);
  checkNames(body);
  return {
    render(variables) {
      beginWork();
      const values = Object.entries(variables).map(
        ([name, value]) => [name, toValue(value)] as const,
      );
      return render(body, new Map(values));
    },
    literals: literalsOf(body),
  };
}

/** Returns a value of plain data, as JSON has it. */
function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isInteger(value) ? value : new Float(value);
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === "object") {
    return dictOf(Object.entries(value).map(([key, item]) => [key, toValue(item)] as const));
  }
  return `<${typeof value}>`;
}

/** Returns the literal text of a template. Python: transformers' `_get_template_literal_text`. */
function literalsOf(body: Body): string {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node !== "object" || node === null || Array.isArray(node)) return;
    const { kind, text, value } = node as { kind?: unknown; text?: unknown; value?: unknown };
    if (kind === "data" && typeof text === "string") found.push(text);
    if (kind === "const" && typeof value === "string") found.push(value);
    Object.values(node).forEach(visit);
  };
  visit(body);
  return found.join("\0");
}
