// Tested by: test/cli/main.test.ts
/**
 * Reads a command's arguments. What is wrong with them is a `UsageError`: exit code 2.
 */

import { existsSync, readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { isObject } from "../src/base/json.ts";
import type { Residency, WeightForm } from "../src/types.ts";
import type { PicturePolicy } from "./batch/remote-picture.ts";
import { adapterChoices, type AdapterChoice } from "./chrome/adapter.ts";
import { runtimeChoices, type RuntimeChoice } from "./chrome/runtime.ts";

/** The command was called wrongly; the message says how. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Options of every command that runs the engine. */
export const engineOptions = {
  model: { type: "string" },
  weights: { type: "string" },
  residency: { type: "string" },
  adapter: { type: "string" },
  runtime: { type: "string" },
  "kernel-profile": { type: "string" },
  "chat-template": { type: "string" },
  head: { type: "string" },
  reward: { type: "string" },
  orientation: { type: "string" },
  alpha: { type: "string" },
  "allow-remote-images": { type: "boolean" },
  "image-host": { type: "string", multiple: true },
  quiet: { type: "boolean" },
} as const;

/** The help of these options; the help of each of those commands ends with it. */
export const engineHelp = `
The engine:
  --model DIR|NAME|URL   a Hugging Face folder on this machine, org/name[@revision] of the hub, or
                         the URL of a folder; by default the small embedded model
  --weights FORM         stored (as published, the default), q8 or q4
  --residency WHERE      auto (the default), resident or streamed
  --adapter WHICH        auto (the default), hardware, driver (the Vulkan driver that
                         VK_ICD_FILENAMES names) or swiftshader (software)
  --runtime WHICH        chrome, or node: this process, on npm's webgpu and sharp if they are
                         installed; by default node where they have a real GPU, chrome elsewhere
  --kernel-profile NAME  the kernels that run: those of a profile (an unknown name lists them), or
                         timed: the fastest here, on software too; by default what suits the adapter
  --chat-template NAME   the chat template of that name, for a model that has several
  --head FILE            a head in place of the published one, as vl-reward adapt writes it
  --reward NAME|FILE     what the model's reward is, if its folder does not say: a published model
                         whose record is built in (HPSv3, Qwen3-Reranker …), or a reward.json
  --orientation WHICH    exif (pictures are turned as EXIF says) or stored; by default what the
                         model's own code does
  --alpha WHICH          white (transparent pictures are laid over white) or drop; as above
  --allow-remote-images  fetches pictures that rows name by http:// or https://, but none of this
                         machine or its network
  --image-host HOST      fetches pictures of this host, wherever it is; may be repeated
  --quiet                no log and no progress on stderr; errors still are
`;

/** The values of the options, checked. */
export interface EngineArguments {
  readonly model: string | undefined;
  /** As stored, or the form of an export, if it is undefined. */
  readonly weights: WeightForm | undefined;
  readonly residency: Residency;
  readonly adapter: AdapterChoice;
  readonly runtime: RuntimeChoice | undefined;
  readonly kernelProfile: string | undefined;
  readonly chatTemplate: string | undefined;
  /** A file with the head that judges in place of the published one. */
  readonly head: string | undefined;
  /** A published name, or the content of a reward.json. */
  readonly reward: string | object | undefined;
  readonly orientation: "exif" | "stored" | undefined;
  readonly alpha: "white" | "drop" | undefined;
  /** Which addresses in rows are fetched. */
  readonly pictures: PicturePolicy;
  readonly quiet: boolean;
}

/** Parses as node:util's `parseArgs` does, strictly. Faults are thrown as `UsageError`s. */
export function parse<T extends Options>(
  args: readonly string[],
  options: T,
  allowPositionals = false,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: boolean; strict: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Checks the options of the engine. */
export function engineArguments(values: {
  readonly [name in keyof typeof engineOptions]?: string | boolean | string[] | undefined;
}): EngineArguments {
  const { model, weights, residency = "auto", adapter = "auto", quiet } = values;
  if (model === "") throw new UsageError("--model is empty");
  if (typeof model === "string" && /^[a-z]+:\/\/[^/?#]*@/i.test(model)) {
    throw new UsageError(
      "--model takes an address without user name and password, which browsers refuse: " +
        "download the folder and name it, or serve it without them",
    );
  }
  const profile = values["kernel-profile"];
  const template = values["chat-template"];
  if (values.head === "") throw new UsageError("--head is empty");
  return {
    model: model === undefined ? undefined : String(model),
    weights: optionalOneOf("--weights", weights, ["stored", "q8", "q4"]),
    residency: oneOf("--residency", residency, ["auto", "resident", "streamed"]),
    adapter: oneOf("--adapter", adapter, adapterChoices),
    runtime: optionalOneOf("--runtime", values.runtime, runtimeChoices),
    kernelProfile: profile === undefined ? undefined : String(profile),
    chatTemplate: template === undefined ? undefined : String(template),
    head: values.head === undefined ? undefined : String(values.head),
    reward: rewardIn(values.reward),
    orientation: optionalOneOf("--orientation", values.orientation, ["exif", "stored"]),
    alpha: optionalOneOf("--alpha", values.alpha, ["white", "drop"]),
    pictures: {
      isAllowed: values["allow-remote-images"] === true,
      hosts: hostsIn(values["image-host"]),
    },
    quiet: quiet === true,
  };
}

/** Hosts as a URL has them: `[::1]`, `example.org`. @throws UsageError */
function hostsIn(value: string | boolean | string[] | undefined): string[] {
  return (Array.isArray(value) ? value : []).map((host) => {
    const address = `http://${host}/`;
    const url = URL.canParse(address) ? new URL(address) : undefined;
    // Nothing but a host: no port, no user, no path, no query.
    if (url !== undefined && /^(\[[^\]]*\]|[^:@/?#\\]+)$/.test(host)) return url.hostname;
    throw new UsageError(`--image-host takes the name of a host, without port; got ${host}`);
  });
}

/** Returns the content of a reward.json, or the name of a published model. @throws UsageError */
function rewardIn(value: string | boolean | string[] | undefined): string | object | undefined {
  if (value === undefined) return undefined;
  const name = String(value);
  if (!existsSync(name)) return name;
  try {
    const json: unknown = JSON.parse(readFileSync(name, "utf8"));
    if (isObject(json)) return json;
  } catch {
    // Said below.
  }
  throw new UsageError(`--reward takes a published name or a file of JSON; ${name} holds none`);
}

function optionalOneOf<T extends string>(
  option: string,
  value: string | boolean | string[] | undefined,
  choices: readonly T[],
): T | undefined {
  return value === undefined ? undefined : oneOf(option, value, choices);
}

/** Reads a value that must be one of a few. */
export function oneOf<T extends string>(
  option: string,
  value: string | boolean | string[],
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new UsageError(`${option} takes ${choices.join(", ")}; got ${String(value)}`);
}

/** Returns a folder that must be given. */
export function requiredFolder(option: string, value: string | undefined): string {
  const folder = required(option, value);
  if (folder !== "-") return folder;
  throw new UsageError(`${option} takes a folder here; got -`);
}

/** Returns a value that must be given. */
export function required(option: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new UsageError(`${option} is missing`);
}
