/**
 * Real-world folders: which are opened, which are refused, and with which messages. Covers
 * src/load/folder-kind.ts, src/checkpoint/missing-files.ts, tensor-names.ts and src/files/lfs.ts.
 */
import { describe, expect, test } from "vitest";
import { UnsupportedError, WeightsError } from "../../src/errors.ts";
import type { Source } from "../../src/files/source.ts";
import { openFolder } from "../../src/load/folder.ts";
import type { OpenFolder } from "../../src/load/folder.ts";
import {
  changedFolder,
  changedJson,
  goldenFolder,
  storedTensors,
  tensorsFile,
} from "../../testing/checkpoint/folder-fixture.ts";
import { memorySource } from "../../testing/files/node-source.ts";

const LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4f\nsize 57113\n";
const ADAPTER = JSON.stringify({
  base_model_name_or_path: "example/base-vl",
  peft_type: "LORA",
  r: 4,
});

/** Opens a folder, its text side too. */
async function opened(source: Source, onWarning?: (message: string) => void): Promise<OpenFolder> {
  const folder = await openFolder(source, onWarning ? { onWarning } : {});
  await folder.text;
  return folder;
}

async function expectRefused(
  source: Source,
  kind: typeof WeightsError | typeof UnsupportedError,
  ...words: string[]
): Promise<void> {
  const error: unknown = await opened(source).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(kind);
  for (const word of words) expect(String(error)).toContain(word);
}

test.each([
  ["a family", { model_type: "llava" }, "model_type is not supported", "llava"],
  [
    "a class",
    { architectures: ["Qwen3ForTokenClassification"] },
    "architectures is not supported",
    "Qwen3ForToken",
  ],
])(
  "unknown: %s → what it found, tensors with their shapes, and what is supported",
  async (_, change, what, got) => {
    const json = changedJson("qwen3", "config.json", (config) => Object.assign(config, change));
    const source = changedFolder("qwen3", { "config.json": json });
    await expectRefused(
      source,
      UnsupportedError,
      `config.json: ${what} (its tensors are `,
      "model.embed_tokens.weight [1088, 192]",
      "more): expected ",
      got,
    );
  },
);

describe("adapters", () => {
  const without = {
    "model-00001-of-00003.safetensors": undefined,
    "model-00002-of-00003.safetensors": undefined,
    "model-00003-of-00003.safetensors": undefined,
    "model.safetensors.index.json": undefined,
  };
  test.each([
    ["alone", { ...without, "config.json": undefined }],
    ["with config.json", without],
    ["beside its base", {}],
  ])("folder: an adapter %s → UnsupportedError with its base and how to merge", async (_, own) => {
    const source = changedFolder("a", { ...own, "adapter_config.json": ADAPTER });
    await expectRefused(source, UnsupportedError, 'LORA on "example/base-vl"', "merge_and_unload");
  });

  test("folder: tensors of an adapter inside the weights → UnsupportedError", async () => {
    const tensors = storedTensors("b", "model.safetensors");
    const [first] = tensors.values();
    if (!first) throw new Error("golden b has no tensors");
    tensors.set("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", first);
    const source = changedFolder("b", { "model.safetensors": tensorsFile(tensors) });
    await expectRefused(source, UnsupportedError, "not merged", "lora_A");
  });
});

describe("quantised checkpoints", () => {
  test.each([
    ["bitsandbytes", { quant_method: "bitsandbytes", load_in_4bit: true }],
    ["awq", { quant_method: "awq", bits: 4 }],
    ["gptq", { quant_method: "gptq", bits: 4 }],
    ["fp8", { quant_method: "fp8", weight_block_size: [128, 128] }],
    ["compressed-tensors", { quant_method: "compressed-tensors" }],
  ])("folder: quant_method %s → UnsupportedError that names it", async (method, quantised) => {
    const config = changedJson("qwen3", "config.json", (json) => {
      json["quantization_config"] = quantised;
    });
    const source = changedFolder("qwen3", { "config.json": config });
    await expectRefused(source, UnsupportedError, `quant_method ${method}`, "q4");
  });

  test("folder: quantised inside text_config → refused; null → not quantised", async () => {
    const nested = changedJson("b", "config.json", (json) => {
      (json["text_config"] as Record<string, unknown>)["quantization_config"] = {
        quant_method: "fp8",
      };
    });
    await expectRefused(changedFolder("b", { "config.json": nested }), UnsupportedError, "fp8");
    const none = changedJson("qwen3", "config.json", (json) => {
      json["quantization_config"] = null;
    });
    await opened(changedFolder("qwen3", { "config.json": none }));
  });
});

