/** Messages in one call each, for those who write conversations by hand. */
import type { ImageInput, Message } from "../types.ts";

/** Returns a system's turn. */
export function system(text: string): Message {
  return { role: "system", content: text };
}

/**
 * Returns a user's turn.
 * @param parts texts, and pictures as anything but texts: give an address as a URL
 */
export function user(...parts: readonly (string | Exclude<ImageInput, string>)[]): Message {
  const [first] = parts;
  if (parts.length === 1 && typeof first === "string") return { role: "user", content: first };
  const content = parts.map((part) =>
    typeof part === "string"
      ? ({ type: "text", text: part } as const)
      : ({ type: "image", image: part } as const),
  );
  return { role: "user", content };
}

/** Returns an assistant's turn: the response that is judged, if it is the last. */
export function assistant(text: string): Message {
  return { role: "assistant", content: text };
}
