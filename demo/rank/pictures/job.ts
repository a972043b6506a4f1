/**
 * Generated pictures in the worker: each with its prompt, scored in groups. A picture that cannot
 * be read is its own error. Scores stay until another model is loaded, so that a run goes on.
 */
import { InputError } from "../../../src/errors.ts";
import {
  ownPrompt,
  plainPath,
  PromptList,
  sidecarName,
} from "../../../src/rows/picture-prompts.ts";
import { groupLimits } from "../../../src/score/groups.ts";
import { scoreRows } from "../../../src/score/loop.ts";
import type { InputsCase, Score } from "../../../src/types.ts";
import type { FailedPicture, NamedFile, PicturesRequest, PicturesResult } from "./protocol.ts";

/** What it needs of a model. */
export interface PictureScorer {
  readonly ranksImages: boolean;
  score(
    cases: readonly InputsCase[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly Pick<Score, "value">[]>;
}

interface Row extends NamedFile {
  readonly prompt: string;
}

export class PictureJob {
  readonly #scorer: PictureScorer;
  readonly #kept = new Map<string, number>();

  constructor(scorer: PictureScorer) {
    this.#scorer = scorer;
  }

  /**
   * Scores the pictures without a score. If stopped, it returns those so far.
   * @throws InputError for a model that takes no generated pictures, or a damaged file of prompts;
   *   GpuError, WeightsError
   */
  async run(
    request: PicturesRequest,
    signal: AbortSignal,
    onDone: (done: number, total: number) => void,
  ): Promise<PicturesResult> {
    if (!this.#scorer.ranksImages) {
      throw new InputError({
        where: "this model",
        expected: "a model that takes a prompt and its picture, such as HPSv3",
        todo: "Load one under Models",
      });
    }
    const { rows, failed } = await readPrompts(request);
    const total = request.pictures.length;
    let done = total - rows.filter((row) => !this.#kept.has(keyOf(row))).length;
    onDone(done, total);
    await scoreRows<Row, Pick<Score, "value">, InputsCase>({
      rows: rows.filter((row) => !this.#kept.has(keyOf(row))),
      limits: {
        ...groupLimits,
        // The first is shown soon.
        conversations: { ...groupLimits.conversations, first: 1, least: 1 },
      },
      callsAhead: 1,
      signal,
      cost: ({ prompt }) => ({ conversations: 1, pictures: 1, characters: prompt.length }),
      prepare: ({ prompt, file }) => [{ inputs: { prompt, image: file } }],
      score: (cases) => this.#scorer.score(cases, { signal }),
      take: (outcomes) => {
        for (const outcome of outcomes) {
          if ("fault" in outcome) {
            failed.push({ name: outcome.row.name, reason: outcome.fault.message });
          } else {
            this.#kept.set(keyOf(outcome.row), outcome.scores[0]?.value ?? Number.NaN);
          }
        }
        done += outcomes.length;
        onDone(done, total);
      },
    }).catch((error: unknown) => {
      // A run that is stopped gives what is there.
      if (!signal.aborted) throw error;
    });
    const scored = rows.flatMap((row) => {
      const score = this.#kept.get(keyOf(row));
      return score === undefined ? [] : [{ name: row.name, prompt: row.prompt, score }];
    });
    const isPartial = scored.length + failed.length < total;
    return { scored, failed, total, isPartial };
  }
}

/** The same picture with the same prompt has the same score. */
function keyOf({ name, file: { size, lastModified }, prompt }: Row): string {
  return JSON.stringify([name, size, lastModified, prompt]);
}

/** Finds the prompt of each picture, as `vl-reward rank --images` does. */
async function readPrompts(
  request: PicturesRequest,
): Promise<{ readonly rows: Row[]; readonly failed: FailedPicture[] }> {
  const { pictures, texts, prompts, prompt } = request;
  const rows: Row[] = [];
  const failed: FailedPicture[] = [];
  const common = prompt.trim();
  const list = common === "" && prompts ? await readList(prompts, pictures) : undefined;
  const beside = new Map(texts.map((one) => [one.name, one.file]));
  for (const { name, file } of pictures) {
    try {
      const own =
        common !== ""
          ? common
          : list
            ? list.get(name)
            : await ownPrompt(name, {
                read: async (begin, end) =>
                  new Uint8Array(await file.slice(begin, end).arrayBuffer()),
                beside: beside.get(sidecarName(name)),
              });
      if (own === undefined) throw withoutPrompt(name, prompts);
      rows.push({ name, file, prompt: own });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failed.push({ name, reason });
    }
  }
  return { rows, failed };
}

async function readList(
  { name, file }: NamedFile,
  pictures: readonly NamedFile[],
): Promise<PromptList> {
  const list = new PromptList(
    pictures.map((one) => one.name),
    plainPath,
  );
  for (const [i, line] of (await file.text()).split(/\r?\n/).entries()) {
    list.add(line, `${name}, line ${i + 1}`, "the chosen folder");
  }
  return list;
}

function withoutPrompt(where: string, prompts: NamedFile | undefined): InputError {
  if (prompts !== undefined) {
    const what = `has no prompt in ${prompts.name}`;
    return new InputError({ where, what, todo: "Add a line for it" });
  }
  return new InputError({
    where,
    what: "has no prompt",
    expected: `${sidecarName(where)} beside it, or a PNG with the prompt that its program wrote`,
    todo: "Write one prompt for all, or add a file of prompts",
  });
}
