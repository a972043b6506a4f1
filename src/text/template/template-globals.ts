/** What every chat template may use, as transformers has it. */

export const TEMPLATE_GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception(message: string): never {
    throw new Error(message);
  },
  range,
  strftime_now: (format: string): string => strftime(format, new Date()),
};

/** Python's: up to one number, or from one to another. */
function range(first: number, second?: number, step: number = 1): number[] {
  const [begin, end] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new Error("range() step must not be zero");
  const length = Math.max(0, Math.ceil((end - begin) / step));
  return Array.from({ length }, (_, i) => begin + i * step);
}

/** Dates in templates, such as "%d %b %Y": months in English, as Python has them, whatever the browser speaks. */
export function strftime(format: string, date: Date): string {
  const month = (length: "short" | "long"): string =>
    date.toLocaleString("en-US", { month: length });
  const two = (number: number): string => String(number).padStart(2, "0");
  const parts: Readonly<Record<string, string>> = {
    Y: String(date.getFullYear()),
    m: two(date.getMonth() + 1),
    b: month("short"),
    B: month("long"),
    d: two(date.getDate()),
    H: two(date.getHours()),
    M: two(date.getMinutes()),
    "%": "%",
  };
  return format.replace(/%(.)/g, (directive, letter: string) => parts[letter] ?? directive);
}
