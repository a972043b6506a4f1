/** Generated pictures in the worker: prompts, errors of single pictures, stopping, going on. */
import { expect, test } from "vitest";
import { picturesCsv, picturesJsonl } from "../../../../demo/rank/pictures/export.ts";
import { PictureJob, type PictureScorer } from "../../../../demo/rank/pictures/job.ts";
import type { PicturesRequest } from "../../../../demo/rank/pictures/protocol.ts";
import { InputError } from "../../../../src/errors.ts";
import type { InputsCase } from "../../../../src/types.ts";
import { pngOf, withText } from "../../../../testing/png-chunks.ts";

const file = (name: string, content: string | Buffer = name): { name: string; file: File } => ({
  name,
  file: new File([content as BlobPart], name, { lastModified: 1 }),
});

/** A score is the size of the picture; a picture called damaged is refused, whole group and all. */
function scorer(onScore: () => void = () => {}): PictureScorer & { scored: string[] } {
  const scored: string[] = [];
  return {
    ranksImages: true,
    scored,
    async score(cases, { signal }) {
      signal.throwIfAborted();
      const values = cases.map(({ inputs }: InputsCase) => {
        const { image, prompt } = inputs as { image: File; prompt: string };
        if (image.name.includes("damaged")) {
          throw new InputError({ where: image.name, what: "is damaged" });
        }
        return { name: `${image.name}: ${prompt}`, value: image.size };
      });
      scored.push(...values.map(({ name }) => name));
      onScore();
      return await Promise.resolve(values);
    },
  };
}

const request = (more: Partial<PicturesRequest>): PicturesRequest => ({
  pictures: [],
  texts: [],
  prompts: undefined,
  prompt: "",
  ...more,
});
const signal = new AbortController().signal;
const silent = (): void => {};

test("pictures: text beside, text inside, none, damaged → each its prompt or its own error", async () => {
  const judge = scorer();
  const told: string[] = [];
  const pictures = [
    file("a.jpg", "aa"),
    file("b.png", withText(pngOf(), "parameters", "a cat\nSteps: 3")),
    file("below/damaged.jpg"),
    file("d.jpg"),
  ];
  const texts = [file("a.txt", "a dog\n"), file("below/damaged.txt", "a dog")];
  const result = await new PictureJob(judge).run(
    request({ pictures, texts }),
    signal,
    (done, total) => told.push(`${done}/${total}`),
  );
  expect(result.scored).toEqual([
    { name: "a.jpg", prompt: "a dog", score: 2 },
    { name: "b.png", prompt: "a cat", score: pictures[1]!.file.size },
  ]);
  expect(result.failed.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([
    expect.stringMatching(/^d\.jpg: .*has no prompt.*d\.txt beside it/),
    expect.stringMatching(/^below\/damaged\.jpg: .*is damaged/),
  ]);
  expect([result.total, result.isPartial, told.at(-1)]).toEqual([4, false, "4/4"]);
});

test("pictures: one prompt for all, or a file of prompts → in place of all others", async () => {
  const pictures = [file("a.jpg", "aa"), file("b.jpg", "b")];
  const texts = [file("a.txt", "not this")];
  const prompts = file("p.jsonl", '{"file_name": "./a.jpg", "text": "a hat"}\n\n');
  const job = new PictureJob(scorer());
  const all = await job.run(
    request({ pictures, texts, prompts, prompt: " a bat " }),
    signal,
    silent,
  );
  expect(all.scored.map(({ prompt }) => prompt)).toEqual(["a bat", "a bat"]);
  const listed = await job.run(request({ pictures, texts, prompts }), signal, silent);
  expect(listed.scored).toEqual([{ name: "a.jpg", prompt: "a hat", score: 2 }]);
  expect(listed.failed[0]?.reason).toMatch(/b\.jpg.*has no prompt in p\.jsonl/);
  const wrong = file("p.jsonl", '{"image": "z.jpg", "prompt": "x"}');
  await expect(job.run(request({ pictures, prompts: wrong }), signal, silent)).rejects.toThrow(
    /p\.jsonl, line 1.*not there/,
  );
});

test("pictures: stopped → those so far; again → only the others are scored", async () => {
  const stop = new AbortController();
  const judge = scorer(() => stop.abort());
  const job = new PictureJob(judge);
  const pictures = ["a.jpg", "b.jpg", "c.jpg"].map((name) => file(name));
  const asked = request({ pictures, prompt: "x" });
  const half = await job.run(asked, stop.signal, silent);
  expect([half.scored.length, half.isPartial]).toEqual([1, true]);
  const whole = await job.run(asked, signal, silent);
  expect([whole.scored.length, whole.isPartial]).toEqual([3, false]);
  expect(judge.scored).toEqual(["a.jpg: x", "b.jpg: x", "c.jpg: x"]);
  await job.run(request({ pictures, prompt: "y" }), signal, silent);
  expect(judge.scored).toHaveLength(6);
});

test("pictures: a model that judges answers → InputError that says which one to load", async () => {
  const job = new PictureJob({ ...scorer(), ranksImages: false });
  const asked = request({ pictures: [file("a.jpg")], prompt: "x" });
  await expect(job.run(asked, signal, silent)).rejects.toThrow(/HPSv3.*Models/s);
});

test("pictures: two prompts, a tie, a failure → CSV by prompt and place; JSON lines of all", () => {
  const scored = [
    { name: "a.png", prompt: "x, y", score: 1 },
    { name: "b.png", prompt: "z", score: 5 },
    { name: "c.png", prompt: "x, y", score: 2 },
    { name: "=d.png", prompt: "x, y", score: 2 },
  ];
  const failed = [{ name: "e.png", reason: "is damaged" }];
  const chosen = { pictures: [], texts: [], prompts: [] };
  const counts = { total: 5, isPartial: false, prompt: "", urls: new Map<string, string>() };
  const judge = { model: "m", ownHead: undefined };
  const result = { scored, failed, chosen, ...judge, ...counts };
  expect(picturesCsv(result).split("\r\n")).toEqual([
    "place,image,score,prompt,model,head",
    '1,c.png,2,"x, y",m,',
    `1,"'=d.png",2,"x, y",m,`,
    '3,a.png,1,"x, y",m,',
    "1,b.png,5,z,m,",
    "",
  ]);
  const lines = picturesJsonl(result).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    ...scored.map(({ name: id, prompt, score }) => ({ id, prompt, score, model: "m" })),
    { id: "e.png", error: "is damaged", model: "m" },
  ]);
});
