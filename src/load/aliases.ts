/**
 * Words of transformers.js that mean exactly what a word of ours means. Others are errors that name
 * ours: `fp16` would round the weights.
 */
import { InputError } from "../errors.ts";
import { isHubName } from "../files/resolve-source.ts";
import type { ModelFolder } from "../files/resolve-source.ts";
import type { WeightForm } from "../types.ts";

/** The forms of weights by the names of other libraries; `fp32` rounds nothing, as `stored`. */
const FORMS = { q4: "q4", q8: "q8", fp32: "stored" } as const;

export const DTYPES: readonly string[] = Object.keys(FORMS);

export interface LoadAliases {
  /** As `weights`: `q4` and `q8` are ours, `fp32` is `stored`. */
  readonly dtype?: keyof typeof FORMS | undefined;
  /** Nothing else is possible. */
  readonly device?: "webgpu" | undefined;
  /** A branch, tag or commit of a model of the hub, as in the name `org/name@revision`. */
  readonly revision?: string | undefined;
}

/**
 * Returns a folder and options that say the same without aliases.
 * @throws InputError if an alias contradicts what it stands for
 */
export function inOwnWords<Options extends { readonly weights?: WeightForm | undefined }>(
  from: ModelFolder,
  options: Options & LoadAliases,
): { readonly from: ModelFolder; readonly options: Omit<Options, keyof LoadAliases> } {
  const { dtype, device: _, revision, ...own } = options;
  const whole = revision === undefined ? from : withRevision(from, revision);
  if (dtype === undefined) return { from: whole, options: own };
  const weights = FORMS[dtype];
  if (own.weights !== undefined && own.weights !== weights) {
    throw new InputError({
      where: "dtype",
      expected: `nothing beside weights: "${own.weights}"`,
      got: dtype,
      todo: "Give one of them",
    });
  }
  return { from: whole, options: { ...own, weights } };
}

function withRevision(from: ModelFolder, revision: string): string {
  const where = "revision";
  if (!isHubName(from)) {
    const expected = "a model of the hub: only these have revisions";
    throw new InputError({ where, expected, got: revision, todo: "Leave it out" });
  }
  const [name = "", ...named] = from.split("@");
  if (named.length > 0 && named.join("@") !== revision) {
    throw new InputError({ where, expected: `that of ${from}`, got: revision });
  }
  return `${name}@${revision}`;
}
