// Tested by: test/decide/questions.test.ts
/**
 * Reads a request for decisions, in either of the two shapes in use:
 *
 *     { state, questions: { id: { type: "noul" | "choice" | "score", instructions, criteria } },
 *       images?, model? }                                    /v1/systemone of servers
 *     { input, questions: [{ type: "predicate" | "choice" | "score", instructions, name?,
 *       choices: [{ value, description }], levels: [{ label, description }] }], model? }
 *                                                            vLLM's /v1/decisions, OpenAI's
 */
import { isObject, kindOf } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import { InputError } from "../errors.ts";
import { readData } from "../text/template/read-conversation.ts";
import { readPicture } from "../text/template/parts.ts";
import type { ImageInput } from "../types.ts";

/** A question, its options in order. */
export interface Question {
  readonly id: string;
  readonly type: "noul" | "choice" | "score";
  /** Any plain data. */
  readonly instructions: unknown;
  /** Of a noul `false` and `true`; of a score the levels from 0. */
  readonly options: readonly Option[];
}

export interface Option {
  /** Its key among the probabilities. */
  readonly key: string;
  /** What it is called to the model; undefined for a level, which has no name. */
  readonly name: string | undefined;
  /** What is said of it; null if nothing is. */
  readonly about: unknown;
}

export interface DecideInput {
  readonly state: unknown;
  readonly images: readonly ImageInput[];
  readonly questions: readonly Question[];
  readonly model: string | undefined;
  /** Whether the request, and so the answer, is a list. */
  readonly isList: boolean;
}

export const MAX_QUESTIONS = 64;
/** As TypeSafe's interface has it. */
const MAX_CHOICES = 255;
const MAX_LEVELS = 10;

/** @throws InputError that names the field which is missing, unknown or of another form */
export function readDecideInput(request: unknown): DecideInput {
  const where = "decide";
  if (!isObject(request)) return wrong(where, request, "{ state, questions }");
  const isList = Array.isArray(request["questions"]);
  const stateName = isList && "input" in request ? "input" : "state";
  only(request, [stateName, "questions", "images", "model"], where);
  if (!(stateName in request)) return wrong(`${where}, ${stateName}`, undefined, "text or data");
  const { questions, images = [], model } = request;
  if (!Array.isArray(images)) return wrong(`${where}, images`, images, "a list of pictures");
  if (model !== undefined && typeof model !== "string") {
    return wrong(`${where}, model`, model, "a name");
  }
  const named: readonly (readonly [string, unknown])[] = Array.isArray(questions)
    ? questions.map((one, i) => [nameOf(one, i), one])
    : isObject(questions)
      ? Object.entries(questions)
      : wrong(`${where}, questions`, questions, "questions by name, or a list of them");
  if (named.length === 0 || named.length > MAX_QUESTIONS) {
    const got = `${named.length} questions`;
    throw new InputError({ where: `${where}, questions`, expected: `1 to ${MAX_QUESTIONS}`, got });
  }
  const names = new Set(named.map(([id]) => id));
  if (names.size < named.length) {
    throw new InputError({ where: `${where}, questions`, what: "two of them have the same name" });
  }
  return {
    state: readData(request[stateName] ?? null, `${where}, ${stateName}`),
    images: images.map((image, i) => readPicture(image, `${where}, images[${i}]`)),
    questions: named.map(([id, one]) => readQuestion(id, one, isList)),
    model,
    isList,
  };
}

function nameOf(question: unknown, index: number): string {
  const name = isObject(question) ? question["name"] : undefined;
  return typeof name === "string" && name !== "" ? name : String(index);
}

function readQuestion(id: string, question: unknown, isList: boolean): Question {
  const where = `decide, questions.${id.slice(0, 60)}`;
  if (!isObject(question)) return wrong(where, question, "{ type, instructions }");
  const { type: given, instructions } = question;
  const type = given === "predicate" && isList ? "noul" : given;
  if (type !== "noul" && type !== "choice" && type !== "score") {
    const expected = isList ? "predicate, choice or score" : "noul, choice or score";
    return wrong(`${where}.type`, given, expected);
  }
  if (!("instructions" in question))
    return wrong(`${where}.instructions`, undefined, "the question");
  const ofList = type === "noul" ? [] : type === "choice" ? ["choices"] : ["levels"];
  const fields = isList ? ["name", ...ofList, "criteria"] : ["criteria"];
  only(question, ["type", "instructions", ...fields], where);
  const options = isList ? listedOptions(question, type, where) : criteriaOf(question, type, where);
  const asked = readData(instructions ?? null, `${where}.instructions`);
  return { id, type, instructions: asked, options };
}

