#!/usr/bin/env python3
"""Writes a small reward model with random weights, in the layout of the published checkpoints.

    random_model.py SPEC.json TOKENIZER_DIR OUT_DIR

SPEC.json: {"seed", "kind": "qwen2_5_vl" (the default) | "qwen2_vl" | "qwen3_vl" | "qwen2" | "qwen3",
"layout": "flat" | "nested" (config.json as published, or as transformers 5 writes it; Qwen3-VL was published nested),
"names": "hub" (visual.*, model.*) | "v5" (model.visual.*, model.language_model.*, as Qwen3-VL was published) | "bare"
(of a text model: layers.*), "dtype": "bf16" | "f32" | "f16", "dtypes": {part of a name: dtype}, "shards": int,
"text": {...}, "vision": {...}, "min_pixels", "max_pixels", "gain": float (scale of the weights), "embed": float
(of the embedding table: a tied table of scale 1 makes every probability 0 or 1), "tie": bool}, and
  "head"      {"file": name | absent (with the model), "dtype", "layers": {name: [out, in]}, "bias": scale, "gain"}; a vision
              model without one has value_head.safetensors, v_head.summary.*, in float32
  "token"     a token that the embedding table has a row for, after the tokenizer's last id; the table ends there, while
              config.json keeps the vocab_size of "text"
  "file"      the name of the weights, where it is not model.safetensors
  "architecture", "config"   what config.json says instead of, and beside, the usual
  "json"      {file: content}: further files, such as reward.json and tinyjev.json
With "family": "qwen3" | "qwen2" | "llama" it writes a *ForSequenceClassification instead ("text" as its config).
Weights are drawn with fan-in scaling, so that every layer moves the result; norms and biases are not trivial.
"""
import json
import shutil
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import (AutoModelForSequenceClassification, LlamaConfig, Qwen2_5_VLConfig,
                          Qwen2_5_VLForConditionalGeneration, Qwen2Config, Qwen2ForCausalLM, Qwen2VLConfig,
                          Qwen2VLForConditionalGeneration, Qwen3Config, Qwen3ForCausalLM, Qwen3VLConfig,
                          Qwen3VLForConditionalGeneration)

DTYPES = {"bf16": torch.bfloat16, "f32": torch.float32, "f16": torch.float16}
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
FAMILIES = {"qwen3": Qwen3Config, "qwen2": Qwen2Config, "llama": LlamaConfig}
KINDS = {"qwen2_5_vl": (Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, "Qwen2_5_VLProcessor"),
         "qwen2_vl": (Qwen2VLConfig, Qwen2VLForConditionalGeneration, "Qwen2VLProcessor"),
         "qwen3_vl": (Qwen3VLConfig, Qwen3VLForConditionalGeneration, "Qwen3VLProcessor"),
         "qwen2": (Qwen2Config, Qwen2ForCausalLM, None), "qwen3": (Qwen3Config, Qwen3ForCausalLM, None)}


