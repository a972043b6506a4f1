/**
 * Finds a folder's chat template, in the order in which transformers 5.23 looks for it.
 *
 *     models with pictures   processor_config.json, chat_template.json, then as text models
 *     text models            chat_template.jinja and additional_chat_templates/NAME.jinja,
 *                            tokenizer_config.json; at last chat_template.json
 *
 * A model may have several, by name: "default" is used unless the caller names another.
 */
import { isObject, type JsonObject } from "../../base/json.ts";
import { InputError, WeightsError } from "../../errors.ts";
import type { Source } from "../../files/source.ts";
import { parseJson, readText } from "../../files/text-file.ts";
import { readObject } from "../json.ts";

/** Templates by name. */
type Named = ReadonlyMap<string, string>;

const DEFAULT = "default";

/** What the files hold. */
export interface TemplateFiles {
  readonly where: string;
  readonly processor: Named;
  readonly legacy: Named;
  readonly jinja: Named;
  readonly config: Named;
}

export interface TemplateReading {
  readonly tokenizerConfig: Promise<JsonObject | undefined>;
  /** The text of processor_config.json. */
  readonly processorConfig: Promise<string | undefined>;
  /** The name of a template to look for in additional_chat_templates. */
  readonly name: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads the templates of a folder. @throws WeightsError for a damaged file */
export async function readTemplateFiles(
  source: Source,
  { tokenizerConfig, processorConfig, name, signal }: TemplateReading,
): Promise<TemplateFiles> {
  const isFileName = name !== undefined && /^[\w.-]+$/.test(name);
  const [processorText, legacy, jinja, additional, config] = await Promise.all([
    processorConfig,
    readObject(source, "chat_template.json", signal),
    readText(source, "chat_template.jinja", { signal }),
    isFileName
      ? readText(source, `additional_chat_templates/${name}.jinja`, { signal })
      : undefined,
    tokenizerConfig,
  ]);
  const processor =
    processorText === undefined
      ? undefined
      : parseJson(processorText, `${source.name}, processor_config.json`);
  const files = new Map<string, string>();
  if (jinja !== undefined) files.set(DEFAULT, jinja);
  if (additional !== undefined && name !== undefined) files.set(name, additional);
  return {
    where: source.name,
    processor: namedTemplates(isObject(processor) ? processor["chat_template"] : undefined),
    legacy: namedTemplates(legacy?.["chat_template"]),
    jinja: files,
    config: namedTemplates(config?.["chat_template"]),
  };
}

/**
 * Returns the template to use.
 * @param name the name of another than the default one
 * @throws WeightsError if there is none, InputError if there is none of that name
 */
export function chooseTemplate(files: TemplateFiles, hasPictures: boolean, name?: string): string {
  const { where, processor, legacy, jinja, config } = files;
  const order = hasPictures ? [processor, legacy, jinja, config] : [jinja, config, legacy];
  const found = order.find((templates) => templates.size > 0);
  const named = name === undefined ? undefined : order.find((templates) => templates.has(name));
  const template =
    named?.get(name ?? DEFAULT) ?? (name === undefined ? found?.get(DEFAULT) : undefined);
  if (template !== undefined) return template;
  if (found === undefined) {
    throw new WeightsError({
      where,
      what: "the model has no chat template",
      expected: "chat_template.jinja, chat_template.json or chat_template in tokenizer_config.json",
      todo: "Add the file that the model was published with",
    });
  }
  const names = [...new Set(order.flatMap((templates) => [...templates.keys()]))];
  const list = names.map((each) => JSON.stringify(each.slice(0, 60))).join(", ");
  if (name !== undefined) {
    throw new InputError({
      where,
      what: "no chat template has this name",
      got: name,
      expected: list,
    });
  }
  throw new WeightsError({
    where,
    what: 'the model has several chat templates, and none is called "default"',
    got: list,
    todo: "Choose one by its name: the load option chatTemplate",
  });
}

/** Returns the named templates: the field is a text, a list of named ones, or an object of them. */
function namedTemplates(templates: unknown): Named {
  if (typeof templates === "string") return new Map([[DEFAULT, templates]]);
  const list: readonly unknown[] = Array.isArray(templates)
    ? templates
    : Object.entries(isObject(templates) ? templates : {}).map(([name, template]) => {
        return { name, template };
      });
  const named = new Map<string, string>();
  for (const entry of list) {
    const { name, template } = isObject(entry) ? entry : {};
    if (typeof name === "string" && typeof template === "string") named.set(name, template);
  }
  return named;
}
