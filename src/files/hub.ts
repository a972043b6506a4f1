// Tested by: test/files/resolve-source.test.ts
/** Opens models of the Hugging Face hub by name: `org/name` or `org/name@revision`. */
import { checkOptions, isAnything, isFunction, isText } from "../base/options.ts";
import type { Rules } from "../base/options.ts";
import { InputError } from "../errors.ts";
import { httpSource } from "./http/http-source.ts";
import type { HttpSourceOptions } from "./http/http-source.ts";
import type { Source } from "./source.ts";

export interface HubOptions extends Pick<HttpSourceOptions, "fetch" | "retry"> {
  /** For gated and private models; from the hub's settings, "Access Tokens". */
  readonly token?: string | undefined;
  /** `https://huggingface.co` by default; or a mirror, or your own hub. */
  readonly endpoint?: string | undefined;
}

const RULES: Rules<HubOptions> = {
  token: isText,
  endpoint: isText,
  fetch: isFunction,
  retry: isAnything,
};
const ENDPOINT = "https://huggingface.co";
const REVISION = "main";
/** The hub's own rule for either half of a name. */
const NAME = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?$/;

/**
 * Returns a model of the hub as a folder.
 * @param id `org/name@revision`: a branch, a tag or a commit; `main` by default
 * @throws InputError if the hub cannot have such a name
 */
export function hubSource(id: string, options: HubOptions = {}): Source {
  checkOptions("hubSource", options, RULES);
  const { owner, name, revision } = parseId(id);
  const endpoint = (options.endpoint ?? ENDPOINT).replace(/\/+$/, "");
  const page = `${endpoint}/${owner}/${name}`;
  return httpSource(`${page}/resolve/${encodeURIComponent(revision)}/`, {
    name: `${owner}/${name}@${revision}`,
    fetch: options.fetch,
    retry: options.retry,
    headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
    cure: `Check the name; if the model is gated or private, accept its terms at ${page} and \
pass a token of ${endpoint}/settings/tokens`,
  });
}

function parseId(id: string): { owner: string; name: string; revision: string } {
  const [path = "", ...revisions] = id.split("@");
  const [owner = "", name = "", ...more] = path.split("/");
  const revision = revisions.length === 0 ? REVISION : revisions.join("@");
  const isName = [owner, name].every((half) => NAME.test(half) && !/--|\.\./.test(half));
  // Git's rule for references, as far as it matters for a URL.
  // oxlint-disable-next-line no-control-regex
  const isRevision = revision !== "" && !/\.\.|[\u0000-\u0020~^:?*[\\]/.test(revision);
  if (more.length === 0 && isName && isRevision && id.isWellFormed())
    return { owner, name, revision };
  throw new InputError({
    where: "model",
    what: "is not a name of the hub",
    got: JSON.stringify(id),
    expected: "org/name or org/name@revision",
    todo: "Write a folder's address with its scheme, or beginning with / or ./",
  });
}
