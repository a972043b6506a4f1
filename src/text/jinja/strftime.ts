// Tested by: test/text/jinja/odd-templates.test.ts
/**
 * Writes dates in templates as C's `strftime` does in English, in any browser language.
 *
 * Python passes the directives on to C; glibc's flags (`%-d`) work there, and here.
 */
import { unsupported } from "./fault.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** Directives that are short for others. */
const COMPOUND: Readonly<Record<string, string>> = {
  c: "%a %b %e %H:%M:%S %Y",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  r: "%I:%M:%S %p",
  R: "%H:%M",
  T: "%H:%M:%S",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
};

interface Piece {
  readonly text: string;
  /** The width to which a number is padded, and with which character; undefined for words. */
  readonly width?: number;
  readonly fill?: "0" | " ";
}

/**
 * Returns the date in a format.
 * @throws TemplateFault for a directive that C does not have
 */
export function strftime(format: string, date: Date): string {
  return format.replace(
    /%(?<flags>[-_0^#]*)(?<width>\d*)(?<modifier>E(?=[cCxXyY])|O(?![aAcDFxXY]))?(?<letter>[^]?)/gu,
    (all, ...rest) => {
      const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>;
      const { flags = "", width = "", letter = "" } = groups;
      const compound = Object.hasOwn(COMPOUND, letter) ? COMPOUND[letter] : undefined;
      const piece: Piece | undefined =
        compound === undefined ? directive(letter, date) : { text: strftime(compound, date) };
      if (!piece) throw unsupported(`the directive ${all} of strftime_now`);
      return decorate(piece, flags, width, letter);
    },
  );
}

function decorate(piece: Piece, flags: string, width: string, letter: string): string {
  let { text } = piece;
  const flag = /[-_0](?=[^-_0]*$)/.exec(flags)?.[0];
  const fill = flag === "_" ? " " : flag === "0" ? "0" : (piece.fill ?? " ");
  const least = width === "" ? (piece.width ?? 0) : Number(width);
  if (least > 1000) throw unsupported(`a width of ${width} in strftime_now`);
  const isPadded = (flag !== "-" || width !== "") && letter !== "z";
  if (isPadded) text = text.padStart(least, fill);
  if (flags.includes("^") && letter !== "P") text = text.toUpperCase();
  // C swaps the case: names become upper case, AM becomes am.
  if (flags.includes("#") && letter === "p") text = text.toLowerCase();
  if (flags.includes("#") && "aAbBh".includes(letter)) text = text.toUpperCase();
  return text;
}

function directive(letter: string, date: Date): Piece | undefined {
  const number = (value: number, width: number, fill: "0" | " " = "0"): Piece => ({
    text: String(value),
    width,
    fill,
  });
  const day = date.getDay();
  const hour = date.getHours();
  const month = MONTHS[date.getMonth()] ?? "";
  const name = DAYS[day] ?? "";
  switch (letter) {
    case "a":
      return { text: name.slice(0, 3) };
    case "A":
      return { text: name };
    case "b":
    case "h":
      return { text: month.slice(0, 3) };
    case "B":
      return { text: month };
    case "C":
      return number(Math.floor(date.getFullYear() / 100), 2);
    case "d":
      return number(date.getDate(), 2);
    case "e":
      return number(date.getDate(), 2, " ");
    case "f":
      return { text: String(date.getMilliseconds() * 1000).padStart(6, "0") };
    case "g":
      return number(isoWeek(date).year % 100, 2);
    case "G":
      return number(isoWeek(date).year, 0);
    case "H":
      return number(hour, 2);
    case "I":
      return number(hour % 12 || 12, 2);
    case "j":
      return number(dayOfYear(date) + 1, 3);
    case "k":
      return number(hour, 2, " ");
    case "l":
      return number(hour % 12 || 12, 2, " ");
    case "m":
      return number(date.getMonth() + 1, 2);
    case "M":
      return number(date.getMinutes(), 2);
    case "n":
      return { text: "\n" };
    case "p":
      return { text: hour < 12 ? "AM" : "PM" };
    case "P":
      return { text: hour < 12 ? "am" : "pm" };
    case "s":
      return number(Math.floor(date.getTime() / 1000), 0);
    case "S":
      return number(date.getSeconds(), 2);
    case "t":
      return { text: "\t" };
    case "u":
      return number(day || 7, 1);
    case "U":
      return number(Math.floor((dayOfYear(date) + 7 - day) / 7), 2);
    case "V":
      return number(isoWeek(date).week, 2);
    case "w":
      return number(day, 1);
    case "W":
      return number(Math.floor((dayOfYear(date) + 7 - ((day + 6) % 7)) / 7), 2);
    case "y":
      return number(date.getFullYear() % 100, 2);
    case "Y":
      return number(date.getFullYear(), 0);
    // The date of a template has no zone.
    case "z":
    case "Z":
      return { text: "" };
    case "%":
      return { text: "%" };
    default:
      return undefined;
  }
}

const DAY_MS = 86_400_000;

/** Returns the day of the year, from 0. Times of day are left out: a day may have 23 hours. */
function dayOfYear(date: Date): number {
  const year = date.getFullYear();
  const at = Date.UTC(year, date.getMonth(), date.getDate());
  return Math.round((at - Date.UTC(year, 0, 1)) / DAY_MS);
}

/** Returns the year and week of ISO 8601: weeks begin on Monday, and belong to their Thursday. */
function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const toThursday = 3 - ((date.getDay() + 6) % 7);
  const thursday = new Date(
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate() + toThursday),
  );
  const year = thursday.getUTCFullYear();
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1;
  return { year, week };
}
