// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/** Names quantised copies: `q4 of org/name@main`. */
import type { QuantisedForm } from "../../kernels/weight-forms.ts";

export function copyName(name: string, form: QuantisedForm): string {
  return `${form} of ${name}`;
}

/** Returns the model that a copy was made from, by the copy's name; undefined for other models. */
export function originalOf(name: string): string | undefined {
  return /^q[84] of (.+)$/.exec(name)?.[1];
}

/** Returns the form of a copy, by its name; undefined for other models. */
export function copyForm(name: string): QuantisedForm | undefined {
  return (["q8", "q4"] as const).find((form) => name.startsWith(`${form} of `));
}
