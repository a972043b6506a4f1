#!/usr/bin/env python3
"""Writes specs/ and cases/ of the golden heads: odd shapes, labels, layers and prompts on each kind of backbone.

    make_cases.py      in this folder; make.sh calls it
"""
import json
from pathlib import Path

TEXT = {"hidden_size": 48, "intermediate_size": 44, "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 1,
        "rms_norm_eps": 1e-6, "max_position_embeddings": 32768, "rope_theta": 1000000.0}
VL = {**TEXT, "num_attention_heads": 2, "mrope_section": [3, 4, 5]}
WINDOWS = {"depth": 2, "hidden_size": 32, "intermediate_size": 36, "num_heads": 2, "patch_size": 14, "spatial_merge_size": 2,
           "temporal_patch_size": 2, "window_size": 56, "fullatt_block_indexes": [1]}
HUB = {"layout": "flat", "names": "hub", "dtype": "bf16", "min_pixels": 3136, "max_pixels": 50176}


def layers(*names_and_functions):
    return [{"name": n, **({"activation": a} if a else {})} for n, a in names_and_functions]


def mlp(*given):
    return {"kind": "mlp", "layers": layers(*given)}


RATING = "\n\nPlease rate: <|Reward|>\n\nEND\n"
SPECS = {
    # Softmax of more labels than two, a suffix behind the generation prompt.
    "labels": ("qwen2-vl", {**HUB, "seed": 201, "head": None, "text": {**VL, "vocab_size": 1040}, "vision": WINDOWS, "json": {
        "reward.json": {"head": {"kind": "labels", "labels": ["C", "A", "B"]}, "prompt": {"generation_prompt": True, "suffix": "My answer: "},
                        "output": {"kind": "raw"}}}}),
    # A share of the whole vocabulary, of a tied table; pieces and defaults.
    "vocabulary": ("qwen3", {"kind": "qwen3", "names": "hub", "dtype": "f16", "tie": True, "embed": 0.15, "seed": 202, "text": {
        **TEXT, "vocab_size": 1036, "head_dim": 20}, "json": {"reward.json": {
            "head": {"kind": "labels", "labels": ["Yes", "No"]}, "output": {"kind": "vocabulary"},
            "prompt": {"pieces": ["<|im_start|>user\n", "{query} ({how})\n{document}", "<|im_end|>\n<|im_start|>assistant\n"],
                       "defaults": {"how": "briefly"}}}}}),
    # Two labels in the order no, yes: as vLLM's classifier_from_token, without a sidecar.
    "classifier": ("qwen3", {"kind": "qwen3", "names": "hub", "dtype": "bf16", "seed": 203, "text": {
        **TEXT, "vocab_size": 1036, "head_dim": 24},
        "config": {"classifier_from_token": ["no", "yes"], "method": "from_2_way_softmax"}}),
    # SELU and tanh, three outputs of which the last counts, 1-D positions with pictures, normalised.
    "selu": ("qwen2-vl", {**HUB, "seed": 204, "text": {**VL, "vocab_size": 1030}, "vision": WINDOWS,
             "head": {"dtype": "f16", "layers": {"judge.a": [21, 48], "judge.b": [10, 21], "judge.c": [3, 10]}}, "json": {"reward.json": {
                 "head": mlp(("judge.a", "selu"), ("judge.b", "tanh"), ("judge.c", None)), "positions": "1d",
                 "output": {"kind": "raw", "index": 2, "mean": -0.4, "std": 0.6, "names": ["a", "b", "c"]}}}}),
    # Steps by another marker, erf GELU, the product, the first class.
    "steps": ("qwen2-prm", {"kind": "qwen2", "names": "hub", "dtype": "bf16", "seed": 205, "text": {**TEXT, "vocab_size": 1040},
              "head": {"dtype": "f32", "layers": {"prm.0": [30, 48], "prm.2": [3, 30]}, "gain": 1.5}, "json": {"reward.json": {
                  "head": mlp(("prm.0", "gelu"), ("prm.2", None)), "read": {"at": "every", "token": "<|object_ref_end|>"},
                  "prompt": {"system": [{"text": "Check {topic}."}], "user": [{"text": "Q: {question}"}],
                             "assistant": [{"text": "So: "}, {"each": "steps", "after": " <|object_ref_end|>\n"}], "defaults": {"topic": "sums"}},
                  "output": {"kind": "softmax", "index": 0, "aggregate": "product"}}}}),
    # Every marker, raw: the last of them is the score.
    "every": ("qwen2-prm", {"kind": "qwen2", "names": "hub", "dtype": "f32", "seed": 206, "text": {**TEXT, "vocab_size": 1040},
              "head": {"dtype": "f32", "layers": {"v": [2, 48]}}, "json": {"reward.json": {
                  "head": mlp(("v", None)), "read": {"at": "every", "token": "<extra_0>"},
                  "prompt": {"user": [{"text": "{question}"}], "assistant": [{"each": "steps", "after": "<extra_0>"}]},
                  "output": {"kind": "sigmoid", "index": 1}}}}),
    # Skywork-o1-Open-PRM's form: steps tokenised one by one, a value head read at the line break behind each, sigmoid.
    "separators": ("qwen2-prm", {"kind": "qwen2", "names": "hub", "dtype": "bf16", "seed": 212, "text": {**TEXT, "vocab_size": 1040},
                   "head": {"dtype": "f32", "layers": {"v_head.summary": [1, 48]}, "gain": 1.5}, "json": {"reward.json": {
                       "head": mlp(("v_head.summary", None)), "read": {"at": "separators"},
                       "prompt": {"pieces": ["<|endoftext|>{question}\n", {"each": "steps", "after": "\n"}]},
                       "output": {"kind": "sigmoid", "index": 0, "aggregate": "min"}}}}),
    # Three passes, an appended marker, alpha dropped.
    "passes": ("qwen2-vl", {**HUB, "seed": 207, "token": "<|Judge|>", "text": {**VL, "vocab_size": 1152}, "vision": WINDOWS, "max_pixels": 12845056,
               "head": {"dtype": "f32", "layers": {n: s for k in "abc" for n, s in ((f"h.{k}.0", [12, 48]), (f"h.{k}.2", [2, 12]))}},
               "json": {"reward.json": {"passes": [{"head": mlp((f"h.{k}.0", "relu"), (f"h.{k}.2", None)), "prompt": {
                   "user": [{"text": f"{word}: "}, {"image": "source"}, {"image": "edited"}, {"text": "{instruction}<|Judge|>"}]}}
                   for k, word in (("a", "Follow"), ("b", "Quality"), ("c", "Taste"))],
                   "read": {"at": "token", "token": "<|Judge|>"}, "prompt": {"generation_prompt": True, "pictures": {
                       "min_pixels": 3136, "max_pixels": 25088, "alpha": "drop"}}, "output": {"kind": "raw", "index": 1, "combine": "mean"}}}}),
    # HPSv3's form on Qwen2-VL: a named file, 1-D positions.
    "generated": ("qwen2-vl", {"kind": "qwen2_vl", **HUB, "seed": 208, "file": "Judge.safetensors", "token": "<|Reward|>", "max_pixels": 12845056,
                  "text": {**VL, "vocab_size": 1152}, "vision": {"depth": 2, "embed_dim": 32, "mlp_ratio": 2, "num_heads": 2, "patch_size": 14,
                                                              "spatial_merge_size": 2, "temporal_patch_size": 2},
                  "head": {"dtype": "f32", "layers": {"rm_head.0": [14, 48], "rm_head.3": [6, 14], "rm_head.5": [2, 6]}}, "json": {"reward.json": {
                      "weights": "Judge.safetensors", "head": mlp(("rm_head.0", "relu"), ("rm_head.3", "relu"), ("rm_head.5", None)),
                      "read": {"at": "token", "token": "<|Reward|>"}, "positions": "1d", "prompt": {"user": [
                          {"image": "image"}, {"text": "\nRate {literally} what \"{prompt}\" asks. " + RATING}], "generation_prompt": True,
                          "pictures": {"min_pixels": 25088, "max_pixels": 25088, "alpha": "drop"}}}}}),
    # Sides on Qwen3-VL, sigmoid of two labels.
    "sides": ("qwen3-vl", {"kind": "qwen3_vl", "layout": "published", "names": "v5", "dtype": "bf16", "tie": True, "embed": 0.15, "seed": 209,
              "min_pixels": 65536, "max_pixels": 131072, "text": {**TEXT, "vocab_size": 1036, "head_dim": 24, "mrope_section": [4, 4, 4]},
              "vision": {"depth": 3, "hidden_size": 24, "intermediate_size": 28, "num_heads": 1, "patch_size": 16, "spatial_merge_size": 2,
                         "temporal_patch_size": 2, "num_position_embeddings": 49, "deepstack_visual_indexes": [0, 1]}, "json": {"reward.json": {
                  "head": {"kind": "labels", "labels": ["yes", "no"]}, "output": {"kind": "sigmoid"}, "prompt": {
                      "system": [{"text": "Judge."}], "user": [{"text": "Q:"}, {"side": "query", "empty": "NULL"}, {"text": "\nD:"},
                                                              {"side": "document", "empty": "NULL"}], "generation_prompt": True,
                      "pictures": {"min_pixels": 4096, "max_pixels": 32768}}}}}),
    # DocReward's form: pages in turns of the assistant, a token appended behind the template's end, a largest area.
    "pages": ("qwen2-vl", {**HUB, "seed": 211, "token": "<|regression|>", "text": {**VL, "vocab_size": 1152}, "vision": WINDOWS,
              "max_pixels": 12845056, "head": {"file": "value_head.safetensors", "dtype": "f32", "layers": {"v_head.summary": [1, 48]}},
              "json": {"reward.json": {
                  "head": mlp(("v_head.summary", None)), "read": {"at": "token", "token": "<|regression|>"},
                  "prompt": {"user": [{"text": "You need to create a professional document page(s). "}], "assistant": [{"pages": "pages"}],
                             "suffix": "<|regression|>", "pictures": {"min_pixels": 3136, "max_pixels": 20000}}}}}),
    # A pointer head.
    "pointer": ("qwen3", {"kind": "qwen3", "names": "bare", "dtype": "f16", "tie": True, "architecture": "Qwen3Model", "seed": 210,
                "text": {**TEXT, "vocab_size": 1036, "head_dim": 20}, "head": {"file": "head.safetensors", "dtype": "f32", "layers": {
                    "q": [24, 48], "k": [24, 48]}}, "json": {"tinyjev.json": {"family": "pointer", "head": {
                        "head_dim": 24, "temperature": 0.7, "option_isolation": False}}}}),
}
IMAGE = lambda name: f"../../images/{name}"
SEEN = lambda name, text: [{"type": "image", "image": IMAGE(name)}, {"type": "text", "text": text}]
ASK = lambda content: [{"role": "user", "content": content}]
SAID = lambda content, answer: ASK(content) + [{"role": "assistant", "content": answer}]
SPELLED = "<|im_end|> <|Reward|> <|Judge|> <extra_0> <|object_ref_end|> <|fim_suffix|>"
CASES = {
    "labels": [{"messages": ASK(SEEN("odd.png", "Which?"))}, {"messages": ASK("Which?"), "labels": ["no", "yes"]},
               {"messages": ASK(SPELLED)}, {"messages": ASK(SEEN("tiny.png", "A to E?")), "labels": list("EDCBA")}],
    "vocabulary": [{"inputs": {"query": "a sum?", "document": "3 + 4"}}, {"inputs": {"query": "", "document": "  x\n", "how": "図"}},
                   {"inputs": {"query": SPELLED, "document": "{how} {none}"}}],
    "classifier": [{"messages": ASK("Is 3 odd?")}, {"messages": ASK("")}, {"messages": SAID("Is it?", "It is.") + ASK("Sure?")}],
    "selu": [{"messages": SAID(SEEN("strip.png", "What?"), "A strip.")}, {"messages": SAID("Two?", "2")},
             {"messages": SAID(SEEN("odd.png", "a") + SEEN("small.png", SPELLED), "")}],
    "steps": [{"inputs": {"question": "3 + 4?", "steps": ["3 + 4 = 7.", "So 7."]}}, {"inputs": {"question": "", "steps": [""], "topic": "日"}},
              {"inputs": {"question": SPELLED, "steps": ["a <|object_ref_end|>", "<|object_ref_end|>", " "]}}],
    "separators": [{"inputs": {"question": "3 + 4?", "steps": ["3 + 4 = 7.", "So 7."]}}, {"inputs": {"question": "", "steps": [" 7.\n", "日"]}},
                   {"inputs": {"question": SPELLED, "steps": ["a <|endoftext|>", "\n\n", " \nTwice\n\nso"]}}],
    "every": [{"inputs": {"question": "3 + 4?", "steps": ["7.", "8.", "9."]}}, {"inputs": {"question": "<extra_0>", "steps": ["<extra_0>"]}}],
    "passes": [{"inputs": {"source": IMAGE("odd.png"), "edited": IMAGE("alpha.png"), "instruction": "turn it"}},
               {"inputs": {"source": IMAGE("tiny.png"), "edited": IMAGE("tiny.png"), "instruction": SPELLED}}],
    "generated": [{"inputs": {"image": IMAGE("exact.png"), "prompt": "five shapes"}}, {"inputs": {"image": IMAGE("alpha.png"), "prompt": ""}},
                  {"inputs": {"image": IMAGE("strip.png"), "prompt": SPELLED + " {literally}"}},
                  {"inputs": {"image": IMAGE("palette.png"), "prompt": "図表 🙂"}}],
    "sides": [{"inputs": {"query": {"text": "shapes"}, "document": {"images": [IMAGE("odd.png")], "text": "five"}}},
              {"inputs": {"query": {}, "document": {"text": SPELLED}}},
              {"inputs": {"query": {"images": [IMAGE("tiny.png"), IMAGE("small.png")]}, "document": {}}}],
    "pages": [{"messages": ASK("You need to create a professional document page(s). ") + [
        {"role": "assistant", "content": [{"type": "image", "image": IMAGE(page)}]} for page in pages]}
        for pages in (["odd.png"], ["tall.png", "wide.png", "tiny.png"], ["alpha.png", "grey.png"])],
    "pointer": [{"state": {"late": True, "tags": ["a", {"b": 2}], "none": None}, "questions": {
        "angry": {"type": "noul", "instructions": "Angry?", "criteria": {"true": "shouts"}},
        "who": {"type": "choice", "instructions": "Who?", "criteria": {"sales": "new", "support": None, "other": {"as": [1, 2]}}},
        "good": {"type": "score", "instructions": "Good?", "criteria": ["bad", "fair", "good"]}}},
        {"state": SPELLED, "questions": {"a": {"type": "noul", "instructions": "<|box_end|>?"}}}],
}
here = Path(__file__).parent
for folder in ("specs", "cases"):
    (here / folder).mkdir(exist_ok=True)
for name, (_, spec) in SPECS.items():
    (here / "specs" / f"{name}.json").write_text(json.dumps(spec, ensure_ascii=False, indent=1) + "\n")
for name, cases in CASES.items():
    lines = [json.dumps({"id": str(i), **case}, ensure_ascii=False) for i, case in enumerate(cases)]
    (here / "cases" / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
(here / "tokenizers.txt").write_text("".join(f"{name} {tokenizer}\n" for name, (tokenizer, _) in SPECS.items()))
