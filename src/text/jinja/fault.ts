// Tested by: test/text/jinja/odd-templates.test.ts
/** What can go wrong in a template, by who must act. */

/**
 * - `syntax`: the template cannot be parsed.
 * - `raised`: the template calls raise_exception.
 * - `missing`: it uses a value that is not there, mostly one that the conversation does not have.
 * - `failed`: Python would raise another error, or the template exceeds a limit.
 * - `unsupported`: Jinja2 has it, this engine does not.
 */
export type FaultKind = "syntax" | "raised" | "missing" | "failed" | "unsupported";

export class TemplateFault extends Error {
  override readonly name = "TemplateFault";
  readonly kind: FaultKind;

  constructor(kind: FaultKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Returns the error that Jinja2 raises when a template is parsed. */
export function syntax(message: string): TemplateFault {
  return new TemplateFault("syntax", message);
}

/** Returns the error that Python raises for a wrong type or value. */
export function failed(message: string): TemplateFault {
  return new TemplateFault("failed", message);
}

/** Returns the error for a value that the conversation does not have: Jinja2's UndefinedError. */
export function missing(message: string): TemplateFault {
  return new TemplateFault("missing", message);
}

/** Returns the error for a part of Jinja2 or Python that this engine does not have. */
export function unsupported(what: string): TemplateFault {
  return new TemplateFault("unsupported", what);
}
