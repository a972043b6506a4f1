/** Output for people has no control characters of terminals and no secrets of addresses. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { run } from "../../../testing/cli/run.ts";
import { isPublicIp } from "../../../cli/batch/remote-picture.ts";
import { cleanMessage, hasSecrets, publicAddress, visibleText } from "../../../cli/output/clean.ts";

test.each([
  ["http://h:1/a", "http://h:1/a", false],
  ["http://user:pw@h/a", "http://h/a", true],
  ["https://pw@h", "https://h", true],
  ["https://h/a?token=s", "https://h/a", true],
  ["https://h/a@b", "https://h/a@b", false],
  ["https://h/#x", "https://h/", false],
  ["org/name@main", "org/name@main", false],
  ["./a?b", "./a?b", false],
])("publicAddress: %s → %s", (address, shown, secret) => {
  expect([publicAddress(address), hasSecrets(address)]).toEqual([shown, secret]);
});

test("cleanMessage: addresses in a sentence → without secrets, the sentence stays", () => {
  expect(
    cleanMessage("Access to fetch at 'http://u:p@h/x.png?secret=1' from 'http://h2' failed"),
  ).toBe("Access to fetch at 'http://h/x.png?…' from 'http://h2' failed");
  expect(cleanMessage("x".repeat(1e6)).length).toBeLessThan(9000);
});

// oxlint-disable-next-line no-control-regex
const obeyed = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

test("visibleText: any text → nothing that a terminal obeys; plain texts as they are", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(visibleText(text)).not.toMatch(obeyed);
    }),
    { seed: 3, numRuns: 1000 },
  );
  expect(visibleText("Größe 漢字 👩‍👩‍👧\tx\ny")).toBe("Größe 漢字 👩‍👩‍👧\tx\ny");
  expect(visibleText("\u001b[31mred\u001b[0m")).toBe("\\x1b[31mred\\x1b[0m");
  expect(visibleText("\u001b[32m▇\u001b[0m\u001b[2J", true)).toBe("\u001b[32m▇\u001b[0m\\x1b[2J");
});

test.each([
  ["8.8.8.8", true],
  ["127.0.0.1", false],
  ["10.1.2.3", false],
  ["172.31.255.255", false],
  ["172.32.0.1", true],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["0.0.0.0", false],
  ["255.255.255.255", false],
  ["2606:4700::1111", true],
  ["::1", false],
  ["::", false],
  ["::ffff:8.8.8.8", false],
  ["64:ff9b::a00:1", false],
  ["fe80::1%eth0", false],
  ["fd00::1", false],
  ["2002:7f00:1::", false],
])("isPublicIp: %s → %s", (address, isPublic) => {
  expect(isPublicIp(address)).toBe(isPublic);
});

test("main: a path with an end of line, and the server's key in a message → neither deceives", async () => {
  const { code, err } = await run("score", "--input", "gone\nInputError: all is well");
  expect([code, err.split("\n").filter((line) => line.startsWith("InputError"))]).toEqual([
    1,
    ["InputError: gone"],
  ]);
  process.env["VL_REWARD_API_KEY"] = "sk-123456";
  try {
    expect(cleanMessage("bad key sk-123456.")).toBe("bad key (the key).");
  } finally {
    delete process.env["VL_REWARD_API_KEY"];
  }
});

test.each([
  ["eval", "--benchmark", "pairs", "x"],
  ["ab", "x", "y"],
  ["pairs", "--input", "x", "--format", "trl"],
  ["export", "--for", "vllm", "--model", "."],
])("vl-reward %s … --output - → a folder is needed, exit code 2", async (...args) => {
  const { code, err } = await run(...args, "--output", "-");
  expect([code, err.includes("--output takes a folder here; got -")], err).toEqual([2, true]);
});
