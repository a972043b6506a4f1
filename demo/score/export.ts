/** A verdict as texts that other programs and people read. Every one says which model judged. */
import { formatPair } from "../../src/pairs/formats.ts";
import { isTie, rankValues } from "../../src/preference/ranking.ts";
import type { RankedPlace } from "../../src/preference/ranking.ts";
import type { ImagePart, TextPart } from "../../src/types.ts";
import { letter } from "../base/axis.ts";
import { csvLines } from "../base/csv.ts";
import { messagesOf } from "../draft/context.ts";
import { signed } from "../base/format.ts";
import type { SolutionScore } from "../engine/protocol.ts";
import type { Judge } from "../engine/state.ts";
import { words } from "../language/language.ts";
import { sentenceOf } from "../verdict/groups.ts";
import { outsideOf } from "../verdict/state.ts";
import type { Verdict } from "../verdict/state.ts";

function placesOf({ scores, judge }: Verdict): RankedPlace[] {
  const values = scores.map(({ value }) => value);
  return rankValues(values, judge?.calibration?.temperature);
}

/** Writes all that the page knows of the verdict. */
export function verdictJson(verdict: Verdict): string {
  const { draft, scores, judge } = verdict;
  const ranking = placesOf(verdict).map((place) => ({
    place: place.place,
    response: letter(place.index),
    text: draft.responses[place.index]?.text,
    score: place.value,
    marginToNext: place.marginToNext ?? null,
    probabilityOverNext: place.probabilityOverNext ?? null,
    tokens: scores[place.index]?.tokens,
    ...solutionFields(scores[place.index]?.solution),
  }));
  const picture = draft.picture && { name: draft.picture.name, ...scores[0]?.images[0] };
  const outside = outsideOf(verdict);
  const model = judge && { ...judge, temperature: judge.calibration?.temperature ?? null };
  return `${JSON.stringify(
    {
      model: model ?? "transformers, recorded",
      prompt: draft.prompt,
      picture: picture ?? null,
      ...(draft.context && { messages: messagesOf(draft, ({ name }) => name) }),
      opinion: outside === undefined ? "given" : "none: outside of what the model was shown",
      ranking,
    },
    null,
    2,
  )}\n`;
}

/** Returns the values of a solution's steps, in the names of the command line. */
function solutionFields(solution: SolutionScore | undefined): object {
  if (solution === undefined) return {};
  const { steps, min, product, last } = solution;
  return { step_values: steps.map(({ value }) => value), aggregates: { min, product, last } };
}

/** Writes CSV by RFC 4180, with a line of names. */
export function verdictCsv(verdict: Verdict): string {
  const { draft, judge } = verdict;
  const head = ["place", "response", "score", "margin_to_next", "p_over_next", "model", "text"];
  const rows = placesOf(verdict).map((each) => [
    each.place,
    letter(each.index),
    each.value,
    each.marginToNext ?? "",
    each.probabilityOverNext ?? "",
    judge === undefined ? "transformers, recorded" : judgeName(judge),
    draft.responses[each.index]?.text ?? "",
  ]);
  return csvLines([head, ...rows]);
}

/** Writes the best and the worst response as a row of TRL's, if they are not a tie. */
export function verdictPairs(verdict: Verdict): string {
  const { draft, judge } = verdict;
  const places = placesOf(verdict);
  const [best, worst] = [places.at(0), places.at(-1)];
  if (best === undefined || worst === undefined || isTie(best.value, worst.value)) return "";
  // A plain text without a picture: the form that trainers know best.
  const messages =
    draft.context === undefined && draft.picture === undefined
      ? [{ role: "user", content: draft.prompt }]
      : messagesOf(draft, ({ name }) => name);
  const pair = {
    id: 1,
    messages,
    chosen: draft.responses[best.index]?.text ?? "",
    rejected: draft.responses[worst.index]?.text ?? "",
    chosenScore: best.value,
    rejectedScore: worst.value,
  };
  const source = { model: judge === undefined ? "transformers, recorded" : judgeName(judge) };
  return `${JSON.stringify(formatPair("trl", pair, { source, path: (name) => name }))}\n`;
}

/** Writes the verdict for a chat or an issue. */
export function verdictMarkdown(verdict: Verdict): string {
  const { draft, judge } = verdict;
  const places = placesOf(verdict);
  const say = words().score;
  const isOutside = outsideOf(verdict) !== undefined;
  const sentence = isOutside
    ? say.noOpinion
    : sentenceOf(places, judge?.calibration?.temperature ?? 1);
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
  const rows = places.map(
    ({ index, value }) =>
      `| ${letter(index)} | ${signed(value)} | ${cell(draft.responses[index]?.text ?? "")} |`,
  );
  return [
    ...(sentence === "" ? [] : [`**${sentence}**`, ""]),
    ...quoted(draft),
    "",
    `| | ${say.value} | ${words().draft.response} |`,
    "|---|---:|---|",
    ...rows,
    "",
    judge === undefined ? "" : say.judgedBy(`${judgeName(judge)}, ${judge.form}, ${judge.head}`),
    "",
  ].join("\n");
}

/** Returns the question; in a conversation all turns up to the response, with their roles. */
function quoted(draft: Verdict["draft"]): string[] {
  const quote = (text: string): string => `> ${text.replaceAll("\n", "\n> ")}`;
  if (draft.context === undefined) return [quote(draft.prompt)];
  return messagesOf(draft, ({ name }) => `[${name}]`).flatMap(({ role, content }, at) => {
    const parts = typeof content === "string" ? [content] : content.map(partWords);
    return [...(at === 0 ? [] : [">"]), quote(`**${role}:** ${parts.join("\n")}`)];
  });
}

function partWords(part: TextPart | ImagePart): string {
  return part.type === "text" ? part.text : (part.image as string);
}

/** Returns the model's name, with the file of the own head that judged. */
function judgeName({ name, ownHead }: Judge): string {
  return ownHead === undefined ? name : `${name} with ${ownHead}`;
}
