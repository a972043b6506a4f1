/**
 * Responses as people paste them: one a line, or JSON. That is a list of texts, a list of objects
 * that hold one, or a row with a list; or JSON Lines of either.
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
  return "wrong" in read ? read : (checkCount(read.texts) ?? read);
}

/** Returns what is wrong with the number of responses, if anything is. */
export function checkCount({ length }: readonly string[]): { readonly wrong: string } | undefined {
  if (length < MIN_RANKED) {
    const count = length === 1 ? "is one" : "are none";
    return { wrong: `Paste two responses at least; there ${count}.` };
  }
  return length > MAX_RANKED
    ? { wrong: `These are ${length} responses; ${MAX_RANKED} is the most at a time.` }
    : undefined;
}

function textsOf(pasted: string): Responses {
  const items = parseItems(pasted);
  if (items === undefined) {
    return { texts: linesOf(pasted) };
  }
  if ("wrong" in items) {
    return items;
  }
  const [only] = items;
  const inner = items.length === 1 ? (only as { responses?: unknown }).responses : undefined;
  return fromList(Array.isArray(inner) ? inner : items);
}

/**
 * Returns the items of JSON: a list's, one object, or a value for each line. Undefined for text: a
 * line may begin with a bracket and not be JSON.
 */
export function parseItems(
  pasted: string,
): readonly unknown[] | { readonly wrong: string } | undefined {
  const text = pasted.trim();
  const whole = parsed(text);
  if (Array.isArray(whole)) {
    return whole;
  }
  if (typeof whole === "object" && whole !== null) {
    return [whole];
  }
  if (text.endsWith("]") && /^\[\s*["{[]/.test(text)) {
    return { wrong: "This begins like a JSON list, but is not valid JSON." };
  }
  if (!/^["{]/.test(text)) {
    return undefined;
  }
  const lines = linesOf(text);
  const rows = lines.map(parsed);
  const broken = rows.indexOf(undefined);
  if (broken === -1) {
    return rows;
  }
  const looksLikeRows = lines.every((line) => /^\s*\{.*\}\s*$/.test(line));
  if (looksLikeRows && /^\{\s*"/.test(text)) {
    return { wrong: `Line ${broken + 1} begins like JSON, but is not valid JSON.` };
  }
  return text.endsWith("}") && /^\{\s*"/.test(text)
    ? { wrong: "This begins like JSON, but is not valid JSON." }
    : undefined;
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function fromList(list: readonly unknown[]): Responses {
  const texts = list.map(textOf);
  const at = texts.indexOf(undefined);
  if (at !== -1) {
    const names = NAMES.slice(0, 3).join(", ");
    return { wrong: `Item ${at + 1} of the JSON is not a text, and has none under ${names}.` };
  }
  return { texts: texts.filter((text) => text !== undefined) };
}

function textOf(item: unknown): string | undefined {
  if (typeof item === "string") {
    return item;
  }
  const fields = (item ?? {}) as Record<string, unknown>;
  const name = textField(fields);
  return name === undefined ? undefined : String(fields[name]);
}

/** Returns the name under which an object has its response. */
export function textField(fields: Record<string, unknown>): string | undefined {
  return NAMES.find((each) => typeof fields[each] === "string");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
