#!/usr/bin/env python3
"""Reference scores and activations for reward models, by Hugging Face transformers itself.

    oracle.py score MODEL_DIR CASES.jsonl OUT.jsonl [--activations OUT.safetensors [--without NAME]]
              [--resize torchvision|pillow] [--attention eager|sdpa] [--double] [--trim TOKENS]

MODEL_DIR   a Hugging Face folder: config.json, *.safetensors, tokenizer and preprocessor files. Two kinds of head:
            value_head.safetensors (v_head.summary.weight [1, hidden], v_head.summary.bias [1]) beside a
            Qwen2.5-VL, or a *ForSequenceClassification (score.weight [1, hidden]) such as Qwen3's or Llama's.
CASES.jsonl one conversation a line: {"id": str, "messages": [{"role", "content": str | [{"type": "image",
            "image": "relative/path.png"} | {"type": "text", "text": str}]}]}; image paths are relative to CASES.jsonl.
OUT.jsonl   {"id", "text", "input_ids", "image_grid_thw", "position_ids" [3][n], "token_values" [n], "score"} a line.
--activations stores, for each case, in float32: <id>/pixel_values, <id>/vision.patch_embed (before the window
            permutation), <id>/vision.block.<i> (in window order, as the blocks see it), <id>/vision.merged (in
            image order), <id>/decoder.embed (image embeddings in place), <id>/decoder.layer.<i>, <id>/decoder.norm.
--without   leaves out the activations of that name, to keep a file small.
--resize    pillow resizes pictures by Pillow, first all rows, then all columns, as Pillow up to 11 and we do. The
            default, transformers' torchvision, differs from that by one level of 255 in some 0.3 % of the values.
--attention sdpa needs no [tokens, tokens] matrix: the same numbers to rounding, for conversations of many thousands.
--double    computes in float64 wherever transformers does not itself cast to float32: how exact the reference is.
--trim      of conversations longer than TOKENS, leaves out position_ids and input_ids and keeps, in
            token_values_at, a sample of [index, value]; "tokens" says how many there are.

The score is what TRL's AutoModelForCausalLMWithValueHead gives: the value head (a float32 linear layer) on the
hidden state, after the final norm, of the last token of the templated conversation, with no generation prompt.
Of a *ForSequenceClassification, it is the model's own logit: that of the last token that is not pad_token_id.
Everything is computed in float32 with eager attention unless options say otherwise. Text of a message that spells a
control token is tokenised as text. A picture is taken as a person sees it: turned as its EXIF orientation says, alpha
laid over white.
"""
import argparse
import json
from pathlib import Path

import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file, save_file
from transformers import (AutoConfig, AutoModelForSequenceClassification, AutoProcessor, AutoTokenizer,
                          Qwen2_5_VLForConditionalGeneration)
from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize


def first(out):
    return out[0] if isinstance(out, tuple) else out


def as_seen(path: Path) -> Image.Image:
    image = ImageOps.exif_transpose(Image.open(path))
    if image.mode in ("RGBA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def resized_by_pillow(image: Image.Image, limits: dict) -> Image.Image:
    """The picture at its final size, so that the processor's own resize has nothing to do."""
    height, width = smart_resize(image.height, image.width, 28, limits["min_pixels"], limits["max_pixels"])
    rows = image.resize((width, image.height), Image.Resampling.BICUBIC)
    return rows.resize((width, height), Image.Resampling.BICUBIC)


class TextOracle:
    """A *ForSequenceClassification with one label: text only."""

    def __init__(self, folder: Path, dtype: torch.dtype, attention: str):
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=dtype, attn_implementation=attention, num_labels=1).eval()
        self.taps: dict[str, torch.Tensor] = {}
        tap = lambda name: lambda _m, _a, out: self.taps.__setitem__(name, first(out)[0].detach().clone())
        base = self.model.model
        base.embed_tokens.register_forward_hook(tap("decoder.embed"))
        for i, layer in enumerate(base.layers):
            layer.register_forward_hook(tap(f"decoder.layer.{i}"))
        base.norm.register_forward_hook(tap("decoder.norm"))

    @torch.no_grad()
    def score(self, messages: list[dict], _root: Path) -> tuple[dict, dict[str, torch.Tensor]]:
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
        inputs = self.tokenizer.apply_chat_template(
            messages, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=False,
            sanitize_control_tokens=True)
        self.taps.clear()
        logits = self.model(**inputs, use_cache=False).logits
        values = (self.taps["decoder.norm"] @ self.model.score.weight.T)[:, 0]
        ids = inputs["input_ids"][0].tolist()
        return {"text": text, "input_ids": ids, "image_grid_thw": [], "position_ids": [list(range(len(ids)))] * 3,
                "token_values": [round(v, 7) for v in values.tolist()], "score": logits[0, 0].item()}, dict(self.taps)


