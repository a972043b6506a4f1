/**
 * Numbers as the page writes them, in its own language: a minus sign for minus, a space that does
 * not break before units.
 */
import { locale, words } from "../language/language.ts";

const NO_BREAK = "\u00a0";

const formats = new Map<string, Intl.NumberFormat>();

/** Returns a number format of the page's language; making one takes longer than using it. */
function format(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale()} ${JSON.stringify(options)}`;
  const found = formats.get(key) ?? new Intl.NumberFormat(locale(), options);
  formats.set(key, found);
  return found;
}

/** Writes a number with this number of digits after the point. */
function fixed(value: number, digits: number): string {
  return format({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** Writes a count, with separators between thousands. */
export function count(value: number): string {
  return fixed(value, 0);
}

/** Writes a score, always with its sign, so that a column of scores is easy to compare. */
export function signed(value: number, digits = 2): string {
  const text = fixed(Math.abs(value), digits);
  const zero = Number(Math.abs(value).toFixed(digits)) === 0;
  return `${zero ? "" : value < 0 ? "−" : "+"}${text}`;
}

/** Writes a tick of an axis: no sign for positive numbers. */
export function tick(value: number): string {
  return format({ maximumFractionDigits: 12, useGrouping: false }).format(value).replace("-", "−");
}

/** Writes a plain number of a few digits, such as a temperature. */
export function plain(value: number, digits = 2): string {
  return format({ maximumSignificantDigits: digits }).format(value).replace("-", "−");
}

/** Writes a chance, never as 0 % or 100 %: the sigmoid never reaches them. */
export function percent(chance: number): string {
  const value = chance * 100;
  if (value > 99.9) {
    return `>${NO_BREAK}${fixed(99.9, 1)}${NO_BREAK}%`;
  }
  if (value < 0.1) {
    return `<${NO_BREAK}${fixed(0.1, 1)}${NO_BREAK}%`;
  }
  const digits = value > 99 || value < 1 ? 1 : 0;
  return `${fixed(value, digits)}${NO_BREAK}%`;
}

/** Writes a share that may be 0 or all, as of bytes. */
export function share(part: number): string {
  return `${fixed(Math.floor(Math.min(1, part) * 100), 0)}${NO_BREAK}%`;
}

export function bytes(amount: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${fixed(value, digits)}${NO_BREAK}${units[unit] ?? ""}`;
}

export function milliseconds(ms: number): string {
  if (ms < 1000) {
    return `${fixed(ms, ms < 10 ? 1 : 0)}${NO_BREAK}ms`;
  }
  return `${fixed(ms / 1000, ms < 10_000 ? 2 : 1)}${NO_BREAK}s`;
}

/** Writes the time left, in words that do not flicker. */
export function timeLeft(seconds: number): string {
  const { units } = words();
  if (seconds < 1) {
    return units.lessThanASecond;
  }
  if (seconds < 90) {
    return units.timeLeft(fixed(Math.ceil(seconds), 0), "s");
  }
  if (seconds < 5400) {
    return units.timeLeft(fixed(Math.round(seconds / 60), 0), "min");
  }
  return units.timeLeft(fixed(seconds / 3600, 1), "h");
}

/** Writes a day in the page's own language, not the browser's. */
export function date(iso: string): string {
  const style = { day: "numeric", month: "long", year: "numeric" } as const;
  return new Intl.DateTimeFormat(locale(), style).format(new Date(iso));
}

/** Writes a time of day, to the second. */
export function clock(time: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(time);
}

/** Writes a day and the time of it, as `date`. */
export function dateAndTime(iso: string): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(locale(), style).format(new Date(iso));
}

/** Returns a message as it stands inside a sentence, which has its own full stop. */
export function withoutStop(message: string): string {
  return message.replace(/[.。]\s*$/u, "");
}

/** Joins names as a sentence does: "A, B and C". */
export function list(names: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
}
