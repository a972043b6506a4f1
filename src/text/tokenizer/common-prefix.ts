// Tested by: test/text/tokenizer/pieces.test.ts
/**
 * What several prompts share.
 */

/** Returns how many tokens all the prompts have in common at their start; 0 for no prompt. */
export function commonPrefixLength(prompts: readonly Uint32Array[]): number {
  const [first, ...others] = prompts;
  if (first === undefined) return 0;
  let shared = first.length;
  for (const prompt of others) {
    const length = Math.min(shared, prompt.length);
    let same = 0;
    while (same < length && prompt[same] === first[same]) same++;
    shared = same;
  }
  return shared;
}
