/** What the page asks of generated pictures, and the answer: data that survives a clone. */

/** A file by its path in the folder that was chosen, with slashes. */
export interface NamedFile {
  readonly name: string;
  readonly file: File;
}

export interface PicturesRequest {
  readonly pictures: readonly NamedFile[];
  /** Files of texts; one of a picture's name holds its prompt. */
  readonly texts: readonly NamedFile[];
  /** JSON lines with the prompts, in place of those. */
  readonly prompts: NamedFile | undefined;
  /** One prompt for all, in place of all others; empty for none. */
  readonly prompt: string;
}

export interface RankedPicture {
  readonly name: string;
  readonly prompt: string;
  readonly score: number;
}

/** A picture that has no score, and why. */
export interface FailedPicture {
  readonly name: string;
  readonly reason: string;
}

export interface PicturesResult {
  /** In the order of the request. */
  readonly scored: readonly RankedPicture[];
  readonly failed: readonly FailedPicture[];
  readonly total: number;
  /** True if it was stopped before all were scored. */
  readonly isPartial: boolean;
}

declare module "../../engine/protocol.ts" {
  interface Requests {
    readonly rankPictures: { readonly request: PicturesRequest };
  }

  interface Results {
    readonly rankPictures: PicturesResult;
  }
}
