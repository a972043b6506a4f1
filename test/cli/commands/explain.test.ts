/** `vl-reward explain`, and `--explain` of eval and ab, against a server. */
import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";
import { explain } from "../../../src/explain/explain.ts";
import { lineOf } from "../../../cli/commands/explain.ts";
import { anchorOf, explainHtml } from "../../../cli/reports/explain-html.ts";

const scorer = {
  score: async (conversations: readonly (readonly { content?: unknown }[])[]) =>
    conversations.map((one) => ({ value: String(one.at(-1)!.content).includes("yes") ? 2 : -1 })),
};
const messages = [{ role: "user", content: "Is <b>it</b> red?" }];
const responses = ["I think yes, it is.", "I think no, it is."] as const;

test("explain: a pair → the fields that the help names, effects in units of the margin", async () => {
  const line = lineOf("p&1", await explain(scorer, { messages, responses }));
  expect(Object.keys(line)).toEqual(
    expect.arrayContaining(["id", "margin", "contrast", "units", "picture", "truth", "scores"]),
  );
  expect(line).toMatchObject({ id: "p&1", margin: 3, picture: null });
  expect(line["contrast"]).toEqual([{ a: "yes", b: "no", effect: 3 }]);
  const [first] = line["units"] as Record<string, unknown>[];
  expect(first).toMatchObject({
    in: "a",
    text: "yes",
    start: 8,
    end: 11,
    effect: 3,
    standardError: 0,
  });
  expect(Object.keys(line["truth"] as object)).toEqual([
    "p",
    "comprehensiveness",
    "sufficiency",
    "stability",
    "verdict",
  ]);
  expect(JSON.parse(JSON.stringify(line))).toEqual(line);
});

test("explain, HTML: texts are escaped, the difference is marked, nothing is fetched", async () => {
  const explanation = await explain(scorer, { messages, responses });
  const html = explainHtml([{ id: "p&1", messages, responses, explanation, pictures: [] }]);
  expect(html).toContain("Is &#60;b&#62;it&#60;/b&#62; red?");
  expect(html).toContain("<mark>yes</mark>");
  expect(html).toContain(`id="${anchorOf("p&1")}"`);
  expect(html).toContain("A is ahead of B by 3.00.");
  expect(html).not.toMatch(/<script|https?:\/\//);
});

let folder: string;
let server: ScoreServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-explain-"));
});
afterEach(() => server?.close());
afterAll(() => rm(folder, { recursive: true }));

/** "yes" is worth 2, anything else −1. */
function worth(input: unknown): number {
  return JSON.stringify((input as unknown[]).at(-1)).includes("yes") ? 2 : -1;
}

const rows = [
  { id: "p1", messages, responses },
  { id: "p2", messages, responses: ["Well, yes.", "Well, no."] },
];
const linesOf = (texts: readonly unknown[]): string =>
  texts.map((one) => `${JSON.stringify(one)}\n`).join("");

test("explain: a run that was killed after a pair → goes on with the next, and ends as in one go", async () => {
  const [input, output] = [path.join(folder, "in.jsonl"), path.join(folder, "out.jsonl")];
  const journal = `${output}.unfinished`;
  await writeFile(input, linesOf(rows));
  server = await scoreServer({
    scoreOf: worth,
    // The server goes away in the middle of the second pair.
    fault: ({ body }) =>
      JSON.stringify(body).includes("Well") ? { status: 400, text: "gone" } : undefined,
  });
  const call = (url: string) =>
    run("explain", "--input", input, "--output", output, "--backend", url, "--no-probe", "--quiet");
  const broken = await call(server.url);
  expect(broken.code).not.toBe(0);
  expect(await readdir(folder)).not.toContain("out.jsonl");
  expect((await readFile(journal, "utf8")).trim().split("\n")).toHaveLength(2);
  // A line that the kill cut.
  await appendFile(journal, '{"id":"p2","dig');
  const { port } = new URL(server.url);
  await server.close();
  server = await scoreServer({ scoreOf: worth, port: Number(port) });
  const ended = await call(server.url);
  expect(ended.code, ended.err).toBe(0);
  const asked = JSON.stringify(server.requests.map(({ body }) => body));
  expect(asked).toContain("Well");
  expect(asked).not.toContain("I think");
  const written = (await readFile(output, "utf8")).trim().split("\n");
  expect(written.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["p1", "p2"]);
  expect(JSON.parse(written[0]!)).toMatchObject({ margin: 3, contrast: [{ a: "yes", b: "no" }] });
  expect(await readdir(folder)).not.toContain("out.jsonl.unfinished");
});

