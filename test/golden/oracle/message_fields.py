#!/usr/bin/env python3
"""What transformers makes of messages with fields beside role and content, and of pictures with a budget of their own.

    message_fields.py GOLDEN_DIR OUT.jsonl

One line a case: {"kind": "text", "template", "messages", "ids"}: token ids of `apply_chat_template` with
templates/<template>.jinja and the tokenizer of models/qwen3. {"kind": "picture", "image", "budget", "sides": [width,
height] after qwen_vl_utils, "grid": [rows, columns] after the processor of models/a, "tokens"}: the part goes through
qwen_vl_utils' `fetch_image`, then through the processor, as on the card of Skywork-VL-Reward-7B.
Needs qwen_vl_utils 0.0.14 beside the packages of requirements.txt.
"""
import json
import random
import sys
from pathlib import Path

from qwen_vl_utils.vision_process import fetch_image
from transformers import AutoProcessor, AutoTokenizer

WORDS = ("Why", "seven", "bars", "é", "日本", "🙂", "3.14", "{x}", '"quoted"', "a\\b", "\n", "  ", "<tag>", "</think>", "def",
         "answer", "Größe", "it's", "#", "\t", "'")


def text(r: random.Random, most: int = 6) -> str:
    return " ".join(r.choice(WORDS) for _ in range(r.randint(1, most)))


def value(r: random.Random, depth: int = 0):
    kinds = ["text", "int", "float", "bool", "null"] + (["list", "dict"] if depth < 2 else [])
    kind = r.choice(kinds)
    if kind == "text":
        return text(r, 3)
    if kind == "int":
        return r.randint(-10**9, 10**9)
    if kind == "float":
        return r.choice([0.5, -2.25, 3.141592653589793, 1234.5678, 0.1, 1e-3])
    if kind == "bool":
        return r.random() < 0.5
    if kind == "null":
        return None
    if kind == "list":
        return [value(r, depth + 1) for _ in range(r.randint(0, 3))]
    return {f"k{i} {r.choice(WORDS[:6])}": value(r, depth + 1) for i in range(r.randint(0, 3))}


def call(r: random.Random, i: int) -> dict:
    given = {f"a{k}": value(r) for k in range(r.randint(0, 3))}
    function = {"name": f"tool_{r.randint(0, 9)}", "arguments": json.dumps(given) if r.random() < 0.3 else given}
    return function if r.random() < 0.2 else {"id": f"call_{i}", "type": "function", "function": function}


def conversation(r: random.Random, template: str) -> list[dict]:
    messages = []
    if r.random() < 0.4:
        messages.append({"role": "system", "content": text(r)})
    has_tools = template == "tools"
    for turn in range(r.randint(1, 3)):
        user = {"role": "developer" if has_tools and r.random() < 0.15 else "user", "content": text(r)}
        if r.random() < 0.3:
            user["name"] = text(r, 2)
        messages.append(user)
        assistant = {"role": "assistant", "content": text(r)}
        if r.random() < 0.5:
            assistant["reasoning_content"] = text(r)
        elif r.random() < 0.2:
            assistant["thinking"] = text(r)
        if has_tools and r.random() < 0.5:
            calls = [call(r, i) for i in range(r.randint(1, 2))]
            before = {**assistant, "tool_calls": calls}
            if r.random() < 0.5:
                del before["content"]
            messages.append(before)
            for one in calls:
                messages.append({"role": "tool", "tool_call_id": one.get("id", "none"), "content": text(r)})
        messages.append(assistant)
    if r.random() < 0.2:  # fields that no template reads
        messages[-1]["weight"] = r.randint(0, 3)
    return messages


def texts(golden: Path):
    tokenizer = AutoTokenizer.from_pretrained(golden / "models/qwen3")
    for template in ("tools", "qwen3", "chatml"):
        source = (golden / f"templates/{template}.jinja").read_text()
        for seed in range(120 if template == "tools" else 30):
            messages = conversation(random.Random(f"{template} {seed}"), template)
            ids = tokenizer.apply_chat_template(messages, chat_template=source, tokenize=True, return_dict=False)
            yield {"kind": "text", "template": template, "messages": messages, "ids": ids}


BUDGETS = [
    {"min_pixels": 3136, "max_pixels": 50176}, {"max_pixels": 12544}, {"min_pixels": 100352}, {"max_pixels": 3136},
    {"min_pixels": 300000, "max_pixels": 400000}, {"resized_height": 100, "resized_width": 150},
    {"resized_height": 28, "resized_width": 1400}, {"resized_height": 13, "resized_width": 40},
    {"resized_height": 560, "resized_width": 560, "max_pixels": 3136}, {"min_pixels": 784, "max_pixels": 784 * 9},
]


def pictures(golden: Path):
    processor = AutoProcessor.from_pretrained(golden / "models/a")
    for image in ("large", "wide", "tall", "odd", "tiny", "strip", "small", "exact"):
        for budget in BUDGETS:
            part = {"type": "image", "image": str(golden / f"images/{image}.png"), **budget}
            try:
                seen = fetch_image(part)
            except (ValueError, AssertionError) as error:
                yield {"kind": "picture", "image": image, "budget": budget, "refused": str(error)[:60]}
                continue
            messages = [{"role": "user", "content": [part, {"type": "text", "text": "How many?"}]},
                        {"role": "assistant", "content": "Five."}]
            prompt = processor.apply_chat_template(messages, tokenize=False)
            made = processor(text=[prompt], images=[seen], return_tensors="pt")
            yield {"kind": "picture", "image": image, "budget": budget, "sides": list(seen.size),
                   "grid": made["image_grid_thw"][0].tolist()[1:], "tokens": len(made["input_ids"][0])}


def main() -> None:
    golden, out = Path(sys.argv[1]), Path(sys.argv[2])
    with out.open("w") as file:
        for case in [*texts(golden), *pictures(golden)]:
            file.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
