/**
 * The page's languages: a typed catalogue of words for each. English is the first and is loaded
 * with
 * the page; another one is loaded when it is chosen.
 *
 * What the engine says of files and GPUs stays English; the page marks it with its language.
 */
import { english } from "./en/all.ts";
import type { Words } from "./en/all.ts";

export type LanguageName = "en" | "ja";

/** Each language's own name, as the switch shows it. */
export const LANGUAGES: Readonly<Record<LanguageName, string>> = { en: "English", ja: "日本語" };

interface Language {
  readonly name: LanguageName;
  /** The tag by which `Intl` writes numbers, dates and lists. */
  readonly locale: string;
  readonly words: Words;
}

const ENGLISH: Language = { name: "en", locale: "en-GB", words: english };

let current: Language = ENGLISH;

/** Returns the words of the language in use. Read them while drawing: they change with it. */
export function words(): Words {
  return current.words;
}

export function locale(): string {
  return current.locale;
}

export function languageName(): LanguageName {
  return current.name;
}

/** Loads a language and puts it in use. */
export async function useLanguage(name: LanguageName): Promise<void> {
  current =
    name === "en"
      ? ENGLISH
      : { name, locale: "ja-JP", words: (await import("./ja/all.ts")).japanese };
}

/** Returns the first language of a reader's list that the page has; English if it has none. */
export function preferredLanguage(wanted: readonly string[]): LanguageName {
  const names = Object.keys(LANGUAGES) as LanguageName[];
  for (const tag of wanted) {
    const [base] = tag.toLowerCase().split("-");
    const name = names.find((own) => own === base);
    if (name !== undefined) return name;
  }
  return "en";
}
