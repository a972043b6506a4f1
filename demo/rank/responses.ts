/**
 * Responses as people paste them: one a line, or JSON — a list of texts, or of objects that hold one — or JSON Lines.
 */
export const MAX_RANKED = 64;
const MIN_RANKED = 2;
/** Under which name objects hold the text, the likeliest first. */
const NAMES = ["response", "text", "content", "output", "completion", "answer"] as const;

export type Responses =
  | { readonly texts: readonly string[] }
  /** What is wrong with them, a sentence. */
  | { readonly wrong: string };

export function readResponses(pasted: string): Responses {
  const read = textsOf(pasted.trim());
  if ("wrong" in read) {
    return read;
  }
  const { texts } = read;
  if (texts.length < MIN_RANKED) {
    return {
      wrong: `Paste two responses at least; there ${texts.length === 1 ? "is one" : "are none"}.`,
    };
  }
  if (texts.length > MAX_RANKED) {
    return { wrong: `These are ${texts.length} responses; ${MAX_RANKED} is the most at once.` };
  }
  return read;
}

function textsOf(pasted: string): Responses {
  const lines = pasted.split(/\r?\n/).filter((line) => line.trim() !== "");
  if (pasted.startsWith("[")) {
    const list = parsed(pasted);
    // A line may begin with a bracket and be no JSON; a list in brackets that is broken is a mistake.
    if (Array.isArray(list)) {
      return fromList(list);
    }
    if (pasted.endsWith("]") && /^\[\s*["{[]/.test(pasted)) {
      return { wrong: "This begins like a JSON list, but is not valid JSON." };
    }
  }
  if (pasted.startsWith("{") || pasted.startsWith('"')) {
    const rows = lines.map(parsed);
    if (rows.every((row) => row !== undefined)) {
      const [only] = rows;
      const inner = rows.length === 1 ? (only as { responses?: unknown }).responses : undefined;
      return fromList(Array.isArray(inner) ? inner : rows);
    }
  }
  return { texts: lines };
}

function fromList(list: readonly unknown[]): Responses {
  const texts = list.map(textOf);
  const at = texts.indexOf(undefined);
  if (at !== -1) {
    const names = NAMES.slice(0, 3).join(", ");
    return { wrong: `Item ${at + 1} of the JSON is no text, and has none under ${names}.` };
  }
  return { texts: texts.filter((text) => text !== undefined) };
}

function textOf(item: unknown): string | undefined {
  if (typeof item === "string") {
    return item;
  }
  const fields = (item ?? {}) as Record<string, unknown>;
  const name = NAMES.find((each) => typeof fields[each] === "string");
  return name === undefined ? undefined : String(fields[name]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
