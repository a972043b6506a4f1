/** Pictures of the user as the page shows them: `blob:` addresses, whose memory has to be freed. */
export class Pictures {
  readonly #urls = new Set<string>();

  /** Returns an address under which the page can show a picture as long as a view shows it. */
  addressOf(picture: Blob): string {
    const url = URL.createObjectURL(picture);
    this.#urls.add(url);
    return url;
  }

  /** Frees the memory behind all pictures but those that are shown. */
  keepOnly(shown: ReadonlySet<string | undefined>): void {
    for (const url of this.#urls) {
      if (!shown.has(url)) {
        URL.revokeObjectURL(url);
        this.#urls.delete(url);
      }
    }
  }
}
