// Tested by: test/demo/sessions.browser.test.ts
/** What of the page a session is: plain data that the database keeps, and the way back. */
import type { Page } from "../base/page.ts";
import { drafting, draftResponse, nextKey } from "../draft/state.ts";
import type { Context, Draft, Exchange, Picture } from "../draft/state.ts";
import { embeddedUrl } from "../engine/state.ts";
import { setResponses } from "../rank/actions.ts";
import { rank } from "../rank/state.ts";
import type { RankResult } from "../rank/state.ts";
import { ranking } from "../rank/table/state.ts";
import type { RowResult, TableState } from "../rank/table/state.ts";
import { scores } from "../score/state.ts";
import type { Verdict } from "../verdict/state.ts";
import type { WholeWork } from "../store/work-sessions.ts";

interface KeptPicture {
  readonly name: string;
  readonly blob: Blob;
  /** Of an example: its picture comes with the page. */
  readonly example: string | undefined;
}

interface KeptDraft {
  readonly prompt: string;
  readonly responses: readonly string[];
  readonly picture: KeptPicture | undefined;
  /** Absent of one picture and one prompt, and of sessions before there was more. */
  readonly context?: KeptContext | undefined;
}

interface KeptContext extends Pick<Context, "system" | "isTextFirst"> {
  readonly exchanges: readonly (Omit<Exchange, "key" | "pictures"> & {
    readonly pictures: readonly KeptPicture[];
  })[];
  readonly morePictures: readonly KeptPicture[];
}

interface KeptTable {
  /** Each with its path in the folder that was chosen. */
  readonly files: readonly (readonly [path: string, file: File])[];
  readonly fetched: readonly (readonly [string, Blob])[];
}

/** What of the table's state is kept beside its files and its scores. */
const LOOK = ["judge", "filter", "order", "group", "format", "select", "margin"] as const;
type KeptLook = Pick<TableState, (typeof LOOK)[number]>;

export type PartName = "draft" | "verdict" | "rank" | "table" | "look";

/** A part of a session: when it changed, and what is kept of it. */
interface KeptPart {
  /** Returns what stays the same as long as the part does. */
  readonly marks: (page: Page) => readonly unknown[];
  readonly value: (page: Page) => unknown;
}

export const PARTS: Readonly<Record<PartName, KeptPart>> = {
  draft: {
    marks: (page) => [page.get(drafting).draft, page.get(drafting).sampleId],
    value: (page) => ({
      ...keptDraft(page.get(drafting).draft),
      sampleId: page.get(drafting).sampleId,
    }),
  },
  verdict: {
    marks: (page) => [page.get(scores).verdict],
    value(page) {
      const { verdict } = page.get(scores);
      return verdict && { ...verdict, draft: keptDraft(verdict.draft) };
    },
  },
  rank: {
    marks: (page) => [page.get(rank).text, page.get(rank).result],
    value(page) {
      const { text, result } = page.get(rank);
      return {
        text,
        result: result && { ...result, picture: result.picture && keptPicture(result.picture) },
      };
    },
  },
  table: {
    marks: (page) => [page.get(ranking).table],
    value(page): KeptTable | undefined {
      const { table } = page.get(ranking);
      return (
        table && {
          files: table.files.map((file) => [file.webkitRelativePath, file] as const),
          fetched: [...table.pictures.fetched],
        }
      );
    },
  },
  look: {
    marks: (page) => LOOK.map((name) => page.get(ranking)[name]),
    value: (page) => Object.fromEntries(LOOK.map((name) => [name, page.get(ranking)[name]])),
  },
};

/** Returns true if the page holds anything of the person's own. */
export function isOwn(page: Page): boolean {
  const { draft, sampleId } = page.get(drafting);
  const hasDraft =
    sampleId === undefined &&
    (draft.prompt !== "" ||
      draft.picture !== undefined ||
      draft.context !== undefined ||
      draft.responses.some(({ text }) => text !== ""));
  return hasDraft || page.get(rank).text !== "" || page.get(ranking).table !== undefined;
}

/** Returns a name for a session that has none yet: what it asks. */
export function nameOf(page: Page): string {
  const { table } = page.get(ranking);
  const { prompt, picture } = page.get(drafting).draft;
  const name = table?.title ?? (prompt.trim() || picture?.name);
  return (name ?? "").replaceAll(/\s+/g, " ").slice(0, 80);
}

function keptDraft({ prompt, responses, picture, context }: Draft): KeptDraft {
  return {
    prompt,
    responses: responses.map(({ text }) => text),
    picture: picture && keptPicture(picture),
    ...(context && { context: keptContext(context) }),
  };
}

