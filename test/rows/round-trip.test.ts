/**
 * Generated conversations written in every shape of rows and in every format of pairs, and read
 * back: equal. Seeds are kept. Covers src/rows and src/pairs/formats.ts.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPair, pairFormats, reasonAgainstFormat } from "../../src/pairs/formats.ts";
import type { TrainingPair } from "../../src/pairs/formats.ts";
import { readRow } from "../../src/rows/read-row.ts";
import type { Conversation, Message } from "../../src/types.ts";

type Row = Readonly<Record<string, unknown>>;

const text = (value: string) => ({ type: "text", text: value }) as const;
const image = (file: string) => ({ type: "image", image: file }) as const;
const says = (content: string): Message => ({ role: "assistant", content });

function read(row: Row): { messages: Conversation; responses: readonly Conversation[] } {
  const { messages, responses } = readRow(row, "f, line 1");
  return { messages, responses };
}

/** Words with everything that a mark, a place or a format could trip over. */
const words = fc
  .array(
    fc.constantFrom(
      "How",
      "many",
      "\n",
      " ",
      "<img>",
      "<image",
      "image>",
      "é",
      "🙂",
      "\\n",
      "|",
      '"',
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.join(""))
  .filter((one) => !one.includes("<image>"));
const path = fc.stringMatching(/^[a-z]{1,6}\.(png|jpg)$/);

/** A turn as plain parts: pictures anywhere, no two texts side by side, no empty text. */
const parts = fc
  .tuple(
    fc.array(fc.oneof(path.map(image), words.map(text)), { minLength: 1, maxLength: 5 }),
    words,
  )
  .map(([all, last]) => {
    const apart = all.filter((part, i) => part.type === "image" || all[i - 1]?.type !== "text");
    return apart.every(({ type }) => type === "image") ? [...apart, text(last)] : apart;
  });
const turn = fc.tuple(parts, fc.boolean()).map(([all, hasPictures]): Message => {
  const [only, ...more] = hasPictures ? all : all.filter(({ type }) => type === "text").slice(0, 1);
  if (only?.type === "text" && more.length === 0) return { role: "user", content: only.text };
  return { role: "user", content: only === undefined ? [] : [only, ...more] };
});
const talk = fc
  .tuple(fc.option(words), fc.array(fc.tuple(turn, words), { maxLength: 2 }), turn)
  .map(([system, earlier, last]): Conversation => [
    ...(system === null ? [] : [{ role: "system", content: system }]),
    ...earlier.flatMap(([one, answer]) => [one, says(answer)]),
    last,
  ]);

const picturesIn = (messages: Conversation): string[] =>
  messages.flatMap(({ content }) =>
    typeof content === "string"
      ? []
      : content.flatMap((part) => (part.type === "image" ? [part.image as string] : [])),
  );

/** A conversation with its pictures' places as marks. */
function withMarks(messages: Conversation): Message[] {
  return messages.map(({ content, ...more }) => {
    if (typeof content === "string") return { ...more, content };
    // A newline after a leading mark belongs to the mark, so a text's own newline needs one more.
    let isLeading = true;
    const pieces = content.map((part, i) => {
      if (part.type === "image") return "<image>";
      const own = isLeading && i > 0 && /^\r?\n/.test(part.text) ? `\n${part.text}` : part.text;
      isLeading = false;
      return own;
    });
    return { ...more, content: pieces.join("") };
  });
}

const withPlaces = (messages: Conversation): unknown[] =>
  messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === "string"
        ? content
        : content.map((part) => (part.type === "image" ? { type: "image" } : part)),
  }));

const toShareGpt = (messages: readonly Message[]): unknown[] =>
  messages.map(({ role, content }) => ({
    from: role === "user" ? "human" : role === "assistant" ? "gpt" : role,
    value: content,
  }));

const forms: Readonly<Record<string, (messages: Conversation, answer: string) => Row>> = {
  parts: (messages, answer) => ({ messages: [...messages, says(answer)] }),
  "OpenAI's parts": (messages, answer) => ({
    messages: [
      ...messages.map(({ role, content }) => ({
        role,
        content:
          typeof content === "string"
            ? content
            : content.map((part) =>
                part.type === "image"
                  ? { type: "image_url", image_url: { url: part.image } }
                  : { text: part.text },
              ),
      })),
      says(answer),
    ],
  }),
  "ms-swift": (messages, answer) => ({
    messages: [...withMarks(messages), says(answer)],
    images: picturesIn(messages),
  }),
  ShareGPT: (messages, answer) => ({
    conversations: toShareGpt([...withMarks(messages), says(answer)]),
    images: picturesIn(messages),
  }),
  places: (messages, answer) => ({
    messages: [...withPlaces(messages), says(answer)],
    images: picturesIn(messages).map((one) => ({ path: one, bytes: null })),
  }),
  "turns under prompt": (messages, answer) => ({
    prompt: withMarks(messages),
    response: answer,
    images: picturesIn(messages),
  }),
};

test("rows: any conversation in every shape → read back equal; an unknown field → named", () => {
  let rows = 0;
  fc.assert(
    fc.property(talk, words, fc.constantFrom("colour", "x", "seed_2"), (messages, answer, name) => {
      for (const [form, write] of Object.entries(forms)) {
        const row = write(messages, answer);
        expect(read(row), form).toEqual({ messages, responses: [[says(answer)]] });
        const strange = readRow({ ...row, [name]: 1 }, "f");
        expect(strange.unused, form).toEqual([name]);
        rows += 1;
      }
    }),
    { numRuns: 1700, seed: 13 },
  );
  expect(rows).toBeGreaterThan(10_000);
});

test("pairs: what each format writes → read back as it was, or dropped with a reason", () => {
  let written = 0;
  fc.assert(
    fc.property(talk, words, words, fc.boolean(), (messages, chosen, rejected, isMarked) => {
      const pair: TrainingPair = {
        id: "p",
        messages,
        chosen: isMarked ? `${chosen}<image>` : chosen,
        rejected,
        chosenScore: 1,
        rejectedScore: 0,
      };
      for (const format of pairFormats) {
        const reason = reasonAgainstFormat(format, pair);
        if (isMarked) expect(reason === undefined).toBe(format === "trl");
        if (reason !== undefined || (format === "mmpr" && messages.length > 1)) continue;
        if (format === "mmpr" && messages[0]?.role !== "user") continue;
        const row = JSON.parse(
          JSON.stringify(formatPair(format, pair, { source: { model: "m" }, path: (one) => one })),
        ) as Row;
        const back = readRow(row, "f");
        const merged = (all: Conversation): unknown =>
          all.map(({ role, content }) => ({
            role,
            content: typeof content === "string" ? [text(content)] : content,
          }));
        expect(merged(back.messages), format).toEqual(merged(messages));
        expect(back.responses.map(merged)).toEqual([
          merged([says(pair.chosen)]),
          merged([says(rejected)]),
        ]);
        expect([back.rightCount, back.unused]).toEqual([1, []]);
        written += 1;
      }
    }),
    { numRuns: 1500, seed: 16 },
  );
  expect(written).toBeGreaterThan(2000);
});
