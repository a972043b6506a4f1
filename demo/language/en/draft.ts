/** The question: picture, prompt, responses. */

export interface DraftWords {
  readonly prompt: string;
  promptHint(seesPictures: boolean): string;
  readonly promptEmpty: string;
  readonly picture: string;
  pictureAlt(name: string): string;
  readonly noPicture: string;
  readonly choose: string;
  readonly replace: string;
  readonly remove: string;
  readonly camera: string;
  readonly pictureHelp: string;
  readonly pasted: string;
  inPlace(name: string): string;
  readonly textOnlyTitle: string;
  textOnly(architecture: string): string;
  leftOut(name: string): string;
  readonly responses: string;
  readonly response: string;
  responseHint: string;
  tokens(own: string, most: string): string;
  tooManyTokens: string;
  count(count: string, most: string): string;
  readonly pasteSeveral: string;
  pasteSplit(count: string): string;
  removeResponse(letter: string): string;
  readonly add: string;
  emptyResponse(letter: string): string;
  tooBig(name: string, size: string): string;
  gone(name: string): string;
  notPicture(name: string, type: string): string;
  broken(name: string): string;
  readonly wanted: string;
  tooManyPixels(name: string, size: string): string;
  length(tokens: string, most: string): string;
  readonly tooLong: string;
  readonly example: string;
  readonly examples: string;
  readonly cleared: string;
  readonly undo: string;
  readonly contextTitle: string;
  emptyTurn(turn: number, isUser: boolean): string;
  readonly removed: Readonly<Record<"turn" | "picture" | "replaced", string>>;
  added(count: number): string;
  addedSome(count: number, most: number): string;
}

export const draft: DraftWords = {
  prompt: "Prompt",
  promptHint: (seesPictures) => `A question${seesPictures ? " about the picture" : ""}`,
  promptEmpty: "The prompt is empty. Write the question that the responses answer.",
  picture: "Picture",
  pictureAlt: (name) => `The picture that is judged: ${name}`,
  noPicture: "No picture: the prompt and the responses are judged by themselves.",
  choose: "Choose a picture",
  replace: "Replace",
  remove: "Remove",
  camera: "Camera",
  pictureHelp: "Or drop or paste one. PNG, JPEG, WebP, AVIF, GIF or BMP.",
  pasted: "Pasted picture",
  inPlace: (name) => `Picture ${name} is in place.`,
  textOnlyTitle: "This model reads text only:",
  textOnly: (architecture) =>
    `${architecture} has no vision transformer, so there is no place for a picture here.`,
  leftOut: (name) => `The picture ${name} is left out.`,
  responses: "Responses",
  response: "Response",
  responseHint: "A response",
  tokens: (own, most) => `${own} of ${most} tokens, with the question.`,
  tooManyTokens: "Too long for this model: shorten it, or take a smaller picture.",
  count: (count, most) => `${count} of ${most}`,
  pasteSeveral: "paste several together",
  pasteSplit: (count) => `The pasted text is ${count} responses, one a field.`,
  removeResponse: (letter) => `Remove response ${letter}`,
  add: "+ Add a response",
  emptyResponse: (letter) => `Response ${letter} is empty. Write it, or remove it.`,
  tooBig: (name, size) => `${name} has ${size}, too much for a picture.`,
  gone: (name) =>
    `${name} cannot be read any more: it was changed, moved or deleted after it was chosen. Choose it again.`,
  notPicture: (name, type) => `${name} cannot be shown: it is not a picture but ${type}.`,
  broken: (name) => `${name} cannot be shown: it may not be a picture, or be damaged.`,
  wanted: "Choose a PNG, JPEG, WebP, AVIF, GIF or BMP.",
  tooManyPixels: (name, size) =>
    `${name} has ${size} pixels, more than the model can take in one input. Make it smaller.`,
  length: (tokens, most) => `about ${tokens} of ${most} tokens`,
  tooLong: "too long",
  example: "Example",
  examples: "Examples",
  cleared: "The example’s question was about its own picture, and was cleared.",
  undo: "Undo",
  contextTitle: "Earlier turns, more pictures, JSON",
  emptyTurn: (turn, isUser) =>
    isUser
      ? `The user’s text of turn ${turn} is empty. Write it, or remove the turn.`
      : `The assistant’s text of turn ${turn} is empty. Write it, or remove the turn.`,
  removed: {
    turn: "The turn was removed.",
    picture: "The picture was removed.",
    replaced: "The conversation took the place of what was here.",
  },
  added: (count) => (count === 1 ? "1 picture was added." : `${count} pictures were added.`),
  addedSome: (count, most) => `${count} were added: a turn has ${most} pictures at most.`,
};