describe("names of tensors", () => {
  const renamed = (prefix: string, inner = ""): Uint8Array => {
    const all = [...storedTensors("b", "model.safetensors")].map(([name, tensor]) => {
      return [prefix + name.replace(/^model\./, `model.${inner}`), tensor] as const;
    });
    return tensorsFile(new Map([...all, ...storedTensors("b", "value_head.safetensors")]));
  };
  const ofB = async (): Promise<string[]> =>
    [...(await opened(changedFolder("b", {}))).checkpoint.tensors.keys()].toSorted();

  test.each([
    ["pretrained_model.", ""],
    ["module.", ""],
    ["module.pretrained_model.", ""],
    ["_orig_mod.", ""],
    ["base_model.model.", ""],
    ["", "_orig_mod."],
    ["", "_fsdp_wrapped_module."],
  ])("folder: names with %j and %j → those without", async (prefix, inner) => {
    const source = changedFolder("b", {
      "model.safetensors": renamed(prefix, inner),
      "value_head.safetensors": undefined,
    });
    const { checkpoint } = await opened(source);
    expect([...checkpoint.tensors.keys()].toSorted()).toEqual(await ofB());
  });

  test("folder: a name with and without the prefix → WeightsError", async () => {
    const tensors = storedTensors("b", "model.safetensors");
    const [[name, tensor] = []] = tensors;
    if (name === undefined || !tensor) throw new Error("golden b has no tensors");
    tensors.set(`module.${name}`, tensor);
    const source = changedFolder("b", { "model.safetensors": tensorsFile(tensors) });
    await expectRefused(source, WeightsError, "twice", `module.${name}`);
  });

  test("folder: the same head in two files → opened; another one → WeightsError", async () => {
    const head = storedTensors("b", "value_head.safetensors");
    const model = storedTensors("b", "model.safetensors");
    const both = tensorsFile(new Map([...model, ...head]));
    await opened(changedFolder("b", { "model.safetensors": both }));
    const other = [...head].map(
      ([name, tensor]) =>
        [name, { ...tensor, bytes: tensor.bytes.map((byte) => byte ^ 1) }] as const,
    );
    const conflict = tensorsFile(new Map([...model, ...other]));
    const source = changedFolder("b", { "model.safetensors": conflict });
    await expectRefused(source, WeightsError, "in two files", "v_head.summary");
  });
});

describe("files that are not there, or not themselves", () => {
  test.each(["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"])(
    "folder: %s is a Git LFS pointer → WeightsError that says so",
    async (file) => {
      const files: File[] = Object.entries({ ...goldenFolder("qwen3"), [file]: LFS }).map(
        ([name, content]) => new File([content as BlobPart], name),
      );
      await expectRefused(files as never, WeightsError, file, "Git LFS pointer", "git lfs pull");
    },
  );

  test("folder: value_head.bin → WeightsError with the lines that convert it", async () => {
    const source = changedFolder("b", {
      "value_head.safetensors": undefined,
      "value_head.bin": "PK",
    });
    await expectRefused(
      source,
      WeightsError,
      "value_head.bin",
      "pickle",
      "torch.load",
      "save_file",
    );
  });

  test("folder: pytorch_model.bin → WeightsError with the lines that convert it", async () => {
    const source = changedFolder("qwen3", {
      "model.safetensors": undefined,
      "pytorch_model.bin": "PK",
    });
    await expectRefused(source, WeightsError, "pytorch_model.bin", "pickle", "model.safetensors'");
  });

  test("folder: a shard of the index is missing → WeightsError that names it", async () => {
    const source = changedFolder("a", { "model-00002-of-00003.safetensors": undefined });
    await expectRefused(source, WeightsError, "1 of 3 shards are missing", "model-00002-of-00003");
  });

  test("folder: no file says how pictures are prepared → WeightsError", async () => {
    const source = changedFolder("b", { "preprocessor_config.json": undefined });
    await expectRefused(source, WeightsError, "preprocessor_config.json", "processor_config.json");
    await opened(changedFolder("qwen3", {}));
  });

  test("folder: processor_config.json counts before preprocessor_config.json", async () => {
    const processor = {
      image_processor: {
        image_processor_type: "Qwen2VLImageProcessor",
        size: { shortest_edge: 3136, longest_edge: 200_704 },
      },
      processor_class: "Qwen2_5_VLProcessor",
    };
    const withIt = { "processor_config.json": JSON.stringify(processor) };
    const { image } = await opened(changedFolder("b", withIt));
    expect([image.minPixels, image.maxPixels]).toEqual([3136, 200_704]);
    const alone = changedFolder("b", { ...withIt, "preprocessor_config.json": undefined });
    expect((await opened(alone)).image.maxPixels).toBe(200_704);
    // One that was saved before transformers 5 has no image processor in it.
    const old = JSON.stringify({ processor_class: "Qwen2_5_VLProcessor" });
    const { image: older } = await opened(changedFolder("b", { "processor_config.json": old }));
    expect(older.maxPixels).toBe(50_176);
  });

  test("folder: the root of a hub cache → its snapshot", async () => {
    const files = Object.entries(goldenFolder("qwen3"));
    const snapshot = files.map(([name, file]) => [`snapshots/0123abcd/${name}`, file] as const);
    const source = memorySource({ "refs/main": "0123abcd\n", ...Object.fromEntries(snapshot) });
    const { source: inner, checkpoint } = await opened(source);
    expect(inner.name).toBe("folder/snapshots/0123abcd");
    expect(checkpoint.tensors.size).toBeGreaterThan(0);
    const outside = memorySource({ "refs/main": "../../etc" });
    await expectRefused(outside, WeightsError, "config.json: there is no such file");
  });
});

test("folder: code of its own and steps after the model → one warning that lists both", async () => {
  const config = changedJson("qwen3", "config.json", (json) => {
    json["auto_map"] = { AutoModel: "modeling_x.RewardModel" };
  });
  const warnings: string[] = [];
  const source = changedFolder("qwen3", { "config.json": config, "modules.json": "[]" });
  await opened(source, (message) => warnings.push(message));
  expect(warnings).toEqual([
    "folder: the folder holds what is not used and may change scores: " +
      "code of its own (auto_map: modeling_x.RewardModel); " +
      "modules.json (steps of sentence-transformers)",
  ]);
});
