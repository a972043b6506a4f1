#!/usr/bin/env python3
"""Makes random checkpoints of odd shapes with their goldens: odd_shapes.py TOKENIZERS OUT [NAME…]

TOKENIZERS holds the folders tokenizer and tokenizer-qwen3-vl of test/golden. Too many and too slow for the suite:

    ODD_SHAPES=OUT npm test -- gpu test/golden/odd-shapes.gpu.test.ts
"""
import copy
import json
import runpy
import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
SIZES = {"one": (1, 1), "line": (150, 1), "pole": (1, 190), "odd1": (33, 31), "odd2": (97, 211), "wide": (640, 40),
         "tall": (30, 500), "sq": (128, 128), "mid": (301, 203), "thin": (3, 100)}
I = lambda name: {"type": "image", "image": f"images/{name}.png"}
T = lambda text: {"type": "text", "text": text}
U = lambda *parts: {"role": "user", "content": list(parts)}
A = lambda *parts: {"role": "assistant", "content": list(parts)}
CASES = {
    **{name: [U(I(name), T("what is it?")), A(T(f"It is {name}"))] for name in SIZES},
    "before": [U(T("Look here: "), I("odd1"), T(" well?")), A(T("yes"))],
    "between": [U(T("First "), I("odd2"), T(" then a rather longer text between the two pictures "), I("wide"),
                  T("and the end")), A(T("no"))],
    "adjacent": [U(I("one"), I("tall"), I("sq"), I("line")), A(T("four"))],
    "answer-picture": [U(T("draw")), A(I("mid"), T("here"))],
    "system-turns": [{"role": "system", "content": "Be short."}, U(I("sq"), T("a")), A(T("b")), U(T("c"), I("pole")),
                     A(T("d"))],
    "text": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "Hi there"}],
    "same-twice": [U(I("odd1"), I("odd1"), T("same?")), A(T("yes"))],
}
Q3 = {"kind": "qwen3_vl", "layout": "published", "names": "v5", "dtype": "f32", "gain": 0.9, "min_pixels": 1024,
      "max_pixels": 60000,
      "text": {"vocab_size": 1036, "hidden_size": 64, "intermediate_size": 77, "num_hidden_layers": 3,
               "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 24, "rms_norm_eps": 1e-6,
               "max_position_embeddings": 8192, "rope_theta": 5000000, "mrope_section": [4, 4, 4]},
      "vision": {"depth": 3, "hidden_size": 48, "intermediate_size": 70, "num_heads": 2, "patch_size": 16,
                 "spatial_merge_size": 2, "temporal_patch_size": 2, "num_position_embeddings": 64,
                 "deepstack_visual_indexes": [0, 1]}}
Q2 = {"kind": "qwen2_vl", "layout": "flat", "names": "hub", "dtype": "f32", "gain": 0.9, "min_pixels": 784,
      "max_pixels": 60000,
      "text": {"vocab_size": 1036, "hidden_size": 64, "intermediate_size": 77, "num_hidden_layers": 2,
               "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-6,
               "max_position_embeddings": 8192, "rope_theta": 1000000.0, "mrope_section": [2, 3, 3]},
      "vision": {"depth": 2, "embed_dim": 48, "mlp_ratio": 4, "num_heads": 2, "patch_size": 14,
                 "spatial_merge_size": 2, "temporal_patch_size": 2}}
