/** What the panel says in sentences, on the page and as a text to copy. */
import type { ExplainCost, Explanation } from "../../src/explain/types.ts";
import { count, plain, share, signed } from "../base/format.ts";
import { explainWords } from "../language/explain.ts";
import { pairOf, placeOf, textUnits } from "./pair.ts";
import type { Subject, Why } from "./state.ts";

/** Below it the order of the parts depends on how the text is cut. */
const STABLE = 0.5;
/** If at least this share of the margin is left without the picture, the picture hardly matters. */
const UNUSED = 0.9;
/** Parts in the text that is copied. */
const COPIED = 8;

/** Returns who is ahead, and by how much. */
export function leadSentence(subject: Subject, other: number | undefined): string {
  const say = explainWords();
  const own = subject.candidates[subject.index];
  const against = other === undefined ? undefined : subject.candidates[other];
  if (own === undefined) return "";
  if (against === undefined) return say.alone(own.name, signed(own.value));
  const by = own.value - against.value;
  if (by === 0) return say.same(own.name, against.name);
  const amount = plainAmount(by);
  return by < 0
    ? say.loses(own.name, against.name, amount)
    : say.leads(own.name, against.name, amount);
}

/** Returns what the rest of an explanation would take. */
export function costSentence({ scores, seconds }: ExplainCost): string {
  return explainWords().cost(count(scores), count(Math.max(1, Math.ceil(seconds))));
}

/** Writes an amount without its sign, with two digits. */
export function plainAmount(value: number): string {
  return signed(Math.abs(value)).replace("+", "");
}

/** Returns whether the explanation was tested, and with what result. */
export function truthSentence({ truth }: Explanation): string {
  const say = explainWords();
  if (truth.p === null || truth.verdict === "not tested") return say.untested;
  const p = plain(truth.p);
  // The p of the verdict is the larger one of the two tests.
  const isLead = truth.heads !== null && truth.heads === truth.p;
  const sentence =
    truth.verdict === "better than chance"
      ? say.better(p)
      : isLead
        ? say.chanceLead(p)
        : say.chance(p);
  const isUnstable = truth.stability !== null && truth.stability < STABLE;
  return isUnstable ? `${sentence} ${say.unstable}` : sentence;
}

/** Returns what is left of the lead without the picture. */
export function pictureSentences({ picture }: Explanation): string[] {
  const say = explainWords();
  if (picture?.blank === null || picture === null) return [];
  const { blank, blurred } = picture;
  if (blank < 0) return [say.pictureWrong];
  return [
    say.pictureRest(share(blank)),
    ...(blurred === null || blurred < 0 ? [] : [say.blurredRest(share(blurred))]),
    ...(blank >= UNUSED ? [say.pictureUnused] : []),
  ];
}

/** Returns the deletion that flips the order. */
export function flipSentence({ counterfactual }: Explanation): string | undefined {
  if (counterfactual === null) return undefined;
  const say = explainWords();
  const removed = counterfactual.removed.map(({ text }) => say.quoted(text)).join(", ");
  return say.flips(removed, signed(counterfactual.margin));
}

/** Writes the whole explanation as a text to copy. */
export function explanationText(subject: Subject, { other, found }: Why): string {
  const say = explainWords();
  const pair = pairOf(subject, other);
  const lines = [leadSentence(subject, other)];
  for (const { name, text } of pair) lines.push(`${name}: ${text}`);
  if (found !== undefined) {
    for (const { a, b, effect } of found.contrast) {
      lines.push(`${swapWords(a, b)} ${say.swapEffect(signed(effect))}`);
    }
    lines.push(...pictureSentences(found));
    const units = textUnits(found);
    if (units.length > 0) lines.push(`${say.unitsTitle}:`);
    for (const unit of units.slice(0, COPIED)) {
      lines.push(
        `- ${say.leftOut(say.quoted(unit.text), placeOf(unit, pair))}: ${signed(unit.effect)}`,
      );
    }
    const flip = flipSentence(found);
    if (flip !== undefined) lines.push(flip);
    lines.push(truthSentence(found));
  }
  return `${lines.join("\n")}\n`;
}

/** Returns what the one has in place of the other's. */
export function swapWords(a: string, b: string): string {
  return explainWords().swap(quoteOf(a), quoteOf(b));
}

/** Returns a text in quotation marks; of no text, that nothing is here. */
export function quoteOf(text: string): string {
  const say = explainWords();
  return text === "" ? say.nothingHere : say.quoted(text);
}
