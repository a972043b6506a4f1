/** The records that are built in, and the texts of their packages byte for byte. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { InputError } from "../../../src/errors.ts";
import {
  EDIT_FOLLOWING,
  EDIT_QUALITY,
  HPSV3,
  RATING,
} from "../../../src/model/heads/instructions.ts";
import {
  namedRecord,
  publishedNames,
  publishedRecord,
} from "../../../src/model/heads/published.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const none = (): undefined => undefined;

test("instructions: → the bytes of hpsv3 1.0.0 and of EditReward at edb027e", () => {
  // sha256 of INSTRUCTION, INSTRUCTION_EDIT_FOLLOWING and INSTRUCTION_EDIT_QUALITY in UTF-8.
  expect(sha256(HPSV3)).toBe("0393599dad45a971903d1d62a3acf9bad3ccccdafa7f40f680523419e1f68b7a");
  expect(sha256(EDIT_FOLLOWING)).toBe(
    "da5bfc26898cc8e0e534a29675ad78c3462d331b7feaebf13bae5aa50195864f",
  );
  expect(sha256(EDIT_QUALITY)).toBe(
    "89bbc5c2ac1bbea9c45a0fde298e9a97d1c079170a30780392c577fc1cd8d286",
  );
  expect(RATING).toBe("\nPlease provide the overall ratings of this image: <|Reward|>\n\nEND\n");
});

test.each([
  ["MizzenAI/HPSv3@main", "qwen2_vl", "HPSv3"],
  ["Qwen/Qwen3-Reranker-0.6B", "qwen3", "Qwen3-Reranker"],
  ["Qwen/Qwen3-VL-Reranker-2B@main", "qwen3_vl", "Qwen3-VL-Reranker"],
  ["TIGER-Lab/EditReward-Qwen2.5-VL-7B", "qwen2_5_vl", "EditReward"],
  ["jeepliu/DocReward-3B", "qwen2_5_vl", "DocReward"],
  ["Skywork/Skywork-o1-Open-PRM-Qwen-2.5-1.5B", "qwen2", "Skywork-o1-Open-PRM"],
])("published: %s → the record %s %s", (name, type, origin) => {
  expect(publishedRecord(name, type, none)?.origin).toBe(origin);
});

test("published: another name → none, unless its tensors are a published head's", () => {
  expect(publishedRecord("org/judge", "qwen2_vl", none)).toBeUndefined();
  const hps = (name: string): number[] | undefined =>
    name === "rm_head.5.weight" ? [2, 16] : undefined;
  expect(publishedRecord("folder", "qwen2_vl", hps)).toMatchObject({
    origin: "HPSv3",
    positions: "1d",
    read: { at: "token", token: "<|Reward|>" },
  });
});

test("published: a reranker converted to a classifier → its score head counts", () => {
  const score = (name: string): number[] | undefined =>
    name === "score.weight" ? [1, 64] : undefined;
  expect(publishedRecord("tomaarsen/Qwen3-Reranker-0.6B-seq-cls", "qwen3", score)).toBeUndefined();
});

test("published: EditReward → 1-D positions on Qwen2.5-VL, M-RoPE on Qwen3-VL", () => {
  expect(namedRecord("EditReward", "qwen2_5_vl").positions).toBe("1d");
  expect(namedRecord("EditReward", "qwen3_vl").positions).toBe("mrope");
});

test("published: an unknown name → InputError that lists the known ones", () => {
  expect(() => namedRecord("HPSv9")).toThrow(InputError);
  for (const name of publishedNames) expect(() => namedRecord("HPSv9")).toThrow(name);
});
