/** Units, and how they follow numbers. */

export interface UnitWords {
  timeLeft(amount: string, unit: "s" | "min" | "h"): string;
  readonly lessThanASecond: string;
  percentWord(value: string): string;
  of(done: string, total: string): string;
}

export const units: UnitWords = {
  timeLeft: (amount, unit) => `about ${amount}\u00a0${unit} left`,
  lessThanASecond: "less than a second left",
  percentWord: (value) => `${value} percent`,
  of: (done, total) => `${done} of ${total}`,
};
