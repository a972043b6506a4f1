/**
 * Rows that people have by accident or malice: each is its own error, and all others are scored.
 */
import http from "node:http";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { scoreServer, type ScoreServer } from "../../remote/score-server.ts";
import { run } from "../../../testing/cli/run.ts";

let folder: string;
let server: ScoreServer;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vl-reward-hostile-"));
  server = await scoreServer();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});
const at = (name: string): string => path.join(folder, name);

const messages = (content: unknown = "Question?"): unknown[] => [
  { role: "user", content },
  { role: "assistant", content: "Answer." },
];
const good = (id: string): string => JSON.stringify({ id, messages: messages() });
const withImage = (image: unknown): string =>
  JSON.stringify({ id: "bad", messages: messages([{ type: "image", image }]) });

async function lines(name: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(at(name), "utf8");
  const all = text.split("\n").filter(Boolean);
  return all.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Scores two good rows with a bad one between them. */
async function between(line: string | Buffer, ...more: string[]) {
  const parts = [`${good("a")}\n`, line, `\n${good("b")}\n`];
  await writeFile(at("in"), Buffer.concat(parts.map((part) => Buffer.from(part))));
  const args = ["--input", at("in"), "--output", at("o"), "--errors", at("e")];
  const ended = await run("score", ...args, "--backend", server.url, "--no-probe", ...more);
  return { ...ended, ids: (await lines("o")).map(({ id }) => id), errors: await lines("e") };
}

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

test.each<[string, string | Buffer, string]>([
  ["not UTF-8", Buffer.from([0x7b, 0xff, 0xfe]), "is not UTF-8"],
  ["not JSON", "{", "is not JSON"],
  ["nested a million deep", `{"id":"bad","messages":${nested(1e6)}}`, "nested too deep"],
  [
    "content nested deep",
    `{"id":"bad","messages":[{"role":"user","content":${nested(5000)}}]}`,
    "nested too deep",
  ],
  [
    "nested deep in objects",
    `{"id":"bad","messages":[${'{"a":'.repeat(300)}1${"}".repeat(300)}]}`,
    "nested too deep",
  ],
  ["an id of 1e400", '{"id":1e400,"messages":[]}', "has an id that is lost on the way"],
  [
    "an id beyond 2^53",
    '{"id":9007199254740993,"messages":[]}',
    "has an id that is lost on the way",
  ],
  ["an id that is a list", '{"id":[1],"messages":[]}', "has no id"],
  ["no messages", '{"id":"bad"}', "field messages: expected messages, or a prompt"],
  ["a message that is null", '{"id":"bad","messages":[null]}', "messages[0]"],
  [
    "a part that is null",
    `{"id":"bad","messages":[{"role":"user","content":[null]},{"role":"assistant","content":"A"}]}`,
    "content[0]",
  ],
  ["file:// with a host", withImage("file://server/share/x.png"), "is not the address of a file"],
  [
    "file:// with a bad escape",
    withImage("file:///tmp/%E0%A4%A.png"),
    "is not the address of a file",
  ],
  [
    "file:// with a slash escaped",
    withImage("file:///tmp/a%2Fb.png"),
    "is not the address of a file",
  ],
  ["a path with a zero", withImage("a\u0000b.png"), "there is no such file"],
  ["a picture that is a folder", withImage("."), "is not a file"],
  ["a data URL of 60 MB", withImage(`data:image/png;base64,${"A".repeat(60e6)}`), "a data URL"],
  ["a line of 100 MB", `{"id":"bad","messages":"${"x".repeat(100e6)}"}`, "is too long"],
  ["an address", withImage("http://example.invalid/x.png"), "addresses in rows are not fetched"],
  [
    "an address in image_url",
    `{"id":"bad","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.invalid/x.png"}}]},{"role":"assistant","content":"A"}]}`,
    "addresses in rows are not fetched",
  ],
])(
  "a row between two good ones: %s → its own error, the others scored",
  async (_, line, why) => {
    const { code, err, ids, errors } = await between(line);
    expect([code, ids], err).toEqual([0, ["a", "b"]]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ row: 2 });
    expect(errors[0]?.["reason"]).toContain(why);
    expect(String(errors[0]?.["reason"]).length).toBeLessThan(2000);
  },
  60_000,
);

test("quotes and backslashes in texts → not counted as nesting", async () => {
  const text = `${'[\\"{'.repeat(300)} \\\\`;
  const { ids } = await between(
    `{"id":"c","messages":[{"role":"user","content":"${text}"},{"role":"assistant","content":"A"}]}`,
  );
  expect(ids).toEqual(["a", "c", "b"]);
});