test("explain: the journal of other options → refused by name, and nothing is lost", async () => {
  const [input, output] = [path.join(folder, "in2.jsonl"), path.join(folder, "out2.jsonl")];
  await writeFile(input, linesOf(rows));
  await writeFile(`${output}.unfinished`, '{"judge":{"other":1}}\n');
  server = await scoreServer({ scoreOf: worth });
  const ended = await run(
    "explain",
    "--input",
    input,
    "--output",
    output,
    "--backend",
    server.url,
    "--no-probe",
  );
  expect(ended.code).not.toBe(0);
  expect(ended.err).toContain("holds another judge's explanations");
});

test("eval --explain 1 → the worst pair is explained and linked in the report", async () => {
  const file = path.join(folder, "pairs.jsonl");
  const output = path.join(folder, "report");
  await writeFile(
    file,
    linesOf([
      { id: "w<1>", prompt: "Is it red?", chosen: "I say no.", rejected: "I say yes." },
      { id: "w2", prompt: "Is it red?", chosen: "Surely yes.", rejected: "Surely no." },
    ]),
  );
  server = await scoreServer({ scoreOf: worth });
  const args = ["eval", "--benchmark", "pairs", file, "--output", output, "--no-probe"];
  const more = ["--backend", server.url, "--explain", "1", "--resamples", "20", "--quiet"];
  const ended = await run(...args, ...more);
  expect(ended.code, ended.err).toBe(0);
  const facts = JSON.parse(await readFile(path.join(output, "report.json"), "utf8"));
  // The call does not name the server's model: the server does.
  expect(facts.judge).toMatchObject({ model: "judge", backend: server.url });
  const report = await readFile(path.join(output, "report.html"), "utf8");
  const [, address = ""] = /<a href="(explanations\.html#[^"]+)">Why\?<\/a>/.exec(report) ?? [];
  expect(address).not.toBe("");
  const explanations = await readFile(path.join(output, "explanations.html"), "utf8");
  expect(explanations).toContain(`id="${address.split("#")[1]}"`);
  expect(explanations).toContain("B is ahead of A by 3.00.");
  // The same call explains nothing again.
  const before = server.requests.length;
  expect((await run(...args, ...more)).code).toBe(0);
  expect(server.requests.length).toBe(before);
});

test("ab --explain 1 → the prompt on which the systems differ most is linked", async () => {
  const [a, b] = [path.join(folder, "a.jsonl"), path.join(folder, "b.jsonl")];
  const output = path.join(folder, "ab");
  await writeFile(a, linesOf([{ id: 1, prompt: "Red?", response: "I say yes." }]));
  await writeFile(b, linesOf([{ id: 1, prompt: "Red?", response: "I say no." }]));
  server = await scoreServer({ scoreOf: worth });
  const ended = await run(
    "ab",
    a,
    b,
    "--output",
    output,
    "--backend",
    server.url,
    "--no-probe",
    "--explain",
    "1",
    "--resamples",
    "20",
    "--quiet",
  );
  expect(ended.code, ended.err).toBe(0);
  const report = await readFile(path.join(output, "report.html"), "utf8");
  expect(report).toMatch(/<a href="explanations\.html#why-[^"]+">Why\?<\/a>/);
  const explanations = await readFile(path.join(output, "explanations.html"), "utf8");
  expect(explanations).toContain("A is ahead of B by 3.00.");
});