function criteriaOf(question: JsonObject, type: Question["type"], where: string): Option[] {
  const place = `${where}.criteria`;
  const criteria = question["criteria"] ?? undefined;
  if (type === "noul") {
    const about = criteria ?? {};
    if (!isObject(about)) return wrong(place, criteria, "{ true, false }");
    only(about, ["true", "false"], place);
    return binary(about["false"], about["true"], place);
  }
  if (type === "choice") {
    if (!isObject(criteria)) return wrong(place, criteria, "options by name");
    const options = Object.entries(criteria).map(([name, about]) => {
      return { key: name, name, about: readData(about ?? null, `${place}.${name}`) };
    });
    return counted(options, 1, MAX_CHOICES, place);
  }
  if (!Array.isArray(criteria)) return wrong(place, criteria, "a list of levels");
  return levels(criteria, place);
}

function listedOptions(question: JsonObject, type: Question["type"], where: string): Option[] {
  if ("criteria" in question) return criteriaOf(question, type, where);
  if (type === "noul") return binary(undefined, undefined, where);
  const field = type === "choice" ? "choices" : "levels";
  const named = type === "choice" ? "value" : "label";
  const place = `${where}.${field}`;
  const list = question[field];
  if (!Array.isArray(list)) return wrong(place, list, `a list of { ${named}, description }`);
  const entries = list.map((one: unknown, i) => {
    if (typeof one === "string") return { name: one, about: null };
    const name = isObject(one) ? one[named] : undefined;
    if (!isObject(one) || typeof name !== "string") {
      return wrong(`${place}[${i}]`, one, `{ ${named}, description }`);
    }
    only(one, [named, "description"], `${place}[${i}]`);
    return { name, about: readData(one["description"] ?? null, `${place}[${i}].description`) };
  });
  if (type === "choice") {
    const options = entries.map(({ name, about }) => ({ key: name, name, about }));
    return counted(options, 1, MAX_CHOICES, place);
  }
  return levels(
    entries.map(({ name, about }) =>
      about === null || about === ""
        ? name
        : `${name} - ${typeof about === "string" ? about : JSON.stringify(about)}`,
    ),
    place,
  );
}

function binary(no: unknown, yes: unknown, place: string): Option[] {
  return [
    { key: "false", name: "no", about: readData(no ?? null, `${place}.false`) },
    { key: "true", name: "yes", about: readData(yes ?? null, `${place}.true`) },
  ];
}

function levels(list: readonly unknown[], place: string): Option[] {
  const options = list.map((level, i) => {
    return { key: String(i), name: undefined, about: readData(level ?? null, `${place}[${i}]`) };
  });
  return counted(options, 2, MAX_LEVELS, place);
}

function counted(options: Option[], least: number, most: number, where: string): Option[] {
  const keys = new Set(options.map(({ key }) => key));
  if (options.length >= least && options.length <= most && keys.size === options.length) {
    return options;
  }
  throw new InputError({
    where,
    expected: `${least} to ${most} options, all different`,
    got: options.length,
  });
}

/** Refuses other fields. */
function only(value: JsonObject, known: readonly string[], where: string): void {
  const other = Object.keys(value).find(
    (name) => !known.includes(name) && value[name] !== undefined,
  );
  if (other === undefined) return;
  throw new InputError({
    where: `${where}.${other.slice(0, 60)}`,
    what: "a field that is not used",
    expected: known.join(", "),
    todo: "Remove it",
  });
}

function wrong(where: string, value: unknown, expected: string): never {
  const got = typeof value === "string" ? value.slice(0, 80) : kindOf(value);
  throw new InputError({ where, expected, got });
}
