/**
 * Single keys of the Label view. They can be changed and switched off (WCAG 2.1.4): a voice that
 * dictates, or a hand that slips, would vote else.
 */
import { readSetting, writeSetting } from "../base/settings.ts";

export const ACTIONS = [
  "left",
  "right",
  "tie",
  "both-bad",
  "skip",
  "flag",
  "undo",
  "model",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Keys that differ from the usual ones, by action. */
export type KeyMap = Readonly<Partial<Record<Action, string>>>;

/** By `KeyboardEvent.key`. */
const USUAL: Readonly<Record<Action, string>> = {
  left: "ArrowLeft",
  right: "ArrowRight",
  tie: "ArrowDown",
  "both-bad": "ArrowUp",
  skip: "s",
  flag: "f",
  undo: "Backspace",
  model: "m",
};

/** Keys that move the focus or leave: they never vote. */
const RESERVED = new Set(["Tab", "Enter", " ", "Escape", "Shift", "Control", "Alt", "Meta"]);

export function keyOf(keys: KeyMap, action: Action): string {
  return keys[action] ?? USUAL[action];
}

/** Returns what a key press asks for; undefined if nothing. */
export function actionOf(
  { key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress,
  keys: KeyMap,
  isOn: boolean,
): Action | undefined {
  const isUndo = (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "z";
  if (isUndo) return "undo";
  if (!isOn || ctrlKey || metaKey || altKey) return undefined;
  return ACTIONS.find((action) => keyOf(keys, action).toLowerCase() === key.toLowerCase());
}

type KeyPress = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/**
 * Returns the map with another key for an action; the action that had the key gets this one's old
 * key. Undefined for a key that must keep its meaning.
 */
export function withKey(keys: KeyMap, action: Action, key: string): KeyMap | undefined {
  if (RESERVED.has(key)) return undefined;
  const other = ACTIONS.find((each) => keyOf(keys, each).toLowerCase() === key.toLowerCase());
  const changed = { ...keys, [action]: key };
  return other === undefined || other === action
    ? changed
    : { ...changed, [other]: keyOf(keys, action) };
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowDown: "↓",
  ArrowUp: "↑",
  Backspace: "⌫",
};

/** Returns a key as it is printed on keyboards. */
export function signOfKey(key: string): string {
  return SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

interface KeySettings {
  readonly keys: KeyMap;
  readonly keysOn: boolean;
}

const NAME = "label-keys";

export function readKeys(): KeySettings {
  try {
    const { keys, keysOn } = JSON.parse(readSetting(NAME) ?? "{}") as Partial<KeySettings>;
    const own = Object.entries(keys ?? {}).filter(
      ([action, key]) => ACTIONS.some((one) => one === action) && typeof key === "string",
    );
    return { keys: Object.fromEntries(own), keysOn: keysOn !== false };
  } catch {
    return { keys: {}, keysOn: true };
  }
}

export function writeKeys(settings: KeySettings): void {
  writeSetting(NAME, JSON.stringify(settings));
}
