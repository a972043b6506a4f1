import { describe, expect, it } from "vitest";
import {
  bytes,
  date,
  dateAndTime,
  milliseconds,
  percent,
  signed,
  tick,
  timeLeft,
  withoutStop,
} from "../../../demo/base/format.ts";

/** With plain spaces, so that expectations can be typed. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

describe("format", () => {
  it.each([
    ["The disk is full.", "The disk is full"],
    ["いっぱいです。", "いっぱいです"],
    ["no stop", "no stop"],
  ])("message inside a sentence: %s → %s", (message, expected) => {
    expect(withoutStop(message)).toBe(expected);
  });

  it.each([
    [1.234, "+1.23"],
    [-1.235, "−1.24"],
    [0, "0.00"],
    [-0.001, "0.00"],
    [12_345.6, "+12,345.60"],
  ])("signed: %d → %s", (value, text) => expect(signed(value)).toBe(text));

  it.each([
    [0.5, "50 %"],
    [0.997, "99.7 %"],
    [0.002, "0.2 %"],
    [1, "> 99.9 %"],
    [0, "< 0.1 %"],
  ])("percent: %d → %s", (chance, text) => expect(plain(percent(chance))).toBe(text));

  it.each([
    [999, "999 B"],
    [4_396_704, "4.4 MB"],
    [16_600_000_000, "16.6 GB"],
    [123_400, "123 kB"],
  ])("bytes: %d → %s", (count, text) => expect(plain(bytes(count))).toBe(text));

  it.each([
    [0.42, "0.4 ms"],
    [41.6, "42 ms"],
    [1234, "1.23 s"],
    [12_345, "12.3 s"],
  ])("milliseconds: %d → %s", (ms, text) => expect(plain(milliseconds(ms))).toBe(text));

  it.each([
    [0.2, "less than a second left"],
    [12.1, "about 13 s left"],
    [217, "about 4 min left"],
    [9000, "about 2.5 h left"],
  ])("time left: %d seconds → %s", (left, text) => expect(plain(timeLeft(left))).toBe(text));

  it("tick: minus two → a minus sign, not a hyphen", () => expect(tick(-2)).toBe("−2"));

  it("date: any locale → the day in the page's words", () => {
    expect(date("2026-11-28T12:00:00.000Z")).toBe("28 November 2026");
    expect(dateAndTime("2026-11-28T12:00:00.000Z")).toMatch(/^28 Nov 2026, \d\d:\d\d$/);
  });
});
