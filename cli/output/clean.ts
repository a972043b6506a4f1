/**
 * What people get to see: no character that a terminal obeys, no secret of an address, no line
 * without end.
 */

/** Characters of a message; a value in it has been cut before. */
const longest = 8000;

/**
 * Returns an address without user name, password, query and fragment: what may be printed, stored
 * and put into a report. A path or a name of the hub stays as it is.
 */
export function publicAddress(address: string): string {
  if (!/^[a-z][\w+.-]*:\/\//i.test(address)) return address;
  const cut = address.replace(/[?#].*$/s, "");
  return cut.replace(/^([a-z][\w+.-]*:\/\/)[^/\\]*@/i, "$1");
}

/** Returns whether an address holds what must not be printed. */
export function hasSecrets(address: string): boolean {
  return publicAddress(address) !== address.replace(/#.*$/s, "");
}

/**
 * Returns a message with the secrets of its addresses left out, its control characters spelt out.
 */
export function cleanMessage(text: string): string {
  const open = text.replaceAll(/\b[a-z][\w+.-]*:\/\/[^\s"'<>`]+/gi, (address) => {
    const shown = publicAddress(address);
    return /[?]/.test(address) ? `${shown}?…` : shown;
  });
  const visible = visibleText(withoutKey(open));
  if (visible.length <= longest) return visible;
  return `${visible.slice(0, longest).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Removes the key: a server may repeat the key that it was given. */
function withoutKey(text: string): string {
  const key = process.env["VL_REWARD_API_KEY"] ?? "";
  return key.length < 4 ? text : text.replaceAll(key, "(the key)");
}

/** Colours that the command line itself uses. */
// oxlint-disable-next-line no-control-regex
const ownColours = /(\u001b\[(?:0|2|32|34)m)/;

/**
 * Returns a text with its control characters spelt out: they would move the cursor, set the title
 * or change the direction of the text after them. Ends of lines and tabs stay.
 */
export function visibleText(text: string, keepsColours = false): string {
  if (keepsColours) {
    return text
      .split(ownColours)
      .map((piece, i) => (i % 2 === 1 ? piece : visibleText(piece)))
      .join("");
  }
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (sign) => {
      const code = sign.charCodeAt(0).toString(16);
      return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
    },
  );
}
