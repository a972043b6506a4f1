/** SHA-256 against the vectors of NIST (FIPS 180-4 examples, SHAVS) and against Node's. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256, streamingSha256, toHex } from "../../src/base/sha256.ts";
import { bytesOf } from "../../testing/store/model-fixture.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const VECTORS: readonly [string, Uint8Array, string][] = [
  ["no bytes", text(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "two blocks",
    text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  [
    "a million a",
    new Uint8Array(1_000_000).fill(97),
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
  ],
];

test.each(VECTORS)(
  "sha256: %s → NIST's hash, in one call and in pieces",
  async (_, bytes, wanted) => {
    expect(toHex(await sha256(bytes))).toBe(wanted);
    const hash = streamingSha256();
    for (let at = 0; at < bytes.byteLength; at += 7919) hash.update(bytes.subarray(at, at + 7919));
    expect(hash.hex()).toBe(wanted);
  },
);

test("streamingSha256: lengths around a block, cut anywhere → Node's hash", () => {
  for (const byteLength of [1, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
    const bytes = bytesOf(byteLength, byteLength);
    for (const cut of [0, 1, byteLength >> 1, byteLength]) {
      const hash = streamingSha256();
      hash.update(bytes.subarray(0, cut));
      hash.update(bytes.subarray(cut));
      expect(hash.hex()).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
  }
});
