// Tested by: test/checkpoint/exported.test.ts
/** In which form the matrices of a checkpoint are held. */
import type { Checkpoint } from "./checkpoint.ts";
import { InputError } from "../errors.ts";
import type { WeightForm } from "../types.ts";

/**
 * Returns the form of a load: the one that is asked for, or that of an export for the web, which
 * has no other.
 * @param asked the option `weights`
 * @throws InputError if an export is asked for in another form than its own
 */
export function weightForm(
  asked: WeightForm | undefined,
  { source, exported }: Checkpoint,
): WeightForm {
  if (!exported) return asked ?? "stored";
  if (asked === undefined || asked === exported.form) return exported.form;
  throw new InputError({
    where: `${source.name}, weights`,
    what: `the folder is an export in ${exported.form}, and holds no other form`,
    expected: exported.form,
    got: asked,
    todo: "Leave the option out, or load the original model",
  });
}
