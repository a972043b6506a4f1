// Tested by: test/text/jinja/odd-templates.test.ts
/** Checks of a whole tree that Jinja2 makes when it compiles a template. */
import { syntax } from "./fault.ts";
import { isFilter } from "./filters.ts";
import type { Body } from "./syntax/nodes.ts";
import { isTest } from "./tests.ts";

/** Statements whose bodies are scopes of their own. */
const SCOPES = ["for", "setBlock", "with", "macro", "callBlock", "filterBlock", "scope"];

/**
 * Checks the names of filters and tests. Inside of an `if` they are checked when they are used.
 * @throws TemplateFault for one that Jinja2 does not have
 */
export function checkNames(body: Body): void {
  visit(body, false);
}

function visit(node: unknown, isConditional: boolean): void {
  if (Array.isArray(node)) for (const child of node) visit(child, isConditional);
  if (typeof node !== "object" || node === null || Array.isArray(node)) return;
  const { kind, name } = node as { kind?: unknown; name?: unknown };
  if (!isConditional && typeof name === "string") {
    if (kind === "filter" && !isFilter(name)) throw syntax(`No filter named '${name}'.`);
    if (kind === "test" && !isTest(name)) throw syntax(`No test named '${name}'.`);
  }
  const isInside =
    kind === "branch" || kind === "if" || (isConditional && !SCOPES.includes(String(kind)));
  for (const child of Object.values(node)) visit(child, isInside);
}

/** Filters that Jinja2 does not compute before the template runs: they read its variables. */
const LATE = ["map", "select", "reject", "selectattr", "rejectattr"];

/** Returns whether Jinja2 would compute an expression when it compiles the template. */
export function isConstant(node: unknown): boolean {
  if (Array.isArray(node)) return node.every(isConstant);
  if (typeof node !== "object" || node === null) return true;
  const { kind, name } = node as { kind?: unknown; name?: unknown };
  if (kind === "name" || kind === "call") return false;
  if (kind === "filter" && LATE.includes(String(name))) return false;
  return Object.values(node).every(isConstant);
}
