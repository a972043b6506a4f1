import type { UnitWords } from "../en/units.ts";

const UNITS = { s: "秒", min: "分", h: "時間" };

export const units: UnitWords = {
  timeLeft: (amount, unit) => `残り約${amount}${UNITS[unit]}`,
  lessThanASecond: "残り1秒未満",
  percentWord: (value) => `${value}パーセント`,
  of: (done, total) => `${done} / ${total}`,
};
