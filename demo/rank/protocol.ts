/** What Rank asks of the library's worker: pictures that rows name by their address. */

export interface FetchedPicture {
  readonly picture: Blob;
}

declare module "../engine/protocol.ts" {
  interface LibraryRequests {
    readonly fetchPicture: { readonly url: string };
  }

  interface LibraryResults {
    readonly fetchPicture: FetchedPicture;
  }
}
