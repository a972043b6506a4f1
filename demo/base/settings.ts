/**
 * Small settings of this browser: the language and the colours that a person chose. Private windows
 * and sandboxed frames have no place for them; the choice then lasts as long as the page.
 */

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(`vl-reward.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(`vl-reward.${name}`, value);
  } catch {
    // It is a wish for the next visit only.
  }
}
