/** Score: earlier turns, a system prompt, several pictures. Loaded when asked for. */

export interface ContextWords {
  readonly system: string;
  readonly systemHint: string;
  turn(turn: string): string;
  readonly user: string;
  readonly assistant: string;
  readonly addTurn: string;
  removeTurn(turn: string): string;
  picturesOfTurn(turn: string): string;
  readonly questionPictures: string;
  readonly addPictures: string;
  readonly textFirst: string;
  readonly leftOut: string;
  earlier(name: string): string;
  later(name: string): string;
  removePicture(name: string): string;
  moved(name: string, place: string): string;
  readonly json: string;
  readonly jsonHelp: string;
  readonly takeJson: string;
  notJson(reason: string): string;
  readonly jsonForm: string;
  role(turn: number, role: string): string;
  readonly noQuestion: string;
  between(turn: number): string;
  field(where: string, name: string): string;
  readonly notText: string;
  tooMany(count: number, most: number): string;
  tooManyPictures(turn: number, most: number): string;
  notChosen(name: string): string;
  placesWithout(places: number, pictures: number): string;
  unused(names: string): string;
}

export const english: ContextWords = {
  system: "System prompt",
  systemHint: "Optional",
  turn: (turn) => `Earlier turn ${turn}`,
  user: "User",
  assistant: "Assistant",
  addTurn: "+ Add a turn",
  removeTurn: (turn) => `Remove turn ${turn}`,
  picturesOfTurn: (turn) => `Pictures of turn ${turn}`,
  questionPictures: "Pictures of the prompt",
  addPictures: "Add pictures",
  textFirst: "The text comes before the pictures",
  leftOut: "This model reads text only: the pictures are left out.",
  earlier: (name) => `Move ${name} one place earlier`,
  later: (name) => `Move ${name} one place later`,
  removePicture: (name) => `Remove ${name}`,
  moved: (name, place) => `${name} is now picture ${place}.`,
  json: "A conversation as JSON",
  jsonHelp:
    'As chat APIs take it: {"messages": […]}. Pictures are data URLs, or names of pictures that are chosen here. A last turn of the assistant becomes the response.',
  takeJson: "Put it into the form",
  notJson: (reason) => `This is not valid JSON: ${reason}`,
  jsonForm: 'Expected {"messages": […]}, or a list of messages.',
  role: (turn, role) =>
    `Message ${turn} is of ${role}: the form takes a system prompt first, then user and assistant in turn.`,
  noQuestion: "The question is missing: a turn of the user before the response.",
  between: (turn) =>
    `Message ${turn} has pictures within its text: the form puts all of them before it or after it.`,
  field: (where, name) => `${where} has ${name}, which the form cannot pass on. Leave it out.`,
  notText: "A turn of the assistant is not one text.",
  tooMany: (count, most) => `There are ${count} responses; ${most} is the most.`,
  tooManyPictures: (turn, most) => `Message ${turn} has more than ${most} pictures.`,
  notChosen: (name) =>
    `The picture ${name} is not among those that are chosen here, and nothing is fetched. Choose it first, or write it as a data URL.`,
  placesWithout: (places, pictures) =>
    `There are ${places} places for pictures, and ${pictures} pictures are chosen here. Choose the others first.`,
  unused: (names) => `Not read, and without effect: ${names}.`,
};