/** A server of one picture, which may also redirect. */
async function pictureServer(
  answer: (url: string) => { status: number; location?: string },
): Promise<{ url: string; asked: string[]; close: () => Promise<void> }> {
  const asked: string[] = [];
  const picture = await readFile("weights/tiny-vl-reward/samples/01-tallest-bar.png");
  const web = http.createServer((request, response) => {
    asked.push(request.url ?? "");
    const { status, location } = answer(request.url ?? "");
    response.writeHead(status, location === undefined ? {} : { location }).end(picture);
  });
  await new Promise<void>((resolve) => void web.listen(0, "127.0.0.1", () => resolve()));
  const { port } = web.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => void web.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}`, asked, close };
}

test("--allow-remote-images: this machine and its network → never asked, unless the host is named", async () => {
  const web = await pictureServer(() => ({ status: 200 }));
  try {
    for (const host of [
      "127.0.0.1",
      "localhost",
      "[::1]",
      "0x7f000001",
      "2130706433",
      "[::ffff:127.0.0.1]",
      "0",
    ]) {
      const address = web.url.replace("127.0.0.1", host);
      const { errors } = await between(
        withImage(`${address}/x.png?key=SECRET`),
        "--allow-remote-images",
      );
      expect(errors[0]?.["reason"], host).toContain("of this machine or its network");
      expect(JSON.stringify(errors)).not.toContain("SECRET");
    }
    expect(web.asked).toEqual([]);
    const named = await between(withImage(`${web.url}/x.png`), "--image-host", "127.0.0.1");
    expect([named.code, named.ids, web.asked], named.err).toEqual([
      0,
      ["a", "bad", "b"],
      ["/x.png"],
    ]);
  } finally {
    await web.close();
  }
});

test("--image-host: a redirect to another host, errors, endless redirects → refused with a reason", async () => {
  const web = await pictureServer((url) =>
    url === "/away"
      ? { status: 302, location: "http://10.0.0.1/x.png" }
      : url === "/round"
        ? { status: 302, location: "/round" }
        : url === "/file"
          ? { status: 302, location: "file:///etc/passwd" }
          : { status: 404 },
  );
  try {
    for (const [place, why] of [
      ["/away", "of this machine or its network"],
      ["/round", "redirected again and again"],
      ["/file", "begins with http"],
      ["/gone", "could not be fetched, got 404"],
    ] as const) {
      const more = ["--allow-remote-images", "--image-host", "127.0.0.1"];
      const { errors } = await between(withImage(web.url + place), ...more);
      expect(errors[0]?.["reason"], place).toContain(why);
    }
  } finally {
    await web.close();
  }
});

test("stdin: --input - and --output - → a line each; pictures beside the working folder", async () => {
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin");
  const written: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  try {
    const text = `${good("a")}\n{\n${good("b")}`;
    Object.defineProperty(process, "stdin", {
      value: Readable.from([Buffer.from(text)]),
      configurable: true,
    });
    process.stdout.write = ((piece: string, done: () => void) => {
      written.push(piece);
      done();
      return true;
    }) as typeof process.stdout.write;
    const args = ["--input", "-", "--output", "-", "--errors", at("e"), "--backend", server.url];
    const { code, err } = await run("score", ...args, "--no-probe");
    expect(code, err).toBe(0);
  } finally {
    process.stdout.write = write;
    if (stdin !== undefined) Object.defineProperty(process, "stdin", stdin);
  }
  const rows = written.join("").trimEnd().split("\n");
  expect(rows.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(["a", "b"]);
  expect((await lines("e"))[0]?.["reason"]).toContain("stdin, line 2: is not JSON");
});

test("control characters and secrets: in paths, ids, addresses → neither on stderr nor in a file", async () => {
  const nasty = "\u001b]0;PWNED\u0007\u001b[2J\u009b31m\u202ex.png";
  await writeFile(at("in"), withImage(nasty));
  const { err } = await run("score", "--input", at("in"), "--backend", server.url, "--no-probe");
  // oxlint-disable-next-line no-control-regex
  expect(err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(err).toContain("PWNED");
  for (const address of ["http://user:SECRET@127.0.0.1:9", "http://127.0.0.1:9/?key=SECRET"]) {
    const args = ["score", "--input", at("in"), "--output", at("o"), "--backend", address];
    const { code, err: said } = await run(...args);
    expect([code, said.includes("SECRET"), said.includes("VL_REWARD_API_KEY")]).toEqual([
      2,
      false,
      true,
    ]);
  }
  const args = ["score", "--input", at("in"), "--model", "https://user:SECRET@host/m"];
  const { code, err: said } = await run(...args);
  expect([code, said.includes("SECRET")]).toEqual([2, false]);
});

test("an id that is there twice, with --errors → the second is its own error; from a pipe as well", async () => {
  const { code, err, ids, errors } = await between(`${good("c")}\n${good("a")}\n${good("c")}`);
  expect([code, ids], err).toEqual([0, ["a", "c", "b"]]);
  expect(errors.map(({ row, reason }) => [row, String(reason)])).toEqual([
    [3, expect.stringContaining('the id "a" is that of line 1 already')],
    [4, expect.stringContaining('the id "c" is that of line 2 already')],
  ]);
  const again = await between(`${good("c")}\n${good("a")}\n${good("c")}`, "--resume");
  expect([again.code, again.err.includes("5 done before")], again.err).toEqual([0, true]);
});
