// Tested by: test/explain/explain.test.ts
/**
 * Variants of a request, and their scores: each is scored once, however often it is asked for.
 *
 *   request → texts that can be changed, pictures that can be replaced → variant → conversation
 */
import { at } from "../base/at.ts";
import { readConversations } from "../text/template/conversation.ts";
import type { Conversation, ImageInput, ImagePart, Message, TextPart } from "../types.ts";
import type { ExplainRequest, ExplainScore, ExplainScores } from "./types.ts";

/** A text of the prompt. */
export interface PromptText {
  readonly message: number;
  readonly part: number;
  readonly text: string;
}

/** What a variant has in place of the original. */
export interface Variant {
  readonly response: string;
  /** By the index of the prompt's text. */
  readonly prompt?: ReadonlyMap<number, string> | undefined;
  /** By the index of the picture. The key names what was done to it. */
  readonly pictures?: ReadonlyMap<number, { readonly key: string; readonly image: ImageInput }>;
}

/** Thrown inside the explanation if no more scores may be asked for. */
export class BudgetSpent extends Error {}

/** A request, taken apart. */
export class Pieces {
  readonly texts: readonly PromptText[];
  readonly pictures: readonly ImagePart[];
  readonly #messages: readonly Message[];

  private constructor(messages: readonly Message[]) {
    this.#messages = messages;
    this.texts = messages.flatMap(({ role, content }, message) => {
      // The system's text is the same for all questions.
      if (role === "system") return [];
      if (typeof content === "string") return [{ message, part: 0, text: content }];
      return content.flatMap((one, part) =>
        one.type === "text" ? [{ message, part, text: one.text }] : [],
      );
    });
    this.pictures = messages.flatMap(({ content }) =>
      typeof content === "string" ? [] : content.filter((part) => part.type === "image"),
    );
  }

  /** Reads a request. @throws InputError that names what is wrong */
  static async read({ messages, responses }: ExplainRequest): Promise<Pieces> {
    const [conversation] = await readConversations([
      [...messages, { role: "assistant", content: responses[0] }],
    ]);
    return new Pieces((conversation ?? []).slice(0, -1));
  }

  /** Returns the variant as a conversation. */
  conversation({ response, prompt, pictures }: Variant): Conversation {
    let text = 0;
    let picture = 0;
    const written = this.#messages.map((message): Message => {
      const { role, content } = message;
      const next = (old: string): string => {
        if (role === "system") return old;
        text += 1;
        return prompt?.get(text - 1) ?? old;
      };
      if (typeof content === "string") return { ...message, content: next(content) };
      const parts = content.map((part): TextPart | ImagePart => {
        if (part.type === "text") return { ...part, text: next(part.text) };
        picture += 1;
        const other = pictures?.get(picture - 1);
        return other === undefined ? part : { ...part, image: other.image };
      });
      return { ...message, content: parts };
    });
    return [...written, { role: "assistant", content: response }];
  }
}

/** Conversations of one call: enough to share their beginnings, few enough to stop soon. */
const CALL = 16;

/** Scores variants, and remembers them. */
export class Scored {
  readonly #scores: ExplainScores;
  readonly #pieces: Pieces;
  readonly #known = new Map<string, ExplainScore>();
  /** Conversations that may be scored in all. */
  budget: number;
  /** Milliseconds of a score in the fastest call: the first ones warm up. */
  millisecondsEach: number = Infinity;
  /** Tokens that were reported. */
  tokens = 0;

  constructor(scores: ExplainScores, pieces: Pieces, budget: number) {
    this.#scores = scores;
    this.#pieces = pieces;
    this.budget = budget;
  }

  get count(): number {
    return this.#known.size;
  }

  /**
   * Returns the values of the variants, in their order.
   * @throws BudgetSpent if some cannot be scored any more; those that can are
   */
  async values(variants: readonly Variant[], signal?: AbortSignal): Promise<number[]> {
    return (await this.scores(variants, signal)).map(({ value }) => value);
  }

  async scores(variants: readonly Variant[], signal?: AbortSignal): Promise<ExplainScore[]> {
    const keys = variants.map(keyOf);
    const missing = new Map<string, Variant>();
    for (const [i, key] of keys.entries()) {
      if (!this.#known.has(key)) missing.set(key, at(variants, i));
    }
    const all = [...missing];
    const allowed = all.slice(0, Math.max(0, this.budget - this.count));
    for (let first = 0; first < allowed.length; first += CALL) {
      signal?.throwIfAborted();
      const part = allowed.slice(first, first + CALL);
      const begin = performance.now();
      const scored = await this.#scores.score(
        part.map(([, variant]) => this.#pieces.conversation(variant)),
        signal === undefined ? {} : { signal },
      );
      const each = (performance.now() - begin) / part.length;
      this.millisecondsEach = Math.min(this.millisecondsEach, each);
      for (const [i, [key]] of part.entries()) {
        const score = at(scored, i);
        // Only of the originals, which come first, more than the value is read.
        this.#known.set(key, this.count < 2 ? score : { value: score.value });
        this.tokens += score.tokens ?? score.tokenIds?.length ?? 0;
      }
    }
    if (allowed.length < all.length) throw new BudgetSpent();
    return keys.map((key) => {
      const known = this.#known.get(key);
      if (known === undefined) throw new BudgetSpent();
      return known;
    });
  }
}

function keyOf({ response, prompt, pictures }: Variant): string {
  const shown = [...(pictures ?? [])].map(([i, { key }]) => [i, key]);
  return JSON.stringify([response, [...(prompt ?? [])], shown]);
}
