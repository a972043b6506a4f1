/** What the page knows of the panel that explains a score: at most one is open. */
import type { ExplainCost, Explanation } from "../../src/explain/types.ts";
import type { Conversation } from "../../src/types.ts";
import type { Page, Part } from "../base/page.ts";
import type { TokenStep } from "../engine/protocol.ts";
import type { JudgeKey } from "../engine/state.ts";

/** The jobs of the panel. */
export const EXPLAINING = "explaining";
export const WHAT_IF = "what-if";

/** A response as the panel shows it. */
export interface Candidate {
  /** "A", or "Response 3". */
  readonly name: string;
  readonly text: string;
  readonly value: number;
}

/** A row of a view whose score can be explained. */
export interface Subject {
  /** The result that the row belongs to: another result has other explanations. */
  readonly of: object;
  /** The model that judged; only that one can explain its scores. */
  readonly judge: JudgeKey | undefined;
  /** The row, in the candidates. */
  readonly index: number;
  readonly candidates: readonly Candidate[];
  /** Values of the row's tokens, if they are there already. */
  readonly steps?: readonly TokenStep[] | undefined;
  /** What the address of the page has after `#` while the panel is open. */
  readonly address?: string | undefined;
  /** Where the first picture is shown from. */
  readonly pictureUrl: string | undefined;
  /** Where all pictures of a conversation are shown from, if it may have several. */
  readonly pictureUrls?: readonly string[] | undefined;
  /** Returns the conversation up to the responses, with its pictures. */
  messages(): Promise<Conversation>;
}

/** What a person tries in place of the response. */
export interface WhatIf {
  readonly text: string;
  readonly isRunning: boolean;
  readonly value: number | undefined;
  readonly fault: string | undefined;
}

export interface Why {
  readonly of: object;
  readonly index: number;
  /** The response that it is compared with; undefined if there is none. */
  readonly other: number | undefined;
  /** Names the explanation in the worker. */
  readonly key: number;
  readonly isRunning: boolean;
  /** How far it was asked to go. */
  readonly upTo: "contrast" | "all";
  readonly found: Explanation | undefined;
  /** The share of the steps that are done, and the scores so far. */
  readonly progress: number;
  readonly scores: number;
  readonly cost: ExplainCost | undefined;
  /** Of the row's response. */
  readonly steps: readonly TokenStep[];
  readonly fault: string | undefined;
  /** Which of the pictures is shown. */
  readonly picture: number;
  /** The cell whose number is read, in the order of the grid. */
  readonly cell: number | undefined;
  /** Pixels of the picture. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly showsAll: boolean;
  readonly isCopied: boolean;
  readonly whatIf: WhatIf | undefined;
  readonly inspected: number | undefined;
}

interface Explaining {
  readonly open: Why | undefined;
}

export const explaining: Part<Explaining> = {
  name: "explaining",
  first: () => ({ open: undefined }),
};

/** Returns the open panel, if it is that of a row. */
export function whyOf(page: Page, { of, index }: Pick<Subject, "of" | "index">): Why | undefined {
  const { open } = page.get(explaining);
  return open?.of === of && open.index === index ? open : undefined;
}

/** Changes the open panel; nothing if it is not that of `key` any more. */
export function changeWhy(page: Page, key: number, change: Partial<Why>): void {
  const { open } = page.get(explaining);
  if (open?.key === key) page.change(explaining, { open: { ...open, ...change } });
}

/**
 * Returns the fuller one of what was known and what is found now. A run that goes on begins with
 * the first step again, and what was found must not go meanwhile.
 */
export function fuller(known: Explanation | undefined, found: Explanation): Explanation {
  if (known === undefined || found.progress >= known.progress) return found;
  const { stopped } = found;
  return stopped === undefined ? known : { ...known, stopped };
}