def build_config(spec: dict, kind: str, ids: dict, rows: int):
    text, tie = {**spec["text"], "vocab_size": rows}, spec.get("tie", False)
    rope = {"rope_type": "default", "rope_theta": text.pop("rope_theta")}
    if "vision" not in spec:
        return KINDS[kind][0](**text, rope_parameters=rope, tie_word_embeddings=tie)
    rope["mrope_section"] = text.pop("mrope_section")
    text |= {"rope_parameters": rope, "hidden_act": "silu"}
    vision = {**spec["vision"], "in_channels": 3}
    if kind == "qwen3_vl":
        rope["mrope_interleaved"] = True
        vision |= {"hidden_act": "gelu_pytorch_tanh", "out_hidden_size": text["hidden_size"]}
    else:
        text["use_sliding_window"] = False
        vision |= ({"hidden_act": "silu", "out_hidden_size": text["hidden_size"], "tokens_per_second": 2}
                   if kind == "qwen2_5_vl" else {"hidden_size": text["hidden_size"]})
    return KINDS[kind][0](
        text_config=text, vision_config=vision,
        image_token_id=ids["<|image_pad|>"], video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"], vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=tie)


def draw(model: torch.nn.Module, seed: int, gain: float, embed: float = 1.0) -> None:
    generator = torch.Generator().manual_seed(seed)
    normal = lambda p, std: p.data.copy_(torch.randn(p.shape, generator=generator) * std)
    for name, p in sorted(model.named_parameters()):
        if ("norm" in name or "ln_q" in name) and not name.endswith("bias"):
            p.data.copy_(1 + 0.25 * torch.randn(p.shape, generator=generator))
        elif p.ndim == 1:
            normal(p, 0.3)
        elif "embed_tokens" in name:
            normal(p, embed)
        elif "pos_embed" in name:
            normal(p, 0.5)
        else:
            normal(p, gain * (p[0].numel() ** -0.5))


def flat(config, kind: str) -> dict:
    """The config.json of the checkpoints published in 2024 and 2025: the text fields at the top."""
    full = config.to_dict()
    text, vision = dict(full["text_config"]), dict(full["vision_config"])
    rope = text.pop("rope_parameters")
    for key in ("layer_types", "model_type"):
        text.pop(key, None)
    vision = {k: v for k, v in vision.items() if k not in ("in_channels", "initializer_range", "rope_parameters")}
    vision |= {"model_type": kind, "in_chans": 3, "spatial_patch_size": vision["patch_size"]}
    if kind == "qwen2_vl":  # published without its activation: the class knows it (QuickGELU)
        vision = {k: vision[k] for k in ("depth", "embed_dim", "mlp_ratio", "num_heads", "in_chans", "hidden_size", "patch_size",
                                         "spatial_merge_size", "spatial_patch_size", "temporal_patch_size")}
    return {**text, "architectures": [KINDS[kind][1].__name__], "model_type": kind,
            "rope_theta": rope["rope_theta"],
            "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
            "image_token_id": full["image_token_id"], "video_token_id": full["video_token_id"],
            "vision_start_token_id": full["vision_start_token_id"],
            "vision_end_token_id": full["vision_end_token_id"], "vision_token_id": full["video_token_id"] - 2,
            "tie_word_embeddings": full["tie_word_embeddings"], "vision_config": vision, "torch_dtype": "bfloat16",
            "transformers_version": "4.51.3" if kind == "qwen2_5_vl" else "4.41.2"}


def qwen3_vl_published(spec: dict, config) -> dict:
    """The config.json of the Qwen3-VL checkpoints: nested, with rope_scaling, written by transformers 4.57."""
    full, text, rope = config.to_dict(), dict(spec["text"]), config.text_config.rope_parameters
    ids = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id", "tie_word_embeddings")
    text.pop("mrope_section")
    return {"architectures": [KINDS["qwen3_vl"][1].__name__], "model_type": "qwen3_vl", **{k: full[k] for k in ids},
            "text_config": {**text, "attention_bias": False, "attention_dropout": 0.0, "dtype": "bfloat16",
                            "hidden_act": "silu", "initializer_range": 0.02, "model_type": "qwen3_vl_text",
                            "rope_scaling": {"mrope_interleaved": True, "mrope_section": rope["mrope_section"],
                                             "rope_type": "default"},
                            "tie_word_embeddings": full["tie_word_embeddings"], "use_cache": True},
            "vision_config": {**spec["vision"], "hidden_act": "gelu_pytorch_tanh", "in_channels": 3,
                              "initializer_range": 0.02, "model_type": "qwen3_vl",
                              "out_hidden_size": text["hidden_size"]},
            "transformers_version": "4.57.0.dev0"}


def text_published(spec: dict, kind: str, architecture: str, ids: dict) -> dict:
    """The config.json of Qwen2 and Qwen3 text checkpoints: rope_theta at the top."""
    text = dict(spec["text"])
    return {"architectures": [architecture], "attention_dropout": 0.0, "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|im_end|>"], "hidden_act": "silu", "initializer_range": 0.02,
            **({"attention_bias": False, "rope_scaling": None} if kind == "qwen3" else {}),
            "max_window_layers": text["num_hidden_layers"], "model_type": kind, "sliding_window": None,
            "tie_word_embeddings": spec.get("tie", False), "torch_dtype": {"bf16": "bfloat16", "f16": "float16"}.get(
                spec["dtype"], "float32"), "use_cache": True, "use_sliding_window": False,
            "transformers_version": "4.51.0", **text}


def write_text_model(spec: dict, ids: dict, out: Path) -> None:
    config = FAMILIES[spec["family"]](**spec["text"], num_labels=1, pad_token_id=ids["<|endoftext|>"],
                                      tie_word_embeddings=spec.get("tie", False))
    model = AutoModelForSequenceClassification.from_config(config)
    draw(model, spec["seed"], spec.get("gain", 1.0))
    model.to(DTYPES[spec["dtype"]]).save_pretrained(out)


def written_name(name: str, names: str) -> str:
    if names == "hub":
        return name.replace("model.language_model.", "model.").replace("model.visual.", "visual.")
    return name.removeprefix("model.") if names == "bare" else name