function keptContext({ system, exchanges, morePictures, isTextFirst }: Context): KeptContext {
  return {
    system,
    isTextFirst,
    exchanges: exchanges.map(({ user, assistant, isTextFirst: isFirst, pictures }) => ({
      user,
      assistant,
      isTextFirst: isFirst,
      pictures: pictures.map(keptPicture),
    })),
    morePictures: morePictures.map(keptPicture),
  };
}

function keptPicture({ name, blob, url }: Picture): KeptPicture {
  const folder = embeddedUrl();
  const example = url.startsWith(folder) ? url.slice(folder.length) : undefined;
  return { name, blob: example === undefined ? blob : new Blob(), example };
}

/** Puts a session into the page. Its model is not loaded: the scores say what judged. */
export function restore(page: Page, { parts }: WholeWork): void {
  const kept = parts as Readonly<Partial<Record<PartName, unknown>>>;
  const draft = kept.draft as (KeptDraft & { readonly sampleId?: string }) | undefined;
  if (draft !== undefined) {
    page.change(drafting, {
      ...drafting.first(),
      draft: draftOf(page, draft),
      sampleId: draft.sampleId,
    });
  }
  const verdict = kept.verdict as
    | (Omit<Verdict, "draft"> & { readonly draft: KeptDraft })
    | undefined;
  if (verdict !== undefined) {
    const now = page.get(drafting).draft;
    const isSame =
      draft !== undefined &&
      JSON.stringify(textsOf(verdict.draft)) === JSON.stringify(textsOf(draft));
    page.change(scores, {
      verdict: { ...verdict, draft: isSame ? now : draftOf(page, verdict.draft) },
    });
  }
  const ranked = kept.rank as
    | {
        readonly text: string;
        readonly result?: RankResult & { readonly picture: KeptPicture | undefined };
      }
    | undefined;
  if (ranked !== undefined) {
    const own = page.get(drafting);
    setResponses(page, ranked.text);
    // Rows that are pasted bring their question; the one that was kept goes first.
    page.change(drafting, own);
    const { result } = ranked;
    page.change(rank, {
      result: result && { ...result, picture: result.picture && pictureOf(page, result.picture) },
    });
  }
}

/** Reads the files of a session's table again, and shows them with their scores. */
export async function restoreRows(page: Page, { parts, results }: WholeWork): Promise<void> {
  const { table, look } = parts as {
    readonly table?: KeptTable;
    readonly look?: Partial<KeptLook>;
  };
  if (table === undefined) return;
  const { restoreTable } = await import("../rank/table/actions.ts");
  const found = results.map(({ number, result }) => [number, result as RowResult] as const);
  const files = table.files.map(([path, file]) => withPath(file, path));
  await restoreTable(page, { files, fetched: table.fetched }, new Map(found), look ?? {});
}

/** Gives a file its path in a folder again: the database keeps its name alone. */
function withPath(file: File, path: string): File {
  return Object.defineProperty(file, "webkitRelativePath", { value: path, configurable: true });
}

/** Returns what tells one kept draft from another: texts, and names and sizes of pictures. */
function textsOf({ prompt, responses, picture, context }: KeptDraft): unknown {
  const sign = (one: KeptPicture): unknown => [one.name, one.blob.size];
  const turns = context?.exchanges.map((one) => ({ ...one, pictures: one.pictures.map(sign) }));
  const more = context && [context.system, context.isTextFirst, context.morePictures.map(sign)];
  return [prompt, responses, picture && sign(picture), turns, more];
}

function draftOf(page: Page, { prompt, responses, picture, context }: KeptDraft): Draft {
  return {
    prompt,
    responses: responses.map((text) => draftResponse(text)),
    picture: picture && pictureOf(page, picture),
    context: context && contextOf(page, context),
  };
}

function contextOf(page: Page, { exchanges, morePictures, ...rest }: KeptContext): Context {
  const own = (one: KeptPicture): Picture => pictureOf(page, one);
  return {
    ...rest,
    exchanges: exchanges.map((one) => ({
      ...one,
      key: nextKey(),
      pictures: one.pictures.map(own),
    })),
    morePictures: morePictures.map(own),
  };
}

function pictureOf(page: Page, { name, blob, example }: KeptPicture): Picture {
  const url =
    example === undefined ? page.pictures.addressOf(blob) : new URL(example, embeddedUrl()).href;
  return { name, blob, url };
}