# What differs from the two above.
SHAPES = {
    "q3-merge1": (Q3, {"vision": {"spatial_merge_size": 1, "num_position_embeddings": 49}}),
    "q3-merge3": (Q3, {"vision": {"spatial_merge_size": 3, "num_position_embeddings": 100}}),
    "q3-merge4": (Q3, {"vision": {"spatial_merge_size": 4}, "max_pixels": 120000}),
    "q3-nodeep": (Q3, {"vision": {"depth": 1, "deepstack_visual_indexes": []}, "layout": "nested"}),
    "q3-unsorted": (Q3, {"vision": {"depth": 4, "deepstack_visual_indexes": [3, 0, 2]}}),
    "q3-many": (Q3, {"vision": {"depth": 5, "deepstack_visual_indexes": [0, 1, 2, 4]}, "text": {"num_hidden_layers": 2}}),
    "q3-last": (Q3, {"vision": {"depth": 3, "deepstack_visual_indexes": [2]}, "text": {"num_hidden_layers": 1}}),
    "q3-heads": (Q3, {"text": {"num_attention_heads": 5, "num_key_value_heads": 1, "head_dim": 20, "mrope_section": [4, 3, 3]},
                      "vision": {"hidden_size": 60, "num_heads": 5}, "dtype": "f16"}),
    "q3-128": (Q3, {"text": {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 128, "hidden_size": 72,
                             "mrope_section": [24, 20, 20]}, "vision": {"hidden_size": 144, "num_heads": 2}, "dtype": "bf16"}),
    "q3-bias": (Q3, {"text": {"attention_bias": True}, "layout": "nested"}),
    "q3-patch14": (Q3, {"vision": {"patch_size": 14, "num_position_embeddings": 9, "temporal_patch_size": 1}}),
    "q3-patch8t4": (Q3, {"vision": {"patch_size": 8, "num_position_embeddings": 150, "temporal_patch_size": 4},
                         "max_pixels": 20000}),
    "q3-table1": (Q3, {"vision": {"num_position_embeddings": 1}}),
    "q3-table4": (Q3, {"vision": {"num_position_embeddings": 4, "hidden_size": 72, "num_heads": 1}, "dtype": "bf16", "shards": 3}),
    "q3-section": (Q3, {"text": {"mrope_section": [2, 7, 3]}, "tie": True, "embed": 0.5}),
    "q3-theta": (Q3, {"text": {"rope_theta": 10000.0, "rms_norm_eps": 1e-4}, "dtype": "bf16"}),
    "q3-wide": (Q3, {"text": {"hidden_size": 100, "intermediate_size": 33},
                     "vision": {"hidden_size": 36, "num_heads": 1, "intermediate_size": 5}}),
    "q2-merge1": (Q2, {"vision": {"spatial_merge_size": 1}}),
    "q2-merge3": (Q2, {"vision": {"spatial_merge_size": 3}}),
    "q2-merge4": (Q2, {"vision": {"spatial_merge_size": 4}, "max_pixels": 120000}),
    "q2-ratio": (Q2, {"vision": {"mlp_ratio": 3, "embed_dim": 36, "num_heads": 3}}),
    "q2-ratio1": (Q2, {"vision": {"mlp_ratio": 1, "depth": 5}}),
    "q2-heads": (Q2, {"text": {"num_attention_heads": 5, "num_key_value_heads": 5, "hidden_size": 60, "mrope_section": [2, 2, 2]},
                      "vision": {"embed_dim": 160, "num_heads": 2}, "dtype": "f16"}),
    "q2-128": (Q2, {"text": {"num_attention_heads": 2, "num_key_value_heads": 1, "hidden_size": 256,
                             "mrope_section": [16, 24, 24]}, "dtype": "bf16"}),
    "q2-nested": (Q2, {"layout": "nested", "names": "v5"}),
    "q2-v5": (Q2, {"names": "v5", "dtype": "bf16", "shards": 2}),
    "q2-patch": (Q2, {"vision": {"patch_size": 12, "temporal_patch_size": 1}}),
    "q2-temporal": (Q2, {"vision": {"patch_size": 10, "temporal_patch_size": 3}}),
    "q2-tie": (Q2, {"tie": True, "embed": 0.4, "text": {"rope_theta": 10000.0, "rms_norm_eps": 1e-5}}),
    "q2-one": (Q2, {"text": {"num_hidden_layers": 1, "num_attention_heads": 1, "num_key_value_heads": 1, "hidden_size": 40,
                             "mrope_section": [4, 8, 8]}, "vision": {"depth": 1, "num_heads": 1}}),
}


def picture(width: int, height: int, rng: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    pixels = np.stack([x * 255 // width, y * 255 // height, (x // 5 + y // 7) % 2 * 200], -1)
    return Image.fromarray(np.clip(pixels + rng.integers(-20, 20, pixels.shape), 0, 255).astype(np.uint8))


def run(script: str, *arguments: str) -> None:
    sys.argv = [script, *arguments]
    runpy.run_path(str(HERE / script), run_name="__main__")


def main() -> None:
    tokenizers, out, only = sys.argv[1], Path(sys.argv[2]).resolve(), sys.argv[3:]
    for folder in ("images", "specs", "models"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(5)
    for name, size in SIZES.items():
        picture(*size, rng).save(out / "images" / f"{name}.png")
    lines = [json.dumps({"id": name, "messages": messages}) for name, messages in CASES.items()]
    (out / "cases.jsonl").write_text("\n".join(lines) + "\n")
    for name, (base, change) in SHAPES.items():
        if only and name not in only:
            continue
        spec = {**copy.deepcopy(base), "seed": sum(map(ord, name))}
        for key, value in change.items():
            spec[key] = {**spec[key], **value} if isinstance(value, dict) else value
        path, model = out / "specs" / f"{name}.json", out / "models" / name
        path.write_text(json.dumps(spec))
        tokenizer = "tokenizer-qwen3-vl" if base is Q3 else "tokenizer"
        run("random_model.py", str(path), f"{tokenizers}/{tokenizer}", str(model))
        run("oracle.py", "score", str(model), str(out / "cases.jsonl"), str(out / f"golden-{name}.jsonl"))


if __name__ == "__main__":
    main()