def write_weights(state: dict, spec: dict, out: Path) -> None:
    names = sorted(state)
    shards, per = spec.get("shards", 1), -(-len(names) // spec.get("shards", 1))
    if shards == 1:
        save_file(state, out / spec.get("file", "model.safetensors"), metadata={"format": "pt"})
        return
    index = {}
    for i in range(shards):
        file = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        part = {n: state[n] for n in names[i * per:(i + 1) * per]}
        save_file(part, out / file, metadata={"format": "pt"})
        index |= dict.fromkeys(part, file)
    total = sum(v.numel() * v.element_size() for v in state.values())
    (out / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=1))


def draw_head(spec: dict, seed: int) -> dict:
    generator, head = torch.Generator().manual_seed(seed), {}
    for name, (rows, columns) in spec["layers"].items():
        head[f"{name}.weight"] = torch.randn(rows, columns, generator=generator) * spec.get("gain", 2.0) * columns ** -0.5
        if spec.get("bias", 1.0):
            head[f"{name}.bias"] = torch.randn(rows, generator=generator) * spec.get("bias", 1.0)
    return {k: v.to(DTYPES[spec.get("dtype", "f32")]) for k, v in head.items()}


def preprocessor(spec: dict, kind: str) -> dict:
    vision = spec["vision"]
    cut = {"patch_size": vision["patch_size"], "temporal_patch_size": vision["temporal_patch_size"],
           "merge_size": vision["spatial_merge_size"]}
    if kind == "qwen3_vl":
        return {"size": {"longest_edge": spec["max_pixels"], "shortest_edge": spec["min_pixels"]}, **cut,
                "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
                "processor_class": "Qwen3VLProcessor", "image_processor_type": "Qwen2VLImageProcessorFast"}
    return {"min_pixels": spec["min_pixels"], "max_pixels": spec["max_pixels"], **cut, "image_mean": MEAN, "image_std": STD,
            "image_processor_type": "Qwen2VLImageProcessor", "processor_class": KINDS[kind][2]}


def main() -> None:
    spec_path, tokenizer, out = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    spec = json.loads(spec_path.read_text())
    out.mkdir(parents=True, exist_ok=True)
    for file in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tokenizer / file, out / file)
    added = {t["content"]: t["id"] for t in json.loads((tokenizer / "tokenizer.json").read_text())["added_tokens"]}
    if "family" in spec:
        write_text_model(spec, added, out)
        return
    kind, vision = spec.get("kind", "qwen2_5_vl"), "vision" in spec
    rows = max(added.values()) + 2 if "token" in spec else spec["text"]["vocab_size"]
    config = build_config(spec, kind, added, rows)
    model = KINDS[kind][1](config)
    draw(model, spec["seed"], spec.get("gain", 1.0), spec.get("embed", 1.0))
    drop = spec.get("tie") or spec.get("names") == "bare" or "ForCausalLM" not in spec.get("architecture", "ForCausalLM")
    state = {written_name(k, spec.get("names", "v5")): v for k, v in model.state_dict().items()
             if not (drop and k == "lm_head.weight")}
    mixed = spec.get("dtypes", {})
    state = {k: v.to(DTYPES[next((d for part, d in mixed.items() if part in k), spec["dtype"])]).contiguous()
             for k, v in state.items()}
    hidden = spec["text"]["hidden_size"]
    head = spec.get("head", {"file": "value_head.safetensors", "layers": {"v_head.summary": [1, hidden]}} if vision else None)
    if head:
        tensors = draw_head(head, spec["seed"] + 1)
        if "file" in head:
            save_file(tensors, out / head["file"])
        else:
            state |= tensors
    write_weights(state, spec, out)
    said = (text_published(spec, kind, spec.get("architecture", KINDS[kind][1].__name__), added) if not vision else
            flat(config, kind) if spec["layout"] == "flat" else
            qwen3_vl_published(spec, config) if spec["layout"] == "published" else
            {**config.to_dict(), "architectures": [KINDS[kind][1].__name__]})
    if "token" in spec:
        (said.get("text_config") or said)["vocab_size"] = spec["text"]["vocab_size"]
    (out / "config.json").write_text(json.dumps({**said, **spec.get("config", {})}, indent=2))
    if vision:
        (out / "preprocessor_config.json").write_text(json.dumps(preprocessor(spec, kind), indent=2))
    for file, content in spec.get("json", {}).items():
        (out / file).write_text(json.dumps(content, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
