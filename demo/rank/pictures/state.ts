/** What Rank knows of generated pictures: the chosen files, and the last ranking. */
import type { PageFault } from "../../base/faults.ts";
import type { Part } from "../../base/page.ts";
import type { NamedFile, PicturesResult } from "./protocol.ts";

/** What was chosen to be ranked. */
export interface ChosenFiles {
  readonly pictures: readonly NamedFile[];
  readonly texts: readonly NamedFile[];
  /** Files of prompts; more than one cannot be used. */
  readonly prompts: readonly NamedFile[];
}

export interface RankedPictures extends PicturesResult {
  readonly model: string;
  readonly ownHead: string | undefined;
  /** What was ranked. A choice or a prompt that differs makes it stale. */
  readonly chosen: ChosenFiles;
  readonly prompt: string;
  /** Where each picture is shown from. */
  readonly urls: ReadonlyMap<string, string>;
}

export interface PicturesState {
  readonly chosen: ChosenFiles;
  readonly prompt: string;
  readonly running: { readonly done: number; readonly total: number } | undefined;
  readonly result: RankedPictures | undefined;
  readonly fault: PageFault | undefined;
  /** How many pictures of each prompt are listed. */
  readonly shown: number;
}

/** Pictures that are listed before "show more". */
export const PICTURES_SHOWN = 50;

export const pictures: Part<PicturesState> = {
  name: "pictures",
  first: () => ({
    chosen: { pictures: [], texts: [], prompts: [] },
    prompt: "",
    running: undefined,
    result: undefined,
    fault: undefined,
    shown: PICTURES_SHOWN,
  }),
};
