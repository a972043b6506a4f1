// Tested by: test/text/jinja/odd-templates.test.ts
/** Arguments of a call, bound to the names of the function's parameters as Python binds them. */
import { failed } from "./fault.ts";
import type { Value } from "./values.ts";

/** A parameter; one without a default must be given. */
export type Parameter = string | readonly [string, Value];

/**
 * Returns the value of each parameter.
 * @throws TemplateFault for a missing, unknown or repeated argument
 */
export function bind(
  name: string,
  parameters: readonly Parameter[],
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
): Value[] {
  const names = parameters.map((each) => (typeof each === "string" ? each : each[0]));
  if (args.length > parameters.length) {
    throw failed(`${name}() takes ${parameters.length} arguments but ${args.length} were given`);
  }
  for (const given of named.keys()) {
    const at = names.indexOf(given);
    if (at < 0) throw failed(`${name}() got an unexpected keyword argument '${given}'`);
    if (at < args.length) throw failed(`${name}() got multiple values for argument '${given}'`);
  }
  return parameters.map((parameter, i) => {
    const value = i < args.length ? args[i] : named.get(names[i] ?? "");
    if (value !== undefined) return value;
    if (typeof parameter !== "string") return parameter[1];
    throw failed(`${name}() missing required argument: '${parameter}'`);
  });
}

/** Returns the arguments of a function that takes no names. */
export function positionalOnly(
  name: string,
  args: readonly Value[],
  named: ReadonlyMap<string, Value>,
  least: number,
  most: number = least,
): readonly Value[] {
  if (named.size > 0) throw failed(`${name}() takes no keyword arguments`);
  if (args.length < least || args.length > most) {
    throw failed(`${name}() takes ${least} to ${most} arguments (${args.length} given)`);
  }
  return args;
}
