/**
 * Numbers as the page writes them: a minus sign for minus, a space that does not break before
 * units.
 */

const NO_BREAK = "\u00a0";

/** Writes a score, always with its sign, so that a column of scores is easy to compare. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  const zero = Number(text) === 0;
  return `${zero ? "" : value < 0 ? "−" : "+"}${text}`;
}

/** Writes a tick of an axis: no sign for positive numbers. */
export function tick(value: number): string {
  return String(value).replace("-", "−");
}

/** Writes a chance, never as 0 % or 100 %: the sigmoid never reaches them. */
export function percent(chance: number): string {
  const value = chance * 100;
  if (value > 99.9) {
    return `>${NO_BREAK}99.9${NO_BREAK}%`;
  }
  if (value < 0.1) {
    return `<${NO_BREAK}0.1${NO_BREAK}%`;
  }
  const digits = value > 99 || value < 1 ? 1 : 0;
  return `${value.toFixed(digits)}${NO_BREAK}%`;
}

export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)}${NO_BREAK}${units[unit] ?? ""}`;
}

export function milliseconds(ms: number): string {
  if (ms < 1000) {
    return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)}${NO_BREAK}ms`;
  }
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)}${NO_BREAK}s`;
}

/** Writes the time left, in words that do not flicker. */
export function timeLeft(seconds: number): string {
  if (seconds < 1) {
    return "less than a second left";
  }
  if (seconds < 90) {
    return `about ${Math.ceil(seconds)}${NO_BREAK}s left`;
  }
  if (seconds < 5400) {
    return `about ${Math.round(seconds / 60)}${NO_BREAK}min left`;
  }
  return `about ${(seconds / 3600).toFixed(1)}${NO_BREAK}h left`;
}

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });

/** Writes a day in the page's own language, not the browser's. */
export function date(iso: string): string {
  return DATE.format(new Date(iso));
}
