/** What templates may call beside their own variables, as Python has it. */
import { expect, test } from "vitest";
import { createChatTemplate } from "../../../src/text/template/chat-template.ts";
import { strftime } from "../../../src/text/template/template-globals.ts";

const render = (template: string): string => createChatTemplate(template, {})([]);

test("template globals: range of one, two and three numbers → Python's", () => {
  for (const [call, wanted] of [
    ["range(3)", "0 1 2 "],
    ["range(2, 5)", "2 3 4 "],
    ["range(1, 8, 3)", "1 4 7 "],
    ["range(5, 0, -2)", "5 3 1 "],
    ["range(0)", ""],
    ["range(3, 1)", ""],
  ] as const) {
    expect(render(`{% for i in ${call} %}{{ i }} {% endfor %}`), call).toBe(wanted);
  }
  expect(() => render("{{ range(0, 3, 0) }}")).toThrow(/must not be zero/);
});

test("template globals: true, false and none by both names, and what raises", () => {
  expect(render("{{ 'a' if true and True and not false and not False }}")).toBe("a");
  expect(render("{{ 'b' if none is none and None is none }}")).toBe("b");
  expect(() => render("{{ raise_exception('no such role') }}")).toThrow(/no such role/);
});

test("template globals: a date → numbers of two digits, months in English", () => {
  const date = new Date(2026, 2, 5, 7, 9);
  expect(strftime("%d %b %Y, %B, %m/%d %H:%M, 100%%", date)).toBe(
    "05 Mar 2026, March, 03/05 07:09, 100%",
  );
  expect(strftime("%q stays", date)).toBe("%q stays");
  expect(render("{{ strftime_now('%Y') }}")).toBe(String(new Date().getFullYear()));
});
