/** Rank: many responses to one prompt. */

export interface RankWords {
  readonly title: string;
  readonly modes: string;
  readonly one: string;
  readonly many: string;
  readonly pictures: string;
  readonly openAsTable: string;
  readonly question: string;
  readonly ranking: string;
  readonly drop: string;
  readonly responses: string;
  readonly hint: string;
  help(most: string): string;
  readonly run: string;
  count(count: string): string;
  readonly promptTheirs: string;
  pictureTheirs(name: string): string;
  unused(names: string): string;
  working(total: string): string;
  said(total: string, best: string): string;
  readonly empty: string;
  emptyWhy(seesPictures: boolean): string;
  readonly saveJson: string;
  readonly saveCsv: string;
  readonly labelThese: string;
  readonly stale: string;
  readonly plain: string;
  pictureRead(size: string, tokens: string): string;
  readonly tie: string;
  best(number: string, chance: string): string;
  readonly place: string;
  readonly emptyText: string;
  response(number: string): string;
  readonly tied: string;
  ahead(margin: string, chance: string): string;
  missingPicture(name: string): string;
}

export const rank: RankWords = {
  title: "Rank many responses",
  modes: "What is ranked",
  one: "One prompt",
  many: "Many prompts, from files",
  pictures: "Generated pictures",
  openAsTable: "Open these rows as a table",
  question: "What is ranked",
  ranking: "Ranking",
  drop: "Drop a picture or a table anywhere",
  responses: "Responses",
  hint: "One response a line",
  help: (most) =>
    `One a line, or JSON where a response has line breaks: ["first", "second"]. At most ${most}.`,
  run: "Rank",
  count: (count) => `${count} responses.`,
  promptTheirs: "The prompt is theirs.",
  pictureTheirs: (name) => `Their picture: ${name}.`,
  unused: (names) => `Not used: ${names}.`,
  working: (total) => `Ranking ${total} responses…`,
  said: (total, best) => `Ranked ${total} responses. The best has ${best}.`,
  empty: "The ranking will stand here, best first.",
  emptyWhy: (seesPictures) =>
    `${seesPictures ? "The picture and the prompt" : "The prompt"} are read once for all responses, so that many cost little more than one.`,
  saveJson: "Save as JSON",
  saveCsv: "Save as CSV",
  labelThese: "Label these",
  plain:
    "Rank asks about the first picture and the prompt alone. Earlier turns, other pictures and the system prompt count in Score only.",
  stale: "You have changed the question since. Press Rank for a new ranking.",
  pictureRead: (size, tokens) => `picture read at ${size}, ${tokens} tokens`,
  tie: "The first places are a tie",
  best: (number, chance) =>
    `Response ${number} is best: ${chance} likely to be preferred to the second`,
  place: "Place",
  emptyText: "(empty)",
  response: (number) => `Response ${number}`,
  tied: "tied with the next",
  ahead: (margin, chance) => `${margin} ahead of the next · P(better) = ${chance}`,
  missingPicture: (name) => `These responses are about the picture ${name}. Choose it.`,
};
