// Tested by: test/store/copies/quantised-copy.gpu.test.ts
/** How quantised copies are called: `q4 of org/name@main`. */
import type { QuantisedForm } from "../../kernels/weight-forms.ts";

export function copyName(name: string, form: QuantisedForm): string {
  return `${form} of ${name}`;
}

/** The model that a copy was made of, by the copy's name; undefined for models that are no copies. */
export function originalOf(name: string): string | undefined {
  return /^q[84] of (.+)$/.exec(name)?.[1];
}

/** The form of a copy, by its name; undefined for models that are no copies. */
export function copyForm(name: string): QuantisedForm | undefined {
  return (["q8", "q4"] as const).find((form) => name.startsWith(`${form} of `));
}