class VisionOracle:
    """A Qwen2.5-VL with a value head."""

    def __init__(self, folder: Path, dtype: torch.dtype, attention: str, resize: str):
        self.limits = json.loads((folder / "preprocessor_config.json").read_text()) if resize == "pillow" else None
        self.processor = AutoProcessor.from_pretrained(folder)
        self.model = Qwen2_5_VLForConditionalGeneration.from_pretrained(
            folder, dtype=dtype, attn_implementation=attention).eval()
        head = load_file(folder / "value_head.safetensors")
        self.weight = head["v_head.summary.weight"].to(dtype)
        self.bias = head["v_head.summary.bias"].to(dtype)
        self.taps: dict[str, torch.Tensor] = {}
        self._hook()

    def picture(self, path: Path) -> Image.Image:
        image = as_seen(path)
        return resized_by_pillow(image, self.limits) if self.limits else image

    def _hook(self) -> None:
        def tap(name, pick=lambda out: out):
            return lambda _module, _args, out: self.taps.__setitem__(name, pick(out).detach().clone())
        visual, text = self.model.model.visual, self.model.model.language_model
        visual.patch_embed.register_forward_hook(tap("vision.patch_embed"))
        for i, block in enumerate(visual.blocks):
            block.register_forward_hook(tap(f"vision.block.{i}", first))
        visual.register_forward_hook(tap("vision.merged", lambda out: out.pooler_output))
        text.layers[0].register_forward_pre_hook(
            lambda _m, args, kwargs: self.taps.__setitem__(
                "decoder.embed", (args[0] if args else kwargs["hidden_states"])[0].detach().clone()),
            with_kwargs=True)
        for i, layer in enumerate(text.layers):
            layer.register_forward_hook(tap(f"decoder.layer.{i}", lambda out: first(out)[0]))
        text.norm.register_forward_hook(tap("decoder.norm", lambda out: out[0]))

    @torch.no_grad()
    def score(self, messages: list[dict], root: Path) -> tuple[dict, dict[str, torch.Tensor]]:
        shown = [{**m, "content": m["content"] if isinstance(m["content"], str) else [
            {"type": "image", "image": self.picture(root / part["image"])} if part["type"] == "image" else part
            for part in m["content"]]} for m in messages]
        text = self.processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=False)
        inputs = self.processor.apply_chat_template(
            shown, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=False,
            sanitize_control_tokens=True)
        self.taps.clear()
        self.model(**inputs, use_cache=False)
        hidden = self.taps["decoder.norm"]
        values = (hidden @ self.weight.T + self.bias)[:, 0]
        grid = inputs.get("image_grid_thw")
        positions, _ = self.model.model.get_rope_index(
            inputs["input_ids"], mm_token_type_ids=inputs.get("mm_token_type_ids"), image_grid_thw=grid)
        if "pixel_values" in inputs:
            self.taps["pixel_values"] = inputs["pixel_values"].float()
        return {
            "text": text,
            "input_ids": inputs["input_ids"][0].tolist(),
            "image_grid_thw": grid.tolist() if grid is not None else [],
            "position_ids": positions[:, 0].tolist(),
            "token_values": [round(v, 7) for v in values.tolist()],
            "score": values[-1].item(),
        }, dict(self.taps)


def trimmed(result: dict, limit: int) -> dict:
    """A golden line without what a long conversation can do without."""
    values = result["token_values"]
    if len(values) <= limit:
        return result
    at = sorted({*range(0, len(values), max(1, len(values) // 64)), len(values) - 1})
    left = {k: v for k, v in result.items() if k not in ("text", "input_ids", "position_ids", "token_values")}
    return {**left, "tokens": len(values), "token_values_at": [[i, values[i]] for i in at]}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["score"])
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--activations", type=Path)
    parser.add_argument("--without", default="")
    parser.add_argument("--resize", choices=["torchvision", "pillow"], default="torchvision")
    parser.add_argument("--attention", choices=["eager", "sdpa"], default="eager")
    parser.add_argument("--double", action="store_true")
    parser.add_argument("--trim", type=int, default=1 << 30)
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    kind = AutoConfig.from_pretrained(args.model_dir).architectures[0]
    dtype = torch.float64 if args.double else torch.float32
    oracle = (TextOracle(args.model_dir, dtype, args.attention) if kind.endswith("ForSequenceClassification")
              else VisionOracle(args.model_dir, dtype, args.attention, args.resize))
    stored: dict[str, torch.Tensor] = {}
    with args.out.open("w") as out:
        for line in args.cases.read_text().splitlines():
            case = json.loads(line)
            result, taps = oracle.score(case["messages"], args.cases.parent)
            out.write(json.dumps({"id": case["id"], **trimmed(result, args.trim)}, ensure_ascii=False) + "\n")
            if args.activations:
                stored.update({f"{case['id']}/{k}": v.float().contiguous()
                               for k, v in taps.items() if k != args.without})
    if args.activations:
        save_file(stored, args.activations)


if __name__ == "__main__":
    main()
