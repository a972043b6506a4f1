/**
 * Names of the hub as people copy them: from the address bar, from a link to a file, from the
 * command that downloads a model.
 */
const HOST =
  /^(?:https?:\/\/)?(?:www\.)?(?:huggingface\.co|hf\.co)\/|^hf:\/\/(?:models\/)?|^git@hf\.co:/i;
const COMMAND = /^(?:git\s+clone|hf\s+download|huggingface-cli\s+download)\s+/;
/** What the hub has besides models. */
const OTHERS = ["datasets", "spaces", "docs", "papers", "collections", "blog", "models"];
/** Before the revision, in the address of a folder, a file or a commit. */
const PAGES = ["tree", "blob", "resolve", "raw", "blame", "commit", "commits"];

/** Returns `org/name@revision`, the address of a folder, or the text itself if it is neither. */
export function modelNameIn(pasted: string): string {
  const text = pasted.trim();
  const command = COMMAND.exec(text)?.[0] ?? "";
  const [first = "", ...flags] = text.slice(command.length).split(/\s+/);
  if (flags.length > 0 && command === "") {
    return text;
  }
  const named = first.replace(/^["'`<(]+|["'`>),;]+$/g, "");
  const revision = flags[flags.indexOf("--revision") + 1];
  const at = flags.includes("--revision") && revision !== undefined ? `@${revision}` : "";
  if (!HOST.test(named)) {
    return isAddress(named) ? named : `${named.replace(/\/+$/, "")}${at}`;
  }
  const path = named.replace(HOST, "").replace(/[?#].*$/, "");
  return nameOf(path) ?? named;
}

/** Returns true for an address under which the hub shows a model. */
export function isHubAddress(text: string): boolean {
  return HOST.test(text) && isHubName(modelNameIn(text));
}

/** Returns false for addresses, of the hub too. */
export function isHubName(from: string): boolean {
  return !isAddress(from) && /^[^/\s]+\/[^/\s]/.test(from) && !from.startsWith(".");
}

function isAddress(text: string): boolean {
  return /^[a-z]+:\/\//i.test(text);
}

/**
 * Returns the model's name.
 * @param path of the hub: `org/name`, `org/name/tree/main/folder`, `org/name/blob/main/file`
 */
function nameOf(path: string): string | undefined {
  const [owner, repository, page, revision, ...inside] = path.split("/").filter(Boolean);
  if (owner === undefined || repository === undefined || OTHERS.includes(owner)) {
    return undefined;
  }
  const name = `${owner}/${repository.replace(/\.git$/, "")}`;
  if (page === undefined || revision === undefined || !PAGES.includes(page)) {
    return name;
  }
  // A model may be in a folder of its repository; a file's folder is not one of its name.
  return page === "tree" && inside.length > 0
    ? `https://huggingface.co/${name}/resolve/${revision}/${inside.join("/")}/`
    : `${name}@${decodeURIComponent(revision)}`;
}
