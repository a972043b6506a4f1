// Tested by: test/files/closing-source.test.ts
/** The text side of a model that computes elsewhere. */
import { isObject, type JsonObject } from "../base/json.ts";
import { readObject } from "../text/json.ts";
import { chooseTemplate } from "../text/template/template-files.ts";
import { createTextProcessor, readTextFiles } from "../text/text-processor.ts";
import type { TextProcessor } from "../text/text-processor.ts";
import { closingSource } from "../files/closing-source.ts";
import type { Source } from "../files/source.ts";
import { resolveSource } from "../files/resolve-source.ts";
import type { ModelFolder } from "../files/resolve-source.ts";

export interface RemoteTokenizer {
  readonly text: TextProcessor;
  /** What messages must not spell if the server templates them. */
  readonly controlTokens: readonly string[];
  /**
   * The token that this engine does not read as a conversation's last one, and servers do;
   * undefined if the folder does not say.
   */
  readonly padTokenId: number | undefined;
}

/**
 * Reads tokenizer and chat template of a folder.
 * @throws WeightsError if they are missing or damaged
 */
export async function loadRemoteTokenizer(
  folder: ModelFolder,
  signal: AbortSignal | undefined,
): Promise<RemoteTokenizer> {
  const source = closingSource(resolveSource(folder));
  try {
    return await readTokenizer(source, signal);
  } finally {
    await source.close();
  }
}

async function readTokenizer(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<RemoteTokenizer> {
  const [{ tokenizer, templates, specialTokens }, config] = await Promise.all([
    readTextFiles(source, { signal }),
    readObject(source, "config.json", signal),
  ]);
  const template = chooseTemplate(templates, isObject(config?.["vision_config"]));
  const text = createTextProcessor(tokenizer, template, specialTokens);
  const added = tokenizer["added_tokens"];
  const contents = (Array.isArray(added) ? added : []).map((token: unknown) =>
    isObject(token) && typeof token["content"] === "string" ? token["content"] : "",
  );
  const controlTokens = contents.filter((content) => content.trim() !== "");
  return { text, controlTokens, padTokenId: padTokenIn(config) };
}

/** Returns the token that `scoredToken` skips: only if a text model's head pools. */
function padTokenIn(config: JsonObject | undefined): number | undefined {
  const pad = config?.["pad_token_id"];
  const architectures = config?.["architectures"];
  const [architecture] = Array.isArray(architectures) ? (architectures as unknown[]) : [];
  const isPooled = String(architecture).endsWith("ForSequenceClassification");
  return isPooled && typeof pad === "number" ? pad : undefined;
}
