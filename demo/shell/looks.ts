/** How the page looks and speaks: its colours and its language, kept for the next visit. */
import { announce } from "../base/page.ts";
import type { Page } from "../base/page.ts";
import { readSetting, writeSetting } from "../base/settings.ts";
import { languageName, LANGUAGES, preferredLanguage, useLanguage } from "../language/language.ts";
import type { LanguageName } from "../language/language.ts";
import { nameTab } from "./navigation.ts";
import { shell } from "./state.ts";
import type { Theme } from "./state.ts";

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

/** Reads the settings before the page is drawn. */
export async function readLooks(page: Page): Promise<void> {
  const theme = THEMES.find((each) => each === readSetting("theme"));
  if (theme !== undefined) {
    applyTheme(page, theme);
  }
  const chosen = readSetting("language");
  const name = (Object.keys(LANGUAGES) as LanguageName[]).find((each) => each === chosen);
  await applyLanguage(page, name ?? preferredLanguage(navigator.languages));
}

/** Goes on to the next colours: the system's, light, dark. */
export function nextTheme(page: Page): void {
  const at = THEMES.indexOf(page.get(shell).theme);
  const theme = THEMES[(at + 1) % THEMES.length] ?? "auto";
  writeSetting("theme", theme);
  applyTheme(page, theme);
}

function applyTheme(page: Page, theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
  page.change(shell, { theme });
}

/** Changes to the other language. */
export async function nextLanguage(page: Page): Promise<void> {
  const name = languageName() === "en" ? "ja" : "en";
  writeSetting("language", name);
  await applyLanguage(page, name);
  announce(page, LANGUAGES[name]);
}

async function applyLanguage(page: Page, name: LanguageName): Promise<void> {
  await useLanguage(name);
  document.documentElement.lang = name;
  // Draws every word again.
  page.change(shell, {});
  nameTab(page);
}
