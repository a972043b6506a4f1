// Tested by: test/cli/commands/explain.test.ts
/**
 * Explains pairs one after the other, by the engine in Chrome or by a server, and keeps each
 * explanation in a journal (src/score/journal.ts), so that the same call goes on where it stopped.
 */

import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";
import { isObject, type RowId } from "../../src/base/json.ts";
import { InputError } from "../../src/errors.ts";
import { Explainer } from "../../src/explain/explain.ts";
import type {
  ExplainOptions,
  ExplainRequest,
  ExplainScorer,
  Explanation,
} from "../../src/explain/types.ts";
import { digestOfText, entryLine, KeptEntries } from "../../src/score/journal.ts";
import { imagePartsOf } from "../../src/text/template/conversation.ts";
import type { Conversation, ImageInput } from "../../src/types.ts";
import type { EngineArguments } from "../arguments.ts";
import { withEngine } from "../chrome/with-engine.ts";
import type { Context } from "../command.ts";
import { unwritable } from "../output/output-file.ts";
import { withScorer, type Backend } from "../batch/batch-backend.ts";
import { readJournal } from "../batch/read-journal.ts";

/** A pair, as it is explained. */
export interface PairToExplain extends ExplainRequest {
  readonly id: RowId;
  readonly where: string;
  readonly messages: Conversation;
  /** A picture of another pair. */
  readonly otherPicture?: ImageInput | undefined;
}

export interface ExplainJob {
  readonly pairs: readonly PairToExplain[];
  /** What paths of pictures are relative to. */
  readonly folder: string;
  readonly engine: EngineArguments;
  readonly backend: Backend | undefined;
  readonly asked: ExplainOptions;
  /** The journal; undefined if the output cannot be continued. */
  readonly journal: string | undefined;
  /** What makes this run another than one with the same journal. */
  readonly judge: unknown;
}

type Explain = (pair: PairToExplain) => Promise<Explanation>;

/**
 * Explains the pairs in order; `take` is called for each.
 * @throws InputError for a journal of another run, or a pair that cannot be explained
 */
export async function explainPairs(
  job: ExplainJob,
  context: Context,
  take: (pair: PairToExplain, explanation: Explanation) => Promise<void>,
): Promise<void> {
  const { pairs, journal, judge, asked } = job;
  const head = { judge, explain: asked };
  const kept =
    journal === undefined
      ? new KeptEntries()
      : await readJournal(journal, head, "explanations", (line) => context.log(line));
  const digests = pairs.map(({ messages, responses, otherPicture }) =>
    digestOfText(JSON.stringify([messages, responses, otherPicture ?? null])),
  );
  const known = (i: number): Explanation | undefined => {
    const [pair, digest] = [pairs[i], digests[i]];
    if (pair === undefined || digest === undefined) return undefined;
    const { id, responses } = pair;
    const entry = kept.find({ id, digest, conversations: responses.length });
    // The check of the line holds: it is as this command wrote it.
    return isObject(entry?.["explanation"])
      ? (entry["explanation"] as unknown as Explanation)
      : undefined;
  };
  const all = async (explain: Explain): Promise<void> => {
    for (const [i, pair] of pairs.entries()) {
      context.signal.throwIfAborted();
      let explanation = known(i);
      if (explanation === undefined) {
        explanation = await withWhere(pair, () => explain(pair));
        context.signal.throwIfAborted();
        if (journal !== undefined) await keep(journal, pair, digests[i] ?? "", explanation);
      }
      await take(pair, explanation);
    }
  };
  if (pairs.every((_, i) => known(i) !== undefined)) {
    await all(() => Promise.reject(new Error("every explanation is known")));
  } else await withExplainer(job, context, all);
}

async function keep(
  journal: string,
  { id }: PairToExplain,
  digest: string,
  explanation: Explanation,
): Promise<void> {
  const line = entryLine({ id, digest, scores: explanation.values, explanation });
  await appendFile(journal, `${line}\n`).catch((cause: unknown) => unwritable(journal, cause));
}

/** Opens what explains, does the work, and closes it. */
async function withExplainer(
  { folder, engine, backend, asked }: ExplainJob,
  context: Context,
  work: (explain: Explain) => Promise<void>,
): Promise<void> {
  if (backend === undefined) {
    await withEngine(engine, context, async (page) => {
      await work(async ({ messages, responses, otherPicture }) =>
        page.explain({ messages, responses }, { ...asked, otherPicture }, folder),
      );
    });
    return;
  }
  await withScorer(engine, backend, context, async (scorer) => {
    const remote: ExplainScorer = {
      score: async (conversations) =>
        await scorer.score(conversations as readonly Conversation[], folder),
    };
    await work(async ({ messages, responses }) =>
      new Explainer(remote, { messages, responses }, asked).run({ signal: context.signal }),
    );
  });
}

/** Names the row in what is wrong with it. */
async function withWhere<T>({ where, id }: PairToExplain, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof InputError ? error.within(`${where} (id ${id})`) : error;
  }
}

/**
 * Returns the pictures of a conversation for a report; those that are not files here are left out.
 */
export async function dataUrls(
  messages: Conversation,
  folder: string,
): Promise<(string | undefined)[]> {
  return await Promise.all(
    imagePartsOf(messages).map(async ({ image }) => {
      if (typeof image !== "string" || /^https?:/i.test(image)) return undefined;
      if (/^data:image\//i.test(image)) return image;
      const bytes = await readFile(path.resolve(folder, image)).catch(() => undefined);
      return bytes && `data:image;base64,${bytes.toString("base64")}`;
    }),
  );
}
